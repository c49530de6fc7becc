import type { Algebra, Formula } from "../wasm/update.ts";

/** What the reference kernel of an update works on. */
interface ReferenceUpdate {
  readonly formula: Formula<string, string, string>;
  /** The names of a variable, its slots and its gradient. */
  readonly names: readonly string[];
  /** Their values, for one variable after the other. */
  readonly inputs: readonly ArrayLike<number>[];
  /** The new values of the variable and its slots, likewise. */
  readonly outputs: readonly { [index: number]: number }[];
  readonly parameters: Readonly<Record<string, number>>;
}

/** Updates variables in float64, which is the meaning of a formula. */
export const updateReference = ({ formula, names, inputs, outputs, parameters }: ReferenceUpdate): void => {
  const states = names.length - 1;
  const rows = mapValues(Object.entries(parameters), (value) => new Float64Array(longestRow).fill(value));
  for (let first = 0, to = 0; to < outputs.length; first += names.length, to += states) {
    const size = inputs[first].length;
    for (let start = 0; start < size; start += longestRow) {
      const length = Math.min(longestRow, size - start);
      const values = mapValues(
        names.map((name, index) => [name, inputs[first + index]]),
        (source) => {
          const row = new Float64Array(length);
          for (let index = 0; index < length; index++) row[index] = source[start + index];
          return row;
        },
      );
      const results = formula(doubles, values, rows);
      for (let state = 0; state < states; state++) {
        const output = outputs[to + state];
        const row = results[names[state]];
        for (let index = 0; index < length; index++) output[start + index] = row[index];
      }
    }
  }
};

const mapValues = <From, To>(entries: readonly (readonly [string, From])[], map: (value: From) => To) =>
  Object.fromEntries(entries.map(([name, value]) => [name, map(value)])) as Record<string, To>;

/** A number of the algebra is a row of doubles: a formula is called once per row, which is as fast as a loop of its own. */
type Row = Float64Array;

const longestRow = 1024;

/** Parameters are rows of the greatest length, whatever the length of the values. */
const rowFor = (a: Row, b: Row): Row => new Float64Array(Math.min(a.length, b.length));

const doubles: Algebra<Row> = {
  zero: /* @__PURE__ */ new Float64Array(longestRow),
  add: (a, b) => {
    const sum = rowFor(a, b);
    for (let index = 0; index < sum.length; index++) sum[index] = a[index] + b[index];
    return sum;
  },
  sub: (a, b) => {
    const difference = rowFor(a, b);
    for (let index = 0; index < difference.length; index++) difference[index] = a[index] - b[index];
    return difference;
  },
  mul: (a, b) => {
    const product = rowFor(a, b);
    for (let index = 0; index < product.length; index++) product[index] = a[index] * b[index];
    return product;
  },
  div: (a, b) => {
    const quotient = rowFor(a, b);
    for (let index = 0; index < quotient.length; index++) quotient[index] = a[index] / b[index];
    return quotient;
  },
  max: (a, b) => rowFor(a, b).map((_, index) => Math.max(a[index], b[index])),
  sqrt: (a) => a.map(Math.sqrt),
  abs: (a) => a.map(Math.abs),
  sign: (a) => a.map(Math.sign),
  shared: (a) => a,
};
