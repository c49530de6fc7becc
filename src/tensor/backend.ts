import { type Division, divide } from "../wasm/division.ts";
import { enableRelaxedSimd, hasRelaxedSimd, hasSimd } from "../wasm/features.ts";
import { assemble, compile, type Kernel, type KernelFunctions } from "../wasm/kernel.ts";
import { ValueError } from "./errors.ts";
import { heap } from "./heap.ts";
import { type Team, team } from "./team.ts";

/**
 * Which kernels run: `reference` (TypeScript loops, anywhere), `simd` (WebAssembly SIMD, the same bits on every machine)
 * or `relaxed-simd` (with fused multiply-add: faster, the same bits per processor and engine).
 */
export type Backend = "reference" | "simd" | "relaxed-simd";

const names: readonly Backend[] = ["reference", "simd", "relaxed-simd"];

let chosen: Backend | undefined;
const linked = new Map<Backend, Map<Kernel, Bound>>();

/**
 * The backends that this engine, the page's policy and the address space allow, slowest first.
 * @example
 * availableBackends()[0]; // "reference"
 */
export const availableBackends = (): readonly Backend[] => {
  simd ??= hasSimd() && mayCompile() && heap().memory !== undefined;
  if (!simd) return ["reference"];
  relaxed ||= hasRelaxedSimd();
  return relaxed ? names : ["reference", "simd"];
};

/** What was found out; relaxed SIMD may still be switched on later. */
let simd: boolean | undefined;
let relaxed = false;

/** A content-security policy may allow WebAssembly memory but refuse compilation: the smallest module tells. */
const mayCompile = (): boolean => {
  try {
    new WebAssembly.Module(new Uint8Array([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]));
    return true;
  } catch {
    return false;
  }
};

/**
 * The backend in use: the fastest that is available, unless `setBackend` chose another.
 * @example
 * availableBackends().includes(getBackend()); // true
 */
export const getBackend = (): Backend => {
  chosen ??= availableBackends().at(-1)!;
  return chosen;
};

/**
 * Chooses the backend for everything that is computed from now on; tensors and variables stay as they are. Node 20 has
 * relaxed SIMD switched off: asking for it switches it on (or start Node with `--experimental-wasm-relaxed-simd`).
 * @throws ValueError when the engine does not have it.
 * @example
 * setBackend("reference");
 * getBackend(); // "reference"
 */
export const setBackend = (backend: Backend): void => {
  if (backend === "relaxed-simd" && hasSimd()) enableRelaxedSimd();
  const available = availableBackends();
  if (!available.includes(backend)) {
    throw new ValueError(
      `setBackend: the backend must be one that this engine has (${available.join(", ")}), got "${String(backend)}". ` +
        (names.includes(backend)
          ? "Choose one of these, or use a newer engine, or a page whose policy has 'wasm-unsafe-eval'."
          : "Choose one of these."),
    );
  }
  chosen = backend;
};

/** A kernel's functions, assembled and compiled for the backend in use when they are first needed. */
export const link = <Name extends string>(generator: Kernel<Name>): KernelFunctions<Name> => bound(generator).functions;

export type Link = typeof link;

/** The functions of a kernel, which divide their work where threads help. */
interface Bound {
  readonly functions: KernelFunctions<string>;
  /** Instead of computing, these write the call down as part of a piece. */
  readonly recorders: KernelFunctions<string>;
}

const bound = (generator: Kernel): Bound => {
  const backend = getBackend();
  let kernels = linked.get(backend);
  if (!kernels) {
    kernels = new Map();
    linked.set(backend, kernels);
  }
  let found = kernels.get(generator);
  if (!found) {
    found = bind(generator, backend === "relaxed-simd");
    kernels.set(generator, found);
  }
  return found;
};

const bind = (generator: Kernel, relaxed: boolean): Bound => {
  const memory = heap();
  const bytes = assemble(generator, { relaxed, shared: memory.isShared });
  const functions = compile<string>(bytes, memory.memory!);
  const threads = team();
  const number = threads?.adopt(bytes, functions) ?? -1;
  if (threads === undefined || number < 0) return { functions, recorders: functions };
  const divisions = generator.divisions();
  const dividing: Record<string, KernelFunction> = {};
  const recorders: Record<string, KernelFunction> = {};
  for (const [position, name] of Object.keys(functions).entries()) {
    const division = divisions[name];
    const whole = functions[name];
    dividing[name] = division ? divided(threads, number, position, whole, [division].flat()) : whole;
    recorders[name] = (...args) => {
      threads.call(number, position, args);
      return 0;
    };
  }
  return { functions: dividing, recorders };
};

type KernelFunction = (...args: number[]) => number;

/** A function that runs in pieces where there is enough to do. */
const divided =
  (
    threads: Team,
    kernel: number,
    position: number,
    whole: KernelFunction,
    divisions: readonly Division[],
  ): KernelFunction =>
  (...args) => {
    for (const division of divisions) {
      const calls = divide(division, args, threads.threads);
      if (calls === undefined) continue;
      threads.begin();
      for (const call of calls) {
        threads.piece();
        threads.call(kernel, position, call);
      }
      threads.run();
      return 0;
    }
    return whole(...args);
  };

/**
 * Runs pieces that do not depend on each other, on all threads that there are. A piece calls kernels through the link
 * that it is given, and does nothing else that matters: where threads help, its calls are only written down at first, so
 * what they return means nothing.
 */
export const parallel = (count: number, piece: (index: number, link: Link) => void): void => {
  const threads = getBackend() === "reference" ? undefined : team();
  if (threads === undefined || count < 2) {
    for (let index = 0; index < count; index++) piece(index, link);
    return;
  }
  threads.begin();
  for (let index = 0; index < count; index++) {
    threads.piece();
    piece(index, record);
  }
  threads.run();
};

export type Parallel = typeof parallel;

const record: Link = (generator) => bound(generator).recorders;

/** Forgets what kernels were bound to: the memory or the threads are others now. */
export const relink = (): void => linked.clear();
