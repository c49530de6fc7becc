import type { FunctionBuilder, Local, ModuleBuilder } from "../assembler/assembler.ts";
import { byRows, leastHeavy } from "../assembler/division.ts";
import * as f32 from "../assembler/instructions/f32.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import * as f64x2 from "../assembler/instructions/f64x2.ts";
import { shuffle32 } from "../assembler/instructions/i8x16.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as i32x4 from "../assembler/instructions/i32x4.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";
import { exp, log1p } from "../math/vectorMath.ts";

const infinity = /* @__PURE__ */ f32x4.const(Number.POSITIVE_INFINITY);
const minusInfinity = /* @__PURE__ */ f32x4.const(Number.NEGATIVE_INFINITY);

/** The rows of a matrix, four columns at a time. */
class Rows {
  readonly #f: FunctionBuilder;
  readonly #rowBytes: Local;
  readonly #wholeBytes: Local;
  readonly #rest: Local;
  readonly #valid: Local;
  readonly #offset: Local;

  constructor(f: FunctionBuilder, columns: Local) {
    this.#f = f;
    this.#rowBytes = f.local("i32", i32.shl(columns, 2));
    this.#wholeBytes = f.local("i32", i32.and(this.#rowBytes, -16));
    this.#rest = f.local("i32", i32.and(columns, 3));
    this.#valid = f.local("v128", i32x4.gtS(i32x4.splat(this.#rest), i32x4.const(0, 1, 2, 3)));
    this.#offset = f.local("i32");
  }

  /** Runs `body` for each row, then moves `rows` (addresses of matrices) to the next and `items` (of columns) one on. */
  forEach(count: Local, rows: readonly Local[], items: readonly Local[], body: () => void): void {
    const f = this.#f;
    const row = f.local("i32");
    f.for(row, 0, count, 1, () => {
      body();
      for (const address of rows) f.set(address, i32.add(address, this.#rowBytes));
      for (const address of items) f.increment(address, 4);
    });
  }

  /** Visits the row's vectors; lanes behind the last column are -Infinity, so that they weigh nothing. */
  read(address: Local, body: (x: Local, isTail: boolean) => void): void {
    this.#visit((isTail) => {
      const loaded = v128.load(i32.add(address, this.#offset));
      const x = isTail ? v128.bitselect(loaded, minusInfinity, this.#valid) : loaded;
      body(this.#f.local("v128", x), isTail);
    });
  }

  /** Replaces the row at `target` by `value` of the row at `source`; writes nothing after the last column. */
  write(source: Local, target: Local, value: (x: Local, offset: Local) => Expression): void {
    const f = this.#f;
    this.#visit((isTail) => {
      const x = f.local("v128", v128.load(i32.add(source, this.#offset)));
      const y = f.local("v128", value(x, this.#offset));
      this.#store(target, y, isTail);
    });
  }

  /** Σ e^(x - shift) of a row in double precision, in both lanes; the terms are left at `target`, if any. */
  sumExp(address: Local, shift: Local, target?: Local): Local {
    const f = this.#f;
    const sums = [f.local("v128", v128.zero), f.local("v128", v128.zero)];
    this.read(address, (x, isTail) => {
      const e = f.local("v128", exp(f, f32x4.sub(x, shift)));
      if (target) this.#store(target, e, isTail);
      const high = shuffle32(e, e, [2, 3, 2, 3]);
      f.set(sums[0], f64x2.add(sums[0], f64x2.promoteLowF32x4(e)));
      f.set(sums[1], f64x2.add(sums[1], f64x2.promoteLowF32x4(high)));
    });
    const pair = f.local("v128", f64x2.add(sums[0], sums[1]));
    return f.local("v128", f64x2.add(pair, shuffle32(pair, pair, [2, 3, 0, 1])));
  }

  /** The row's maximum in all lanes. NaN is ignored here; the sum has it. */
  largest(address: Local): Local {
    const f = this.#f;
    const largest = f.local("v128", minusInfinity);
    this.read(address, (x) => f.set(largest, f32x4.pmax(largest, x)));
    f.set(largest, f32x4.pmax(largest, shuffle32(largest, largest, [2, 3, 0, 1])));
    f.set(largest, f32x4.pmax(largest, shuffle32(largest, largest, [1, 0, 3, 2])));
    return largest;
  }

  /** The maximum, or 0 where that is infinite: then a sum of exponentials is 0 or Infinity as it should be, not NaN. */
  shift(address: Local): Local {
    const shift = this.largest(address);
    this.#f.set(shift, v128.and(shift, f32x4.lt(f32x4.abs(shift), infinity)));
    return shift;
  }

  #visit(body: (isTail: boolean) => void): void {
    const f = this.#f;
    f.for(this.#offset, 0, this.#wholeBytes, 16, () => body(false));
    f.if(this.#rest, () => body(true));
  }

  #store(target: Local, value: Local, isTail: boolean): void {
    const address = i32.add(target, this.#offset);
    if (isTail) this.#f.storeFirstLanes(address, value, this.#rest);
    else this.#f.storeV128(address, value);
  }
}

const splatDouble = (f: FunctionBuilder, x: Local): Local => {
  const narrow = f.local("v128", f32x4.demoteF64x2Zero(x));
  return f.local("v128", shuffle32(narrow, narrow, [0, 0, 0, 0]));
};

/**
 * The logarithm of a sum of exponentials in all lanes. The largest term is 1, so the sum of the others is separate: log1p
 * keeps it down to an absolute 1e-16 per column, where log(1 + x) in float32 would stop at 1e-7.
 */
const logOfSum = (f: FunctionBuilder, sum: Local): Local => {
  const others = f.local("v128", f64x2.sub(sum, 1));
  return f.local("v128", log1p(f, splatDouble(f, others)));
};

const defineSoftmax = (module: ModuleBuilder): void => {
  module.export("softmax", 4, (f, x, y, count, columns) => {
    const rows = new Rows(f, columns);
    rows.forEach(count, [x, y], [], () => {
      const sum = splatDouble(f, rows.sumExp(x, rows.largest(x), y));
      rows.write(y, y, (e) => f32x4.div(e, sum));
    });
  });
};

const defineLogSoftmax = (module: ModuleBuilder): void => {
  module.export("logSoftmax", 4, (f, x, y, count, columns) => {
    const rows = new Rows(f, columns);
    rows.forEach(count, [x, y], [], () => {
      const shift = rows.shift(x);
      const logSum = logOfSum(f, rows.sumExp(x, shift));
      rows.write(x, y, (value) => f32x4.sub(f32x4.sub(value, shift), logSum));
    });
  });
};

const defineLogSumExp = (module: ModuleBuilder): void => {
  module.export("logSumExp", 4, (f, x, y, count, columns) => {
    const rows = new Rows(f, columns);
    rows.forEach(count, [x], [y], () => {
      const shift = rows.shift(x);
      const logSum = logOfSum(f, rows.sumExp(x, shift));
      f.storeF32(y, f32x4.extractLane(f32x4.add(shift, logSum), 0));
    });
  });
};

const defineCrossEntropy = (module: ModuleBuilder): void => {
  module.export("crossEntropy", 5, (f, logits, labels, losses, count, columns) => {
    const rows = new Rows(f, columns);
    rows.forEach(count, [logits], [labels, losses], () => {
      const shift = rows.shift(logits);
      const logSum = f32x4.extractLane(logOfSum(f, rows.sumExp(logits, shift)), 0);
      const score = f32.load(i32.add(logits, i32.shl(i32.load(labels), 2)));
      f.storeF32(losses, f32.sub(logSum, f32.sub(score, f32x4.extractLane(shift, 0))));
    });
  });
  module.export("crossEntropyGradient", 6, (f, logits, labels, dLosses, dLogits, count, columns) => {
    const rows = new Rows(f, columns);
    const label = f.local("v128");
    const factor = f.local("v128");
    rows.forEach(count, [logits, dLogits], [labels, dLosses], () => {
      const sum = splatDouble(f, rows.sumExp(logits, rows.shift(logits), dLogits));
      f.set(label, i32x4.sub(v128.load32Splat(labels), i32x4.const(0, 1, 2, 3)));
      f.set(factor, v128.load32Splat(dLosses));
      rows.write(dLogits, dLogits, (e, offset) => {
        const column = i32x4.splat(i32.shrU(offset, 2));
        const oneHot = v128.and(f32x4.const(1), i32x4.eq(label, column));
        return f32x4.mul(f32x4.sub(f32x4.div(e, sum), oneHot), factor);
      });
    });
  });
};

/**
 * Functions of the rows of a float32 matrix, where m is the row's maximum and s = Σ e^(x - m), in double precision:
 *
 * `softmax(x, y, rows, columns)`: e^(x - m) / s. `logSoftmax(x, y, rows, columns)`: (x - m) - log s.
 * `logSumExp(x, y, rows, columns)`: m + log s, one number per row.
 * `crossEntropy(logits, labels, losses, rows, columns)`: log s - (x[label] - m), one number per row.
 * `crossEntropyGradient(logits, labels, dLosses, dLogits, rows, columns)`: (softmax - oneHot(label)) dLoss of the row.
 *
 * A row with a NaN gives NaN. An entry of -Infinity weighs nothing; a row of only -Infinity has logSumExp -Infinity and
 * softmax NaN, and a row with Infinity has logSumExp Infinity and softmax NaN (crossEntropyGradient is then NaN at the
 * infinite entries only). Labels (int32) were checked by the caller. Reads up to three floats behind a row, writes exactly
 * the outputs; y and dLogits may be the input. A row's bits depend on that row alone.
 */
export const softmax: Kernel<"softmax"> = /* @__PURE__ */ kernel("softmax", defineSoftmax, () => ({
  softmax: byRows(2, (columns) => [4 * columns, 4 * columns], leastHeavy),
}));

export const logSoftmax: Kernel<"logSoftmax"> = /* @__PURE__ */ kernel("logSoftmax", defineLogSoftmax, () => ({
  logSoftmax: byRows(2, (columns) => [4 * columns, 4 * columns], leastHeavy),
}));

export const logSumExp: Kernel<"logSumExp"> = /* @__PURE__ */ kernel("logSumExp", defineLogSumExp, () => ({
  logSumExp: byRows(2, (columns) => [4 * columns, 4], leastHeavy),
}));

/** The loss and its gradient: a separate kernel, because only training needs it. */
export const crossEntropy: Kernel<"crossEntropy" | "crossEntropyGradient"> = /* @__PURE__ */ kernel(
  "crossEntropy",
  defineCrossEntropy,
  () => ({
    crossEntropy: byRows(3, (columns) => [4 * columns, 4, 4], leastHeavy),
    crossEntropyGradient: byRows(4, (columns) => [4 * columns, 4, 4, 4 * columns], leastHeavy),
  }),
);
