import type { ExportValue, ValueType } from "./exportValue.ts";
import { CannotExport, type GraphBuilder } from "./graphBuilder.ts";
import type { Length } from "./lengths.ts";

/** The application of a primitive in both traces. */
export interface ExportCall<Attributes = unknown> {
  readonly primitive: string;
  readonly inputs: readonly ExportValue[];
  readonly outputs: readonly ValueType[];
  readonly attributes: readonly [Attributes, Attributes];
}

/** Writes a primitive as nodes; returns its outputs. */
export type Exporter = (call: ExportCall, graph: GraphBuilder) => ExportValue | readonly ExportValue[];

/** How primitives are written, by their names. */
export type Exporters = Readonly<Record<string, Exporter>>;

/** An exporter of a primitive with attributes of a type. */
export const exporterOf = <Attributes>(
  write: (call: ExportCall<Attributes>, graph: GraphBuilder) => ExportValue | readonly ExportValue[],
): Exporter => write as Exporter;

/** The attributes, which must not follow the number of rows. */
export const fixedAttributes = <Attributes>({ primitive, attributes }: ExportCall<Attributes>): Attributes => {
  const [first, second] = attributes;
  // NaN and infinities are different texts too.
  const show = (value: unknown): string =>
    JSON.stringify(value, (_, entry) => (typeof entry === "number" ? String(entry) : entry)) ?? "";
  if (show(first) === show(second)) return first;
  throw new CannotExport(`${primitive} has options that follow the number of rows`);
};

/** A list of numbers of the attributes, in both traces. */
export const lengthsOf = <Attributes>(
  { attributes }: ExportCall<Attributes>,
  read: (attributes: Attributes) => readonly number[],
): readonly Length[] => {
  const [first, second] = [read(attributes[0]), read(attributes[1])];
  return first.map((length, index) => [length, second[index]]);
};
