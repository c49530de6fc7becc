import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { erf, normalCdf } from "../src/base/math.ts";
import { instantiate } from "../src/wasm/assembler/kernel.ts";
import { type UnaryBody, unaryKernel } from "../src/wasm/elementwise/elementwiseKernel.ts";
import * as vector from "../src/wasm/math/vectorMath.ts";
import * as normal from "../src/wasm/math/vectorNormal.ts";
import * as trigonometry from "../src/wasm/math/vectorTrigonometry.ts";

/**
 * `npm run ulp`: the largest error of every vector function over all 2^32 floats, against references in double, with the
 * bound that its docstring states. `--sample N` checks N floats spread over all of them; names select functions.
 */

/** A function, its reference in double, and its bound in ulp. */
interface CheckedFunction {
  readonly body: UnaryBody;
  readonly reference: (x: number) => number;
  readonly bound: number;
  /** Which arguments are checked; default: all. */
  readonly domain?: (x: number) => boolean;
}

const sigmoid = (x: number): number => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
/** x · factor with the limit 0 where the factor has underflowed. */
const scaled = (x: number, factor: number): number => (factor === 0 ? -0 : x * factor);
const geluTanh = (x: number): number => scaled(x, sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

export const checkedFunctions: Readonly<Record<string, CheckedFunction>> = {
  exp: { body: vector.exp, reference: Math.exp, bound: 1.2 },
  expm1: { body: vector.expm1, reference: Math.expm1, bound: 2 },
  "expm1Negative (x <= 0)": {
    body: vector.expm1Negative,
    reference: Math.expm1,
    bound: 1.5,
    domain: (x) => x <= 0,
  },
  log: { body: vector.log, reference: Math.log, bound: 1 },
  log1p: { body: vector.log1p, reference: Math.log1p, bound: 1.5 },
  tanh: { body: vector.tanh, reference: Math.tanh, bound: 2.5 },
  sigmoid: { body: vector.sigmoid, reference: sigmoid, bound: 2.5 },
  softplus: {
    body: vector.softplus,
    reference: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    bound: 2.5,
  },
  silu: { body: vector.silu, reference: (x) => scaled(x, sigmoid(x)), bound: 3.5 },
  erf: { body: vector.erf, reference: erf, bound: 3 },
  gelu: { body: normal.gelu, reference: (x) => scaled(x, normalCdf(x)), bound: 7 },
  "geluTanh (x >= -1)": { body: normal.geluTanh, reference: geluTanh, bound: 4, domain: (x) => x >= -1 },
  geluTanh: { body: normal.geluTanh, reference: geluTanh, bound: 220 },
  sin: { body: trigonometry.sin, reference: Math.sin, bound: 0.51 },
  cos: { body: trigonometry.cos, reference: Math.cos, bound: 0.51 },
};

export interface Worst {
  readonly error: number;
  readonly input: number;
}

/** The distance of float32 neighbours by biased exponent: the unit of the errors. */
const spacings = Float64Array.from({ length: 256 }, (_, exponent) => 2 ** (Math.max(Math.min(exponent, 254), 1) - 150));
const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** |computed − exact| in ulp of the float32 next to the exact value; Infinity if only one of them is NaN. */
const ulpError = (computed: number, exact: number): number => {
  if (Number.isNaN(computed) || Number.isNaN(exact)) return Object.is(computed, exact) ? 0 : Number.POSITIVE_INFINITY;
  single[0] = exact;
  // An infinite result is right if the exact value rounds to it.
  if (single[0] === computed && Math.abs(computed) === Number.POSITIVE_INFINITY) return 0;
  return Math.abs(computed - exact) / spacings[(singleBits[0]! >>> 23) & 255]!;
};

const chunk = 1 << 14;

/**
 * The largest error over the floats with bits (start + i) * stride, 0 <= i < count. A stride of 1 takes them one after
 * the other, a large odd stride spreads them over all floats.
 */
export const worstError = (name: string, start: number, count: number, stride: number): Worst => {
  const { body, reference, domain } = checkedFunctions[name]!;
  const memory = new WebAssembly.Memory({ initial: 4 });
  const { run } = instantiate(unaryKernel(name, body), memory, { relaxed: false });
  const inputBits = new Int32Array(memory.buffer, 0, chunk);
  const inputs = new Float32Array(memory.buffer, 0, chunk);
  const outputs = new Float32Array(memory.buffer, 4 * chunk, chunk);
  let error = 0;
  let input = Number.NaN;
  for (let from = 0; from < count; from += chunk) {
    const size = Math.min(chunk, count - from);
    for (let index = 0; index < size; index++) inputBits[index] = Math.imul(start + from + index, stride);
    run(0, 4 * chunk, size);
    for (let index = 0; index < size; index++) {
      const x = inputs[index]!;
      if (domain && !domain(x)) continue;
      const here = ulpError(outputs[index]!, reference(x));
      if (here > error) {
        error = here;
        input = x;
      }
    }
  }
  return { error, input };
};

interface Job {
  readonly name: string;
  readonly start: number;
  readonly count: number;
  readonly stride: number;
}

/** Runs in a separate process, because the loader of TypeScript does not work in worker threads of every Node. */
const runJob = (job: Job): Promise<Worst> =>
  new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), ["--job", JSON.stringify(job)], { serialization: "advanced" });
    child.once("message", (worst: Worst) => resolve(worst));
    child.once("exit", (code) => reject(new Error(`ulp: the check of ${job.name} ended with code ${code}`)));
  });

const main = async (args: string[]): Promise<void> => {
  const at = args.indexOf("--sample");
  const sample = at < 0 ? undefined : Number(args.splice(at, 2)[1]);
  const isKnown = (name: string): boolean => name in checkedFunctions;
  if ((sample !== undefined && !(sample > 0)) || !args.every(isKnown)) {
    console.error(`Usage: npm run ulp -- [--sample N] [${Object.keys(checkedFunctions).join(" | ")}] ...`);
    process.exit(2);
  }
  const total = sample ?? 2 ** 32;
  const stride = sample === undefined ? 1 : 0x9e3779b1;
  const workers = Math.min(availableParallelism(), 8);
  console.log(`${total} floats each${sample === undefined ? " (all of them)" : ""}; errors in ulp\n`);
  console.log(`${"function".padEnd(24)}${"error".padStart(10)}${"bound".padStart(8)}  ${"at".padEnd(26)}`);
  let failed = false;
  for (const name of args.length > 0 ? args : Object.keys(checkedFunctions)) {
    const share = Math.ceil(total / workers);
    const jobs = Array.from({ length: workers }, (_, index) => ({
      name,
      start: index * share,
      count: Math.min(share, total - index * share),
      stride,
    }));
    const results = await Promise.all(jobs.map(runJob));
    const { error, input } = results.reduce((a, b) => (b.error > a.error ? b : a));
    const { bound } = checkedFunctions[name]!;
    const passed = error <= bound;
    failed ||= !passed;
    const columns = [name.padEnd(24), error.toFixed(4).padStart(10), String(bound).padStart(8)];
    console.log(`${columns.join("")}  ${String(input).padEnd(26)}${passed ? "pass" : "FAIL"}`);
  }
  process.exitCode = failed ? 1 : 0;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] === "--job") {
    const { name, start, count, stride } = JSON.parse(process.argv[3]!) as Job;
    process.send?.(worstError(name, start, count, stride));
  } else await main(process.argv.slice(2));
}
