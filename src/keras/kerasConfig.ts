import { anything, damagedFile, decode, list, object, optional, type Reader, record, text } from "../base/codec.ts";
import { DataError } from "../base/errors.ts";

export const damagedKeras: ReturnType<typeof damagedFile> = /* @__PURE__ */ damagedFile("file of Keras");

/** A layer, initializer, regularizer and so on, as Keras writes them. */
export interface KerasObject {
  readonly class_name: string;
  /** The options; of a `Sequential` of early versions the layers alone. */
  readonly config: unknown;
  /** The module of the class, in Keras 3. */
  readonly module?: unknown;
  /** The name in a functional model. */
  readonly name?: unknown;
  /** The calls of a layer in a functional model. */
  readonly inbound_nodes?: unknown;
  readonly build_config?: unknown;
}

/** More than any model has. */
const maxLayers = 10_000;

const objectReader: Reader<KerasObject> = /* @__PURE__ */ record<KerasObject>(() => ({
  class_name: text,
  config: optional(anything),
  module: optional(anything),
  name: optional(anything),
  inbound_nodes: optional(anything),
  build_config: optional(anything),
}));

/** Reads a layer or model. @throws DataError for another value. */
export const kerasObject = (where: string, name: string, value: unknown): KerasObject =>
  decode(where, name, objectReader, value);

/** The options of a model. @throws DataError unless they have a list of layers. */
export const modelConfig = (
  where: string,
  { class_name, config }: KerasObject,
): { readonly options: Readonly<Record<string, unknown>>; readonly layers: readonly KerasObject[] } => {
  const options = Array.isArray(config) ? { layers: config } : decode(where, class_name, object, config);
  return { options, layers: decode(where, `${class_name}.layers`, list(objectReader, maxLayers), options.layers) };
};

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A value of a config in an error. */
export const shownValue = (value: unknown): string => {
  const json = JSON.stringify(value) ?? "undefined";
  return json.length <= 80 ? json : `${json.slice(0, 77)}...`;
};

/** The layers and options of a file that have no counterpart: an error lists all of them. */
export class Misfits {
  readonly #lines: string[] = [];

  add(layer: string, className: string, what: string): void {
    this.#lines.push(`"${layer}" (${className}): ${what}`);
  }

  /** @throws DataError when there are any. */
  check(where: string): void {
    const count = this.#lines.length;
    if (count === 0) return;
    const most = 100;
    const more = count > most ? `; and ${count - most} more` : "";
    throw new DataError(
      `${where}: each layer and each option must have a counterpart, got ${count} without: ` +
        `${this.#lines.slice(0, most).join("; ")}${more}. Export the model as ONNX, and load it with loadOnnx of gradus/graph.`,
    );
  }
}
