import { ValueError } from "../../base/errors.ts";
import type { Kernel, KernelFunctions } from "../../wasm/assembler/kernel.ts";
import { forgetFinite } from "../../wasm/matmul/finiteMatrices.ts";
import { backendGeneration, link } from "../interpret/backend.ts";
import { Arena, arena } from "../memory/arena.ts";
import { Block } from "../memory/block.ts";
import { heap } from "../memory/heap.ts";
import { modelGeneration, type Recorder, setRecorder } from "../memory/recorder.ts";
import { Step, setCurrentStep } from "../memory/step.ts";
import type { Storage } from "../memory/storage.ts";

/** Chunks of a recording are blocks of its own, which go when it goes. */
const smallestChunk = 1 << 14;

let recordings = 0;

/** One thing that a replay does; it returns false to end the replay early. */
type Item = () => unknown;

/** A block that the function changes. */
interface Change {
  readonly address: number;
  readonly bytes: number;
  /** Where its content is kept while a replay may still end early. */
  copy: number;
}

/**
 * The kernel calls of a function, and what it does on the host between them, in order. It owns the memory of the function's
 * temporaries: each call finds its operands where they were when it was written down.
 */
export class Recording implements Recorder {
  readonly id: number = ++recordings;
  readonly step: Step = new Step(true);
  /** Why the function cannot be replayed, if so. */
  refusal: string | undefined;
  readonly #isStrict: boolean;
  readonly #blocks: Block[] = [];
  readonly #temporaries: Arena;
  readonly #constants: Arena;
  readonly #items: Item[] = [];
  /** How to take items back, by their index. */
  readonly #undos = new Map<number, () => void>();
  readonly #conditions: (() => boolean)[] = [];
  readonly #steps: Step[] = [this.step];
  readonly #staged = new Map<Storage, number>();
  readonly #linked = new Map<Kernel, KernelFunctions<string>>();
  readonly #changes = new Map<number, Change>();
  /** The number of items before the first change of a block, and up to the last question. */
  #firstChange = Number.POSITIVE_INFINITY;
  #lastQuestion = 0;
  readonly #backend = backendGeneration();
  #model = 0;

  /** @param isStrict Whether reading a value on the host is an error; else it makes the recording useless. */
  constructor(isStrict: boolean) {
    this.#isStrict = isStrict;
    const allocate = (bytes: number): number => {
      const block = new Block(bytes, false);
      this.#blocks.push(block);
      return block.address;
    };
    this.#temporaries = new Arena({ smallest: smallestChunk, allocate });
    this.#constants = new Arena({ smallest: smallestChunk / 16, allocate });
  }

  /** Runs the body and writes down what it does. `finish` reads the results, which end with it. */
  record<Result, Final>(body: () => Result, finish: (result: Result) => Final): Final {
    const models = modelGeneration();
    const recorderBefore = setRecorder(this);
    const stepBefore = setCurrentStep(this.step);
    arena.exchange(this.#temporaries);
    try {
      let result: Result;
      try {
        result = body();
      } finally {
        arena.exchange(this.#temporaries);
        setCurrentStep(stepBefore);
        setRecorder(recorderBefore);
      }
      const final = finish(result);
      this.#model = modelGeneration();
      // What a function makes in its first call (variables of layers, an optimizer's slots) it does not make again.
      if (this.#model !== models) this.refusal ??= "it made a variable, a layer or an optimizer";
      this.#finish();
      return final;
    } finally {
      for (const step of this.#steps) step.isRunning = false;
    }
  }

  #finish(): void {
    if (this.#lastQuestion <= this.#firstChange) this.#changes.clear();
    for (const change of this.#changes.values()) change.copy = this.constant(change.bytes);
    // Only recording needs these; the arrays that were staged may be large.
    this.#linked.clear();
    this.#staged.clear();
  }

  /** Whether it may be replayed: what it rests on has not changed. */
  get holds(): boolean {
    if (this.#backend !== backendGeneration() || this.#model !== modelGeneration()) return false;
    for (const condition of this.#conditions) if (!condition()) return false;
    return true;
  }

  /**
   * Does everything once more, and reads the results.
   * @returns Whether that came to its end; if not, all is as before.
   */
  replay(finish: () => void): boolean {
    const items = this.#items;
    for (const { address, bytes, copy } of this.#changes.values()) move(address, copy, bytes);
    for (const step of this.#steps) step.isRunning = true;
    let index = 0;
    let isDone = false;
    try {
      for (; index < items.length; index++) if (items[index]() === false) return false;
      finish();
      isDone = true;
      return true;
    } catch {
      // Done again without a recording, the function throws what it would have thrown.
      return false;
    } finally {
      for (const step of this.#steps) step.isRunning = false;
      if (!isDone) this.#takeBack(index);
    }
  }

  #takeBack(end: number): void {
    forgetFinite();
    for (let index = end - 1; index >= 0; index--) this.#undos.get(index)?.();
    for (const { address, bytes, copy } of this.#changes.values()) move(copy, address, bytes);
  }

  readonly link = <Name extends string>(generator: Kernel<Name>): KernelFunctions<Name> => {
    const before = this.#linked.get(generator);
    if (before) return before as KernelFunctions<Name>;
    const functions = link(generator);
    const recording: Record<string, (...args: number[]) => number> = {};
    for (const name of Object.keys(functions) as Name[]) {
      const run = functions[name];
      recording[name] = (...args) => {
        this.#items.push(callOf(run, args));
        return run(...args);
      };
    }
    this.#linked.set(generator, recording);
    return recording as KernelFunctions<Name>;
  };

  constant(bytes: number): number {
    return this.#constants.allocate(bytes);
  }

  stage(storage: Storage): number {
    let address = this.#staged.get(storage);
    if (address === undefined) {
      const array = storage.elements();
      address = this.constant(array.byteLength);
      heap().write(array, address);
      this.#staged.set(storage, address);
    }
    return address;
  }

  perform(action: () => void, undo?: () => void): void {
    if (undo) this.#undos.set(this.#items.length, undo);
    this.#items.push(() => {
      action();
    });
    this.pause(action);
  }

  decide<Answer>(question: () => Answer): Answer {
    const answer = this.pause(question);
    this.#items.push(() => Object.is(question(), answer));
    this.#lastQuestion = this.#items.length;
    return answer;
  }

  pause<Result>(body: () => Result): Result {
    setRecorder(undefined);
    const step = setCurrentStep(undefined);
    arena.exchange(this.#temporaries);
    try {
      return body();
    } finally {
      arena.exchange(this.#temporaries);
      setCurrentStep(step);
      setRecorder(this);
    }
  }

  copy(from: number, to: number, bytes: number): void {
    this.#items.push(() => move(from, to, bytes));
    move(from, to, bytes);
  }

  retain(storage: Storage): void {
    if (storage.array) return;
    storage.check();
    storage.step = this.step;
    if (!storage.borrowed) return;
    const bytes = storage.elements().byteLength;
    const address = arena.allocate(bytes);
    this.copy(storage.address, address, bytes);
    storage.address = address;
    storage.borrowed = false;
  }

  changes(address: number, bytes: number): void {
    this.#firstChange = Math.min(this.#firstChange, this.#items.length);
    if (!this.#changes.has(address)) this.#changes.set(address, { address, bytes, copy: 0 });
  }

  restsOn(holds: () => boolean): void {
    this.#conditions.push(holds);
  }

  begins(step: Step): void {
    step.isRecorded = true;
    this.#steps.push(step);
  }

  hostRead(): void {
    this.refusal ??= "it reads a value on the host";
    if (!this.#isStrict) return;
    throw new ValueError(
      "compile: a compiled function must not read values on the host (item, data, toArray, keep), got a read. " +
        "Return the tensor and read it outside, or choose between values with where(...).",
    );
  }
}

const move = (from: number, to: number, bytes: number): void => {
  heap().u8.copyWithin(to, from, from + bytes);
};

/** A call with these arguments. */
const callOf = (run: (...args: number[]) => number, args: readonly number[]): Item => run.bind(undefined, ...args);
