import { DTypeError, ValueError } from "../../base/errors.ts";
import { anything, checkOptions, required, text } from "../../base/options.ts";
import { checkDType, type DType, type TensorType, type TypedArray } from "../../tensor/dtype.ts";
import { Storage } from "../../tensor/memory/storage.ts";
import { checkShape, formatRows, type Shape, sizeOf } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Layer, Symbolic } from "../base/layer.ts";
import { type LayerInputs, mapSeveral, type Several, valuesOf } from "../base/layerInputs.ts";
import type { CallOptions } from "../base/layerOptions.ts";

/** Options of `input`. */
export interface InputOptions {
  /** The shape of one row. */
  readonly shape: Shape;
  /** The name by which the model's callers pass it. Default: `input`, numbered where a model has several. */
  readonly name?: string;
  /** Default: float32; int32 for categories and tokens. */
  readonly dtype?: DType;
}

/** What is known of an input of a model. */
export interface InputDescription {
  /** The name by which it is passed. */
  readonly name: string;
  /** The shape of one row. */
  readonly shape: Shape;
  /** The type of its elements. */
  readonly dtype: DType;
}

/** Where a symbol comes from: an input, or a call of a layer. */
export type Origin =
  | { readonly kind: "input"; readonly shape: Shape; readonly dtype: DType; readonly name: string | undefined }
  | {
      readonly kind: "call";
      readonly layer: Layer;
      readonly inputs: SymbolTensor | Several<SymbolTensor>;
      readonly training: boolean | undefined;
    };

const describeOrigin = (origin: Origin): string =>
  origin.kind === "input"
    ? `the symbol of an input of shape ${formatRows(origin.shape)}`
    : `the symbol of what "${origin.layer.name}" gives`;

const noValues = (origin: Origin): ValueError =>
  new ValueError(
    `input: a symbol stands for a tensor and has neither values nor operations, got ${describeOrigin(origin)}. Call layers on it: ` +
      "new Activation(relu) instead of relu, new Add() instead of add; the model that it leads to computes.",
  );

class SymbolStorage extends Storage {
  readonly #origin: Origin;

  constructor(type: TensorType, origin: Origin) {
    super(type.dtype, sizeOf(type.shape), undefined, 0, undefined);
    this.#origin = origin;
  }

  override check(): never {
    throw noValues(this.#origin);
  }

  override elements(): never {
    throw noValues(this.#origin);
  }

  override view(): never {
    throw noValues(this.#origin);
  }
}

let symbols = 0;

/** Stands for a tensor that a model will compute. Layers that are called with it write the call down. */
export class SymbolTensor extends Tensor implements Symbolic {
  readonly origin: Origin;
  /** Symbols are made after those that they are made of. */
  readonly number: number = symbols++;

  constructor(origin: Origin) {
    const type: TensorType = origin.kind === "input" ? origin : { shape: [], dtype: "float32" };
    super(origin.kind === "input" ? [0, ...type.shape] : [], type.dtype, new SymbolStorage(type, origin));
    this.origin = origin;
  }

  /** That of an input; others are known when the model is made, because layers create their variables then. */
  override get shape(): Shape {
    if (this.origin.kind === "input") return super.shape;
    throw noValues(this.origin);
  }

  readonly called = (layer: Layer, input: LayerInputs, { training }: CallOptions): Tensor => {
    const inputs = input instanceof Tensor ? asSymbol(layer, input) : mapSeveral(input, (x) => asSymbol(layer, x));
    return new SymbolTensor({ kind: "call", layer, inputs, training });
  };

  override get data(): TypedArray {
    throw noValues(this.origin);
  }

  override item(): never {
    throw noValues(this.origin);
  }

  override toArray(): never {
    throw noValues(this.origin);
  }

  override toString(): string {
    return describeOrigin(this.origin);
  }
}

const asSymbol = (layer: Layer, input: Tensor): SymbolTensor => {
  if (input instanceof SymbolTensor) return input;
  throw new DTypeError(
    `${layer.path}: in a call with symbols every input must be a symbol, got a tensor beside one. ` +
      "Make it an input of the model, or a variable of a layer.",
  );
};

/** The symbols on which the call of a layer rests; none for an input. */
export const sourcesOf = ({ origin }: SymbolTensor): readonly SymbolTensor[] => {
  if (origin.kind === "input") return [];
  return origin.inputs instanceof SymbolTensor ? [origin.inputs] : valuesOf(origin.inputs);
};

/**
 * A symbol of an input of a model, from which its graph is drawn: layers that are called with symbols compute nothing, and give
 * symbols. `new Model({ inputs, outputs })` makes a model of what leads from some symbols to others.
 * @throws ValueError for a shape that is not a list of whole numbers; DTypeError for a dtype that does not exist.
 * @example
 * const x = input({ shape: [8] });
 * const hidden = new Dense({ name: "hidden", units: 8, activation: "relu" }).call(x);
 * const y = new Dense({ name: "outputs", units: 1 }).call(new Add().call([x, hidden]));
 * const model = new Model({ name: "residual", inputs: x, outputs: y });
 * model.predict(zeros([3, 8])).shape; // [3, 1]
 */
export const input = (options: InputOptions): Tensor => {
  const {
    shape,
    name,
    dtype = "float32",
  } = checkOptions("input", options, {
    shape: required(anything),
    name: text,
    dtype: anything,
  });
  return new SymbolTensor({
    kind: "input",
    shape: Object.freeze([...checkShape("input", shape)]),
    dtype: checkDType("input", dtype),
    name,
  });
};
