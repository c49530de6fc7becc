import { bytesOf, type DType, isFloat, type TypedArray } from "../../tensor/dtype.ts";
import type { SimdCall } from "../../tensor/interpret/primitive.ts";
import { broadcastStrides, type Shape, sizeOf, stridesOf } from "../../tensor/shape.ts";
import { strided } from "../../wasm/movement/stridedKernel.ts";
import { stridedParameters } from "../../wasm/movement/stridedParameters.ts";

/** A walk through memory: `start`, and the distance to the next element along each axis, in elements. */
export interface Walk {
  readonly start: number;
  readonly strides: readonly number[];
}

/** A walk over all of a row-major tensor. */
export const rowMajor = (shape: Shape): Walk => ({ start: 0, strides: stridesOf(shape) });

/** Visits `shape` elements of two walks together, in row-major order. */
export const walkTogether = (
  shape: Shape,
  from: Walk,
  to: Walk,
  visit: (index: number, i: number, j: number) => void,
): void => {
  const size = sizeOf(shape);
  const position = new Array<number>(shape.length).fill(0);
  let i = from.start;
  let j = to.start;
  for (let index = 0; index < size; index++) {
    visit(index, i, j);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      i += from.strides[axis];
      j += to.strides[axis];
      if (++position[axis] < shape[axis]) break;
      i -= from.strides[axis] * shape[axis];
      j -= to.strides[axis] * shape[axis];
      position[axis] = 0;
    }
  }
};

/** Copies `shape` elements from one walk to another, on the reference backend. */
export const copyWalk = (source: TypedArray, from: Walk, target: TypedArray, to: Walk, shape: Shape): void =>
  walkTogether(shape, from, to, (_, i, j) => {
    target[j] = source[i];
  });

/** A walk over a tensor that repeats elements where the target shape is larger. */
export const broadcastWalk = (shape: Shape, target: Shape): Walk => ({
  start: 0,
  strides: broadcastStrides(shape, target),
});

/** Copies `shape` elements from one walk to another by the SIMD kernel; addresses are those of whole tensors. */
export const copyStrided = <Attributes>(
  call: SimdCall<Attributes>,
  dtype: DType,
  source: number,
  from: Walk,
  target: number,
  to: Walk,
  shape: Shape,
): void => {
  if (sizeOf(shape) === 0) return;
  const bytes = bytesOf(dtype);
  const parameters = call.ints(stridedParameters(bytes, shape, from.strides, to.strides));
  const { copy32, copy8 } = call.link(strided);
  (bytes === 1 ? copy8 : copy32)(parameters, source + from.start * bytes, target + to.start * bytes);
};

/** Copies `shape` elements of input `index` to the first output. */
export const copyWalkSimd = <Attributes>(
  call: SimdCall<Attributes>,
  index: number,
  from: Walk,
  to: Walk,
  shape: Shape,
): void => copyStrided(call, call.inputTypes[index].dtype, call.inputs[index], from, call.outputs[0], to, shape);

/** Fills the first output with a number: 0, where none is passed. */
export const fillOutput = <Attributes>(call: SimdCall<Attributes>, value: number = 0): void => {
  const { dtype, shape } = call.outputTypes[0];
  const bytes = bytesOf(dtype);
  const source = isFloat(dtype) ? call.floats(value) : call.ints([bytes === 1 ? value * 0x0101_0101 : value]);
  // Blocks are padded to whole vectors: bytes are filled four at a time.
  call.link(strided).fill(call.outputs[0], source, Math.ceil((sizeOf(shape) * bytes) / 4));
};
