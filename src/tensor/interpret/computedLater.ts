import { bytesOf } from "../dtype.ts";
import { arena } from "../memory/arena.ts";
import { Storage } from "../memory/storage.ts";
import { type Shape, sameShape, sizeOf } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import type { GradientRows, LaterCall } from "./primitive.ts";

/**
 * Elements that are computed when they are first asked for. `Storage.check`, which every reader calls before it takes the
 * address, computes them.
 */
class LaterStorage extends Storage {
  readonly #shape: Shape;
  readonly #rows: GradientRows;
  #compute: ((output: Storage) => void) | undefined;

  constructor({ type: { shape, dtype }, step, compute }: LaterCall<unknown>, rows: GradientRows) {
    super(dtype, sizeOf(shape), undefined, 0, step);
    this.#shape = shape;
    this.#rows = rows;
    this.#compute = compute;
  }

  override check(): void {
    super.check();
    const compute = this.#compute;
    if (!compute) return;
    this.#compute = undefined;
    this.address = arena.allocate(this.size * bytesOf(this.dtype));
    compute(this);
  }

  override first(): number {
    this.check();
    return super.first();
  }

  /** Another shape has other rows; and the rows end with the step, which the elements may outlive. */
  override rowsFor(shape: Shape): GradientRows | undefined {
    return this.step?.isRunning && sameShape(this.#shape, shape) ? this.#rows : undefined;
  }
}

/** A tensor that is zero outside of some rows, and whose elements are computed when they are first asked for. */
export const computedLater = <Attributes>(call: LaterCall<Attributes>, rows: GradientRows): Tensor => {
  const { shape, dtype } = call.type;
  return new Tensor(shape, dtype, new LaterStorage(call as LaterCall<unknown>, rows));
};
