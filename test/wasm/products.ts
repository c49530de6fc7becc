import { setFlagsFromString } from "node:v8";
import { hasRelaxedSimd } from "../../src/wasm/assembler/features.ts";
import { instantiate, type Kernel, type KernelFunctions } from "../../src/wasm/assembler/kernel.ts";
import { matmulBlock } from "../../src/wasm/matmul/matmulBlock.ts";
import {
  type BlockKernel,
  type LinkKernel,
  type MatmulProblem,
  type MatmulShape,
  matmul,
  matmulWorkspaceBytes,
  wholeProduct,
} from "../../src/wasm/matmul/matmulKernel.ts";
import type { MatmulTile } from "../../src/wasm/matmul/matmulTile.ts";

// Node 20 has relaxed SIMD behind a flag; newer engines have it without and would warn about the flag.
if (!hasRelaxedSimd()) setFlagsFromString("--experimental-wasm-relaxed-simd");
/** Without and with relaxed SIMD, where the engine has it. */
export const modes: readonly boolean[] = hasRelaxedSimd() ? [false, true] : [false];

/** The memory of all products here. */
const memory = new WebAssembly.Memory({ initial: 160 });
export const floats: Float32Array<ArrayBuffer> = new Float32Array(memory.buffer);
export const words: Uint32Array<ArrayBuffer> = new Uint32Array(memory.buffer);

export const linkIn = (target: WebAssembly.Memory, relaxed: boolean): LinkKernel => {
  const linked = new Map<string, KernelFunctions<string>>();
  return <Name extends string>(kernel: Kernel<Name>) => {
    const functions = linked.get(kernel.name) ?? instantiate(kernel, target, { relaxed });
    linked.set(kernel.name, functions);
    return functions as KernelFunctions<Name>;
  };
};
export const links: ReadonlyMap<boolean, LinkKernel> = new Map(
  modes.map((relaxed) => [relaxed, linkIn(memory, relaxed)]),
);

export const transposes: readonly Pick<MatmulShape, "transposeA" | "transposeB">[] = [false, true].flatMap(
  (transposeA) => [false, true].map((transposeB) => ({ transposeA, transposeB })),
);

/** Numbers in [-0.5, 0.5), the same ones in every run. */
export const randomNumbers = (count: number, seed: number): Float32Array => {
  const out = new Float32Array(count);
  let state = seed;
  for (let index = 0; index < count; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out[index] = state / 4294967296 - 0.5;
  }
  return out;
};

export const transposed = (values: Float32Array, rows: number, columns: number): Float32Array => {
  const out = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = values[i * columns + j];
  return out;
};

export const padded = (count: number): number => Math.ceil(count / 4) * 16;
/** Stands around and behind everything: a NaN, so that whatever is read without right shows. */
export const guard = 0x7fc01234;
export const guardBytes = 64;

/** Computes a product in a workspace. */
export type Method = (link: LinkKernel, problem: MatmulProblem, workspace: number) => void;

export interface Run {
  readonly relaxed?: boolean;
  /** Instead of `matmul`. */
  readonly method?: Method;
  /** The bytes that it needs. */
  readonly workspaceBytes?: number;
  readonly tile?: MatmulTile;
  /** Added to each row. */
  readonly bias?: Float32Array;
}

const tiled = new Map<string, Kernel<"block">>();

/** Kernels of one tile; each is created once. */
const blockKernelOf =
  (tile: MatmulTile): BlockKernel =>
  (left, right) => {
    const key = [left, right, tile.rows, tile.unroll].join();
    const kernel = tiled.get(key) ?? matmulBlock(left, right, tile);
    tiled.set(key, kernel);
    return kernel;
  };

/** The product of a [m, k] and b [k, n] (stored as the shape says) in a memory that is full of guards. */
export const product = (
  a: Float32Array,
  b: Float32Array,
  shape: MatmulShape,
  { relaxed = false, tile, bias, method, workspaceBytes = matmulWorkspaceBytes(shape) }: Run = {},
): Float32Array => {
  const { m, n, k, transposeA, transposeB } = shape;
  const aAt = guardBytes;
  const bAt = aAt + padded(m * k) + guardBytes;
  const biasAt = bAt + padded(k * n) + guardBytes;
  const cAt = biasAt + padded(n) + guardBytes;
  const workspace = cAt + padded(m * n) + guardBytes;
  const end = workspace + workspaceBytes;
  words.fill(guard, 0, (end + guardBytes) / 4);
  floats.set(transposeA ? transposed(a, m, k) : a, aAt / 4);
  floats.set(transposeB ? transposed(b, k, n) : b, bAt / 4);
  if (bias) floats.set(bias, biasAt / 4);
  const problem = wholeProduct(shape, aAt, bAt, cAt, bias ? biasAt : 0);
  const link = links.get(relaxed)!;
  if (method) method(link, problem, workspace);
  else matmul(link, problem, workspace, tile && blockKernelOf(tile));
  const untouched = [
    [cAt - guardBytes, cAt],
    [cAt + m * n * 4, workspace],
    [end, end + guardBytes],
  ];
  for (const [from, to] of untouched)
    if (words.subarray(from / 4, to / 4).some((word) => word !== guard))
      throw new Error(`wrote outside C or the workspace: ${JSON.stringify({ ...shape, relaxed, tile })}`);
  return floats.slice(cAt / 4, cAt / 4 + m * n);
};

export const bits = (values: Float32Array): Uint32Array =>
  new Uint32Array(values.buffer, values.byteOffset, values.length);
