import type { Kernel, KernelFunctions } from "../../wasm/assembler/kernel.ts";
import type { TypedArray } from "../dtype.ts";

/** A step, as a recorder sees it. */
export interface RecordedStep {
  isRunning: boolean;
}

/** A storage, as a recorder sees it. */
export interface RecordedStorage {
  readonly array: TypedArray | undefined;
  address: number;
}

/**
 * What writes down the work beneath the operations while a function runs, so that it can be done again on other data. This
 * is the interface that the rest of the library sees; `src/tensor/record` implements it, so that programs which compile
 * nothing do not contain it.
 */
export interface Recorder {
  /** No other recording of the program has it. */
  readonly id: number;
  /** As `link`, but each call of a kernel is written down. */
  readonly link: <Name extends string>(generator: Kernel<Name>) => KernelFunctions<Name>;
  /** The address of `bytes` bytes that keep their content from replay to replay. */
  constant(bytes: number): number;
  /** The address of a copy of an array's elements. */
  stage(storage: RecordedStorage): number;
  /** Does something on the host now, and in each replay. `undo` takes it back when the replay ends early. */
  perform(action: () => void, undo?: () => void): void;
  /** Asks now, and in each replay: a replay ends early where the answer is another one. */
  decide<Answer>(question: () => Answer): Answer;
  /** Runs the body as if nothing were recorded. */
  pause<Result>(body: () => Result): Result;
  /** Copies bytes now, and in each replay. */
  copy(from: number, to: number, bytes: number): void;
  /** Makes elements readable until the end of the recorded function; the memory of a variable is copied, because it changes. */
  retain(storage: RecordedStorage): void;
  /** A block that outlives the function is about to change. */
  changes(address: number, bytes: number): void;
  /** What must still hold for a replay. */
  restsOn(holds: () => boolean): void;
  /** A step has begun. */
  begins(step: RecordedStep): void;
  /** A value is read on the host, where a replay could not read it. @throws ValueError when the function must be recorded. */
  hostRead(): void;
}

/** Makes a function that replays its kernels where it can, and else runs as it is. */
export type Compiler = <Arguments extends readonly unknown[], Result>(
  f: (...args: Arguments) => Result,
) => (...args: Arguments) => Result;

let current: Recorder | undefined;
let models = 0;
let activeCompiler: Compiler | undefined;

/** What compiles, in programs that compile something: others do not contain it. */
export const compiler = (): Compiler | undefined => activeCompiler;

export const setCompiler = (next: Compiler): void => {
  activeCompiler = next;
};

/** What records, if something does. */
export const recorder = (): Recorder | undefined => current;

/** Sets what records, and returns what did so before. */
export const setRecorder = (next: Recorder | undefined): Recorder | undefined => {
  const before = current;
  current = next;
  return before;
};

/**
 * A number that changes when a variable, a layer or an optimizer is made, or a layer is frozen or draws for the first time: what a recorded function
 * rests on may be another from then on.
 */
export const modelGeneration = (): number => models;

/** To be called where a variable, a layer or an optimizer is made, or a layer changes. */
export const noteModelChange = (): void => {
  models++;
};
