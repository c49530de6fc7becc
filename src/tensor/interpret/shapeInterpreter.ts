import { type Dynamic, dynamic } from "../../base/dynamic.ts";
import { ValueError } from "../../base/errors.ts";
import type { TensorType, TypedArray } from "../dtype.ts";
import { newArray } from "../dtype.ts";
import { withoutEffects } from "../memory/step.ts";
import { Storage } from "../memory/storage.ts";
import { formatShape, sizeOf } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { withInterpreter } from "./bind.ts";
import type { Interpreter } from "./primitive.ts";
import { rolledBack } from "./rollback.ts";

/**
 * Running a function on shapes alone, as a model does to learn the shapes of its layers' outputs and that layers fit
 * together. Only the shape rules run; nothing is computed, and no state is left changed.
 */
const mode: Dynamic<Mode> = /* @__PURE__ */ dynamic<Mode>("values");

type Mode = "values" | "shapes" | "building";

/** Whether shapes are worked out, and nothing is computed. @internal */
export const onShapesAlone = (): boolean => mode.get() === "shapes";

const noValuesRule = "tensor: while shapes are worked out a tensor has no values, got ";

/** Whether an error is about a read of values while shapes are worked out. @internal */
export const isReadOfValues = (error: unknown): boolean =>
  error instanceof ValueError && error.message.startsWith(noValuesRule);

const noValues = (type: TensorType): ValueError =>
  new ValueError(
    `${noValuesRule}a read of one of shape ${formatShape(type.shape)}. ` +
      "Compute with operations only, or leave out inputShape and ask for the shapes after the first call.",
  );

/** The place of elements that do not exist. */
class AbstractStorage extends Storage {
  readonly #type: TensorType;

  constructor(type: TensorType) {
    super(type.dtype, sizeOf(type.shape), undefined, 0, undefined);
    this.#type = type;
  }

  /**
   * Zeros, for a variable that a layer assigns to: the assignment is undone with the run. Users read through the tensor,
   * which throws; and after the run this throws too, so that a tensor that outlives the run is never taken for zeros.
   */
  override view(): TypedArray {
    this.check();
    return newArray(this.dtype, this.size);
  }

  override check(): void {
    if (!onShapesAlone()) throw noValues(this.#type);
  }

  /** A step that a layer runs (a gradient inside of it) copies its result out: there is nothing to copy. */
  override moveToArray(): void {}
}

/** A tensor that has a shape and a dtype, and no values. */
class AbstractTensor extends Tensor {
  override get data(): TypedArray {
    throw noValues(this);
  }

  override item(): number {
    throw noValues(this);
  }

  override toArray(): never {
    throw noValues(this);
  }

  override toString(): string {
    return `Tensor ${this.dtype} ${formatShape(this.axes)} (shape only)`;
  }
}

const abstractTensor = (type: TensorType): Tensor =>
  new AbstractTensor(type.shape, type.dtype, new AbstractStorage(type), type.scale);

const shapes: Interpreter = {
  bind: (primitive, inputs, attributes, below) => {
    if (!onShapesAlone()) return below(primitive, inputs, attributes);
    if (primitive.composite) return primitive.composite(inputs, attributes);
    return primitive.infer(inputs, attributes).map(abstractTensor);
  },
};

/**
 * The shape and dtype of a function's output for inputs of these types. The function runs once with tensors that have no
 * values: random draws, assigned variables and effects at the end of the step are undone. Variables are read with their
 * values; results computed from them have none.
 * @throws What the shape rules throw; ValueError where the function reads values.
 * @internal
 */
export const inferOutput = (f: (...inputs: readonly Tensor[]) => Tensor, inputs: readonly TensorType[]): TensorType => {
  const {
    axes: shape,
    dtype,
    scale,
  } = mode.during("shapes", () =>
    rolledBack(() => withoutEffects(() => withInterpreter(shapes, () => f(...inputs.map(abstractTensor))))),
  );
  return scale === undefined ? { shape, dtype } : { shape, dtype, scale };
};

/**
 * Runs the body with values even where shapes are worked out: a layer that is met there for the first time gets
 * variables that are real and stay.
 * @internal
 */
export const withValues = <T>(body: () => T): T => (onShapesAlone() ? mode.during("building", body) : body());
