/** Axes of a strided copy. */
export const stridedRank = 6;

interface Axis {
  size: number;
  source: number;
  target: number;
}

/** The axes of the current walk. They are reused: parameters are written often, and must leave no garbage. */
const axes: Axis[] = /* @__PURE__ */ Array.from({ length: stridedRank }, () => ({
  size: 1,
  source: 0,
  target: 0,
}));

/** The numbers that `stridedParameters` returns. They are reused, as the axes are. */
const parameters: number[] = /* @__PURE__ */ new Array<number>(3 * stridedRank).fill(0);

/**
 * The parameters of a strided copy, valid until the next call: int32 sizes[6], sourceStrides[6], targetStrides[6], strides
 * in bytes. The strides that are passed count units of `bytes`; a source stride may be 0 (broadcasting) or
 * negative (reversal), and the targets of different elements must differ. Elements may be copied in any order,
 * so axes are merged where both sides allow it and ordered for the kernel: last the axis that is contiguous in the
 * target, before it the one that is contiguous in the source (which makes a transposition of the last two).
 */
export const stridedParameters = (
  bytes: number,
  sizes: readonly number[],
  sourceStrides: readonly number[],
  targetStrides: readonly number[],
): readonly number[] => {
  const count = mergeAxes(bytes, sizes, sourceStrides, targetStrides);
  orderAxes(count);
  const padding = stridedRank - count;
  for (let place = 0; place < stridedRank; place++) {
    const axis = place < padding ? undefined : axes[place - padding];
    parameters[place] = axis?.size ?? 1;
    parameters[stridedRank + place] = axis?.source ?? 0;
    parameters[2 * stridedRank + place] = axis?.target ?? 0;
  }
  return parameters;
};

/** Puts the axes of more than one element into `axes`, neighbours merged where they are one run; returns their number. */
const mergeAxes = (
  bytes: number,
  sizes: readonly number[],
  sourceStrides: readonly number[],
  targetStrides: readonly number[],
): number => {
  let count = 0;
  for (let index = 0; index < sizes.length; index++) {
    const size = sizes[index];
    if (size === 1) continue;
    const source = sourceStrides[index] * bytes;
    const target = targetStrides[index] * bytes;
    const outer = count > 0 ? axes[count - 1] : undefined;
    const isOneRun = outer && outer.source === source * size && outer.target === target * size;
    const axis = axes[isOneRun ? count - 1 : count++];
    axis.size = isOneRun ? axis.size * size : size;
    axis.source = source;
    axis.target = target;
  }
  return count;
};

/** Orders the first `count` axes: the smallest target stride last, the others by the stride of the source. */
const orderAxes = (count: number): void => {
  let inner = 0;
  for (let index = 1; index < count; index++) {
    if (Math.abs(axes[index].target) <= Math.abs(axes[inner].target)) inner = index;
  }
  if (count > 1) swapAxes(inner, count - 1);
  for (let index = 1; index < count - 1; index++) {
    for (let to = index; to > 0 && depth(axes[to]) > depth(axes[to - 1]); to--) swapAxes(to, to - 1);
  }
};

const swapAxes = (i: number, j: number): void => {
  const axis = axes[i];
  axes[i] = axes[j];
  axes[j] = axis;
};

/** Where an outer axis goes: the smaller, the further in. A broadcast axis stays outside. */
const depth = ({ source, target }: Axis): number => (source === 0 ? 2 ** 32 + Math.abs(target) : Math.abs(source));
