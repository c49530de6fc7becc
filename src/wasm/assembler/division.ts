/**
 * How the work of a kernel's function may be divided among threads: one of its arguments counts units (elements, rows,
 * channels) that are computed independently of each other, in the same way in any piece. A piece is a
 * call of the same function with fewer units and with addresses moved on.
 */
export interface Division {
  /** Which argument counts the units. */
  readonly count: number;
  /** By how many bytes each argument moves from one unit to the next; arguments that are left out do not move. */
  readonly strides: (args: readonly number[]) => readonly number[];
  /** Elements in a unit. */
  readonly size: (args: readonly number[]) => number;
  /** Pieces, except the last, are multiples of this number of units: whole vectors, and whole turns of the loop. */
  readonly multiple: number;
  /** The fewest elements that are worth a piece. */
  readonly least: number;
}

/**
 * The fewest elements in a piece, by how long an element takes (docs/internals/kernels-threads.md has the measurements): copies and
 * single instructions; a few; an exponential or the like.
 */
export const leastLight = 8192;
export const leastHeavy = 1024;

const one = (): number => 1;

/** For `run(..., count)` over elements; `strides` are the bytes of an element behind each address. */
export const byElements = (strides: readonly number[], least: number, multiple: number = 64): Division => ({
  count: strides.length,
  strides: () => strides,
  size: one,
  multiple,
  least,
});

/** For functions of rows: the count of rows is argument `count`, that of columns the next one. */
export const byRows = (count: number, strides: (columns: number) => readonly number[], least: number): Division => ({
  count,
  strides: (args) => strides(args[count + 1]),
  size: (args) => args[count + 1],
  multiple: 1,
  least,
});

/** More pieces than threads: a thread that starts late, or that other programs slow down, takes fewer pieces. */
const piecesPerThread = 2;

/**
 * The calls that together do what one call would do, or undefined where there is too little to divide. They depend on
 * sizes and the number of threads alone; results depend on neither.
 */
export const divide = (
  division: Division,
  args: readonly number[],
  threads: number,
): readonly (readonly number[])[] | undefined => {
  const units = args[division.count];
  const elements = units * division.size(args);
  if (elements < 2 * division.least) return undefined;
  const { multiple } = division;
  const pieces = Math.min(piecesPerThread * threads, Math.floor(elements / division.least));
  const groups = Math.ceil(units / multiple);
  const count = Math.min(pieces, groups);
  if (count < 2) return undefined;
  const strides = division.strides(args);
  const calls: number[][] = [];
  // As equal as they can be: where there are few groups, a last piece that is much smaller leaves a thread without work.
  for (let piece = 0, start = 0; piece < count; piece++) {
    const end = Math.min(Math.floor(((piece + 1) * groups) / count) * multiple, units);
    const call = args.slice();
    for (let index = 0; index < strides.length; index++) call[index] += start * strides[index];
    call[division.count] = end - start;
    calls.push(call);
    start = end;
  }
  return calls;
};

/** For functions of (input, output, outer, length, inner, columns): by the outer axis, or by the inner one if outer is 1. */
export const byOuterOrInner: readonly Division[] = [
  {
    count: 2,
    strides: ([, , , length, inner]) => [4 * length * inner, 4 * inner],
    size: ([, , , length, inner]) => length * inner,
    multiple: 1,
    least: leastLight,
  },
  {
    count: 5,
    strides: () => [4, 4],
    size: ([, , outer, length]) => (outer === 1 ? length : 0),
    multiple: 16,
    least: leastLight,
  },
];
