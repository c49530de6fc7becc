import type { FunctionBuilder, Local, ModuleBuilder } from "../assembler/assembler.ts";
import { byRows, leastHeavy } from "../assembler/division.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import * as f64 from "../assembler/instructions/f64.ts";
import * as f64x2 from "../assembler/instructions/f64x2.ts";
import { shuffle32 } from "../assembler/instructions/i8x16.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as i32x4 from "../assembler/instructions/i32x4.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";

/** The low and the high pair of four floats, in double precision. */
const doubles = (f: FunctionBuilder, x: Local): readonly [Local, Local] => [
  f.local("v128", f64x2.promoteLowF32x4(x)),
  f.local("v128", f64x2.promoteLowF32x4(shuffle32(x, x, [2, 3, 2, 3]))),
];

/** A double that both lanes have, as a float in all lanes. */
const rounded = (f: FunctionBuilder, x: Expression): Local => {
  const narrow = f.local("v128", f32x4.demoteF64x2Zero(x));
  return f.local("v128", shuffle32(narrow, narrow, [0, 0, 0, 0]));
};

/** Four columns of a row: `at` is their address in a matrix, and lanes of `clear` behind the last column are 0. */
interface Columns {
  readonly at: (row: Local) => Expression;
  readonly load: (row: Local) => Expression;
  readonly store: (row: Local, value: Local) => void;
  readonly clear: (value: Expression) => Expression;
}

/** What a row is normalized by, in all lanes: x̂ = ((x − high) − low)·factor. */
interface Statistics {
  /** The mean, rounded to a float. */
  readonly high: Local;
  /** What the rounding took away. */
  readonly low: Local;
  /** 1/√(variance + epsilon) */
  readonly factor: Local;
}

/**
 * x without its mean. The difference to `high` is exact where x is near the mean, so a large mean costs no digit.
 */
const centred = (f: FunctionBuilder, x: Expression, { high, low }: Omit<Statistics, "factor">): Local =>
  f.local("v128", f32x4.sub(f32x4.sub(x, high), low));

/** The rows of matrices with the same number of columns. */
class Rows {
  readonly #f: FunctionBuilder;
  readonly #columns: Local;
  readonly #count: Local;
  readonly #rest: Local;
  readonly #valid: Local;
  readonly #offset: Local;
  readonly #end: Local;

  constructor(f: FunctionBuilder, columns: Local) {
    this.#f = f;
    this.#columns = columns;
    this.#count = f.local("v128", f64x2.splat(f64.convertI32S(columns)));
    this.#rest = f.local("i32", i32.and(columns, 3));
    this.#valid = f.local("v128", i32x4.gtS(i32x4.splat(this.#rest), i32x4.const(0, 1, 2, 3)));
    this.#offset = f.local("i32");
    this.#end = f.local("i32", i32.shl(i32.and(columns, -8), 2));
  }

  /** Runs `body` for each row; `matrices` move on to the next. */
  forEach(count: Local, matrices: readonly Local[], body: () => void): void {
    const f = this.#f;
    const row = f.local("i32");
    f.for(row, 0, count, 1, () => {
      body();
      for (const matrix of matrices) f.set(matrix, i32.add(matrix, i32.shl(this.#columns, 2)));
    });
  }

  /** Visits the columns of a row, four at a time; parity alternates. */
  each(body: (columns: Columns, parity: 0 | 1) => void): void {
    const f = this.#f;
    const at = (row: Local): Expression => i32.add(row, this.#offset);
    const load = (row: Local): Expression => v128.load(at(row));
    const whole: Columns = {
      at,
      load,
      store: (row, value) => f.storeV128(at(row), value),
      clear: (value) => value,
    };
    const tail: Columns = {
      at,
      load,
      store: (row, value) => f.storeFirstLanes(at(row), value, this.#rest),
      clear: (value) => v128.and(value, this.#valid),
    };
    const step = (columns: Columns, parity: 0 | 1): void => {
      body(columns, parity);
      f.increment(this.#offset, 16);
    };
    f.set(this.#offset, 0);
    f.while(i32.ltU(this.#offset, this.#end), () => {
      step(whole, 0);
      step(whole, 1);
    });
    f.if(i32.and(this.#columns, 4), () => step(whole, 0));
    f.if(this.#rest, () => step(tail, 1));
  }

  /** The means over a row of `terms` values, in double precision in both lanes; `term` gives four of each. */
  means(terms: number, term: (columns: Columns) => readonly (readonly [Local, Local])[]): readonly Local[] {
    const f = this.#f;
    const sums = Array.from({ length: terms }, () => f.locals("v128", 4, v128.zero));
    this.each((columns, parity) => {
      term(columns).forEach((pair, index) => {
        pair.forEach((value, half) => {
          const sum = sums[index][2 * parity + half];
          f.set(sum, f64x2.add(sum, value));
        });
      });
    });
    return sums.map(([a, b, c, d]) => {
      const pair = f.local("v128", f64x2.add(f64x2.add(a, c), f64x2.add(b, d)));
      const total = f64x2.add(pair, shuffle32(pair, pair, [2, 3, 0, 1]));
      return f.local("v128", f64x2.div(total, this.#count));
    });
  }

  /** Mean and biased variance of a row, in two passes in double precision. */
  statistics(x: Local, epsilon: Local): Statistics {
    const f = this.#f;
    const values = ({ load, clear }: Columns): readonly [Local, Local] => doubles(f, f.local("v128", clear(load(x))));
    const [mean] = this.means(1, (columns) => [values(columns)]);
    const high = rounded(f, mean);
    const low = rounded(f, f64x2.sub(mean, f64x2.promoteLowF32x4(high)));
    const [variance] = this.means(1, (columns) => {
      const distances = doubles(f, f.local("v128", columns.clear(centred(f, columns.load(x), { high, low }))));
      const squares = distances.map((distance) => f.local("v128", f64x2.mul(distance, distance)));
      return [[squares[0], squares[1]]];
    });
    const added = f64x2.promoteLowF32x4(v128.load32Splat(epsilon));
    const factor = rounded(f, f64x2.div(f64x2.const(1), f64x2.sqrt(f64x2.add(variance, added))));
    return { high, low, factor };
  }
}

const defineForward = (module: ModuleBuilder): void => {
  module.export("forward", 7, (f, x, gamma, beta, epsilon, y, count, columnCount) => {
    const rows = new Rows(f, columnCount);
    const value = f.local("v128");
    rows.forEach(count, [x, y], () => {
      const statistics = rows.statistics(x, epsilon);
      rows.each(({ load, store }) => {
        const normalized = f32x4.mul(centred(f, load(x), statistics), statistics.factor);
        f.set(value, f32x4.add(f32x4.mul(normalized, load(gamma)), load(beta)));
        store(y, value);
      });
    });
  });
};

/** Bytes of the statistics of a row. */
const statisticsBytes = 16;

const defineGradient = (module: ModuleBuilder): void => {
  module.export("gradient", 8, (f, dy, x, gamma, epsilon, dx, kept, count, columnCount) => {
    const rows = new Rows(f, columnCount);
    const value = f.local("v128");
    rows.forEach(count, [dy, x, dx], () => {
      const statistics = rows.statistics(x, epsilon);
      const { high, low, factor } = statistics;
      for (const [lane, part] of [high, low, factor].entries()) f.storeLane32(kept, part, 0, 4 * lane);
      f.increment(kept, statisticsBytes);
      const scaled = ({ load }: Columns): Expression => f32x4.mul(load(dy), load(gamma));
      const [mean, along] = rows.means(2, (columns) => {
        const gradients = doubles(f, f.local("v128", columns.clear(scaled(columns))));
        const distances = doubles(f, f.local("v128", columns.clear(centred(f, columns.load(x), statistics))));
        const products = [0, 1].map((half) => f.local("v128", f64x2.mul(gradients[half], distances[half])));
        return [gradients, [products[0], products[1]]];
      });
      const wideFactor = f.local("v128", f64x2.promoteLowF32x4(factor));
      const shift = rounded(f, mean);
      const perDistance = rounded(f, f64x2.mul(f64x2.mul(along, wideFactor), wideFactor));
      rows.each((columns) => {
        const distance = centred(f, columns.load(x), statistics);
        const rest = f32x4.sub(f32x4.sub(scaled(columns), shift), f32x4.mul(distance, perDistance));
        f.set(value, f32x4.mul(rest, factor));
        columns.store(dx, value);
      });
    });
  });
};

const defineParameters = (module: ModuleBuilder): void => {
  module.export("parameters", 8, (f, dy, x, kept, dGamma, dBeta, count, columns, all) => {
    const [column, row] = f.locals("i32", 2);
    const [fromDy, fromX, statistics] = f.locals("i32", 3);
    const [rest, stride] = [f.local("i32"), f.local("i32", i32.shl(all, 2))];
    const sums = f.locals("v128", 4);
    const store = (base: Local, pair: readonly Local[]): void => {
      const [low, high] = pair.map((sum) => f32x4.demoteF64x2Zero(sum));
      const value = f.local("v128", shuffle32(low, high, [0, 1, 4, 5]));
      const address = i32.add(base, i32.shl(column, 2));
      f.if(
        i32.geU(rest, 4),
        () => f.storeV128(address, value),
        () => f.storeFirstLanes(address, value, rest),
      );
    };
    f.for(column, 0, columns, 4, () => {
      f.set(rest, i32.sub(columns, column));
      f.set(fromDy, i32.add(dy, i32.shl(column, 2)));
      f.set(fromX, i32.add(x, i32.shl(column, 2)));
      f.set(statistics, kept);
      for (const sum of sums) f.set(sum, v128.zero);
      // Lanes behind the last column add up something that is not stored.
      f.for(row, 0, count, 1, () => {
        const [high, low, factor] = [0, 4, 8].map((offset) => f.local("v128", v128.load32Splat(statistics, offset)));
        const normalized = f.local("v128", f32x4.mul(centred(f, v128.load(fromX), { high, low }), factor));
        const gradients = doubles(f, f.local("v128", v128.load(fromDy)));
        doubles(f, normalized).forEach((half, index) => {
          f.set(sums[index], f64x2.add(sums[index], f64x2.mul(gradients[index], half)));
          f.set(sums[2 + index], f64x2.add(sums[2 + index], gradients[index]));
        });
        f.increment(statistics, statisticsBytes);
        f.set(fromDy, i32.add(fromDy, stride));
        f.set(fromX, i32.add(fromX, stride));
      });
      store(dGamma, sums.slice(0, 2));
      store(dBeta, sums.slice(2));
    });
  });
};

/**
 * Layer normalization of the rows of a float32 matrix; gamma and beta have one number per column, and `epsilon` is the
 * address of a float32 number. With the mean μ and the biased variance σ² of a row, r = 1/√(σ² + epsilon), x̂ = (x − μ)r:
 *
 * `forward(x, gamma, beta, epsilon, y, rows, columns)`: y = x̂·gamma + beta.
 *
 * Means and variances are computed in two passes in double precision, and x − μ without rounding μ, so a row far from zero
 * loses no digit. A row's bits depend on that row alone. Reads up to three floats behind a row, writes exactly the outputs.
 */
export const layerNorm: Kernel<"forward"> = /* @__PURE__ */ kernel("layerNorm", defineForward, () => ({
  forward: byRows(5, (columns) => [4 * columns, 0, 0, 0, 4 * columns], leastHeavy),
}));

/**
 * Its gradients: a separate kernel, because only training needs it.
 *
 * `gradient(dy, x, gamma, epsilon, dx, kept, rows, columns)`: with g = dy·gamma and means over the row,
 * dx = r(g − mean(g) − x̂·mean(g·x̂)); `kept` gets 16 bytes per row, the row's statistics.
 * `parameters(dy, x, kept, dGamma, dBeta, rows, columns, all)`: dGamma = Σ dy·x̂, dBeta = Σ dy over the rows in ascending
 * order, in double precision, for the first `columns` of all columns.
 */
export const layerNormGradient: Kernel<"gradient" | "parameters"> = /* @__PURE__ */ kernel(
  "layerNormGradient",
  (module) => {
    defineGradient(module);
    defineParameters(module);
  },
  () => ({
    gradient: byRows(6, (columns) => [4 * columns, 4 * columns, 0, 0, 4 * columns, statisticsBytes], leastHeavy),
    parameters: {
      count: 6,
      strides: () => [4, 4, 0, 4, 4],
      size: ([, , , , , rows]) => rows,
      multiple: 16,
      least: leastHeavy,
    },
  }),
);
