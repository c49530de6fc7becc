import { type AssembleOptions, ModuleBuilder } from "./assembler.ts";
import type { Division } from "./division.ts";

/** The exports of a kernel module: functions of addresses (bytes) and counts. */
export type KernelFunctions<Name extends string> = Readonly<Record<Name, (...args: number[]) => number>>;

/**
 * A kernel generator: the name of the module, and how it is written; its type has the names of its exports. It
 * knows bytes and addresses only. Each kernel is assembled and compiled when it is first needed: kernels that a
 * program does not use cost nothing, and every module is small enough (a few kB) for browsers that refuse to compile
 * large modules synchronously.
 */
export interface Kernel<Name extends string = string> {
  readonly name: string;
  readonly define: (module: ModuleBuilder) => void;
  /** How functions may be divided among threads; those that are left out run in one piece. Calls are typed by their names. */
  readonly divisions: () => Divisions<Name>;
}

/** The first division with enough work to divide applies. */
export type Divisions<Name extends string> = Partial<Readonly<Record<Name, Division | readonly Division[]>>>;

const undivided = (): Divisions<string> => ({});

export const kernel = <Name extends string>(
  name: string,
  define: (module: ModuleBuilder) => void,
  divisions: () => Divisions<NoInfer<Name>> = undivided,
): Kernel<Name> => ({ name, define, divisions });

/** Assembles a kernel into the bytes of a WebAssembly module. */
export const assemble = (generator: Kernel, options: AssembleOptions): Uint8Array<ArrayBuffer> => {
  const module = new ModuleBuilder(options);
  generator.define(module);
  return module.finish();
};

/** The part of WebAssembly.Memory that kernels need: without the types of the DOM there is no name for it. */
export interface LinearMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}

/** Compiles a module and binds it to a memory. Throws what the engine throws (CompileError, or a policy's refusal). */
export const compile = <Name extends string>(
  bytes: Uint8Array<ArrayBuffer>,
  memory: LinearMemory,
): KernelFunctions<Name> =>
  new WebAssembly.Instance(new WebAssembly.Module(bytes), { gradus: { memory: memory as WebAssembly.Memory } })
    .exports as unknown as KernelFunctions<Name>;

/** Assembles and compiles a kernel, and binds it to a memory. */
export const instantiate = <Name extends string>(
  generator: Kernel<Name>,
  memory: LinearMemory,
  options: AssembleOptions,
): KernelFunctions<Name> => compile(assemble(generator, options), memory);
