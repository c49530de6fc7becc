import { StaleTensorError } from "../../base/errors.ts";
import { type DType, newArray, type TypedArray, viewArray } from "../dtype.ts";
import type { Shape } from "../shape.ts";
import { heap } from "./heap.ts";
import { recorder } from "./recorder.ts";
import type { Step } from "./step.ts";

const notCloned: symbol = /* @__PURE__ */ Symbol("tensor: pass its data and shape, a tensor");

/**
 * Where the elements of a tensor are: in their own array (`array`, for tensors that a user holds), or in the linear
 * memory (`address`), for the length of a step or, for what a step hands over, until it is copied out. Tensors that
 * differ only in shape share one storage.
 */
export class Storage {
  /** The text of the error of structuredClone and postMessage: no symbol can be cloned. */
  readonly notCloned: symbol = notCloned;
  readonly dtype: DType;
  readonly size: number;
  array: TypedArray | undefined;
  address: number;
  /** The step whose temporary this is; undefined when it belongs to none and stays. */
  step: Step | undefined;
  /** Whether a step handed this over, and the memory is kept until the next step. */
  retained = false;
  /** The address of a copy of `array` in the linear memory, valid during `stagedStep`. */
  staged = 0;
  stagedStep: Step | undefined = undefined;
  /** Whether the memory is a variable's block, which its next update overwrites. */
  borrowed = false;

  constructor(dtype: DType, size: number, array: TypedArray | undefined, address: number, step: Step | undefined) {
    this.dtype = dtype;
    this.size = size;
    this.array = array;
    this.address = address;
    this.step = step;
  }

  /** A view of the elements for code that runs on the host, valid until the next allocation. */
  view(): TypedArray {
    if (this.array) return this.array;
    recorder()?.hostRead();
    return this.elements();
  }

  /** A view of the elements for code that is recorded: kernels, and questions that a replay asks again. */
  elements(): TypedArray {
    if (this.array) return this.array;
    this.check();
    return viewArray(this.dtype, heap().buffer, this.address, this.size);
  }

  /** The first element, as `elements` gives it. */
  first(): number {
    return this.array || this.dtype !== "float32" ? this.elements()[0] : heap().f32[this.address / 4];
  }

  /** What is known of the rows that may differ from zero, of a tensor of this shape: see `rowsOf`. */
  rowsFor(_shape: Shape): unknown {
    return undefined;
  }

  /** Throws for a temporary whose step is over. */
  check(): void {
    if (this.step !== undefined && !this.step.isRunning && !this.retained) {
      throw new StaleTensorError(
        "tensor: a temporary of a step can be read only during that step, got a read after its end. " +
          "Return the tensor from the step, or copy it out with keep(tensor).",
      );
    }
  }

  /** Moves the elements out of the linear memory into their own array. */
  moveToArray(): void {
    if (this.array) return;
    const recording = recorder();
    if (recording) {
      recording.retain(this);
      return;
    }
    const copy = newArray(this.dtype, this.size);
    copy.set(this.view());
    this.array = copy;
    this.address = 0;
    this.step = undefined;
    this.retained = false;
  }
}

/** A new storage that owns its array. */
export const arrayStorage = (dtype: DType, array: TypedArray): Storage =>
  new Storage(dtype, array.length, array, 0, undefined);
