import { ValueError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import { enableRelaxedSimd, hasRelaxedSimd, hasSimd } from "../../wasm/assembler/features.ts";
import { assemble, compile, type Kernel, type KernelFunctions } from "../../wasm/assembler/kernel.ts";
import { heap } from "../memory/heap.ts";
import { threadPool } from "./threadPool.ts";

/**
 * Which kernels run: `reference` (TypeScript loops, anywhere), `simd` (WebAssembly SIMD, the same bits on every machine)
 * or `relaxed-simd` (with fused multiply-add: faster, the same bits per processor and engine).
 */
export type Backend = "reference" | "simd" | "relaxed-simd";

const names: readonly Backend[] = ["reference", "simd", "relaxed-simd"];

type BoundKernels = Map<Kernel, KernelFunctions<string>>;

let chosen: Backend | undefined;
/** The kernels that were bound, for each backend. */
const bound = new Map<Backend, BoundKernels>();
/** Those of the backend in use. */
let kernels: BoundKernels = /* @__PURE__ */ new Map();
let generation = 0;

/**
 * The backends that this engine, the page's policy and the address space allow, slowest first.
 * @example
 * availableBackends()[0]; // "reference"
 */
export const availableBackends = (): readonly Backend[] => {
  simd ??= hasSimd() && heap().memory !== undefined;
  if (!simd) return ["reference"];
  relaxed ||= hasRelaxedSimd();
  return relaxed ? names : ["reference", "simd"];
};

/** Cached answers; relaxed SIMD may still be switched on later. */
let simd: boolean | undefined;
let relaxed = false;

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
      `setBackend: the backend must be one that this engine has (${available.join(", ")}), got ${showValue(backend)}. ` +
        (names.includes(backend)
          ? "Choose one of these, or use a newer engine, or a page whose policy has 'wasm-unsafe-eval'."
          : "Choose one of these."),
    );
  }
  if (backend === getBackend()) return;
  bound.set(getBackend(), kernels);
  chosen = backend;
  kernels = bound.get(backend) ?? new Map();
  generation++;
};

/**
 * A number that changes when kernels are bound anew: another backend, other threads, another memory. Functions that `link`
 * returned hold for one generation.
 * @internal
 */
export const backendGeneration = (): number => generation;

/** A kernel's functions, assembled and compiled for the backend in use when they are first needed. */
export const link = <Name extends string>(generator: Kernel<Name>): KernelFunctions<Name> => {
  let functions = kernels.get(generator);
  if (!functions) {
    functions = bind(generator, getBackend() === "relaxed-simd");
    kernels.set(generator, functions);
  }
  return functions;
};

export type Link = typeof link;

/** Where threads help, functions that divide their work. */
const bind = (generator: Kernel, relaxed: boolean): KernelFunctions<string> => {
  const memory = heap();
  const bytes = assemble(generator, { relaxed, shared: memory.isShared });
  const functions = compile<string>(bytes, memory.memory!);
  return threadPool()?.register(generator, bytes, functions) ?? functions;
};

/** Forgets what kernels were bound to: the memory or the threads have changed. */
export const relink = (): void => {
  bound.clear();
  kernels = new Map();
  generation++;
};
