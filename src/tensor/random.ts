import { type Dynamic, dynamic } from "../base/dynamic.ts";
import { ValueError } from "../base/errors.ts";
import { showValue } from "../base/showValue.ts";
import type { TypedArray } from "./dtype.ts";
import { hostTensor } from "./interpret/hostWork.ts";
import { onRollback } from "./interpret/rollback.ts";
import { recorder } from "./memory/recorder.ts";
import { threefry } from "./randomKernels.ts";
import { ownTensor, type Tensor } from "./tensor.ts";

/** What a generator will give next; it can be saved and restored. */
export interface RandomState {
  /** What the seed, and the names of forks, have become. */
  readonly key: readonly [number, number];
  /** How many 64-bit blocks were drawn. */
  readonly counter: number;
}

/** A seed that differs from call to call. @internal */
export const freshSeed = (): number => Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);

/** Where a generator without a seed takes one from: a gradient check repeats them. @internal */
export const seedSource: Dynamic<() => number> = /* @__PURE__ */ dynamic(freshSeed);

/** The source of random numbers: a generator, or the seed of a new one. Without either, every call is different. */
export interface RandomOptions {
  /** The generator to draw from. */
  readonly random?: Random;
  /** A whole number from 0 to 2^53 - 1. */
  readonly seed?: number;
}

const keyOf = (seed: number | undefined): readonly [number, number] => {
  const value = seed ?? seedSource.get()();
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new ValueError(`Random: a seed is a whole number from 0 to 2^53 - 1, got ${showValue(value)}.`);
  }
  return [value >>> 0, Math.floor(value / 2 ** 32)];
};

/** Key and counter as random operations read them. */
const writeState = (state: TypedArray, key: readonly [number, number], counter: number): void => {
  state[0] = key[0];
  state[1] = key[1];
  state[2] = counter >>> 0;
  state[3] = Math.floor(counter / 2 ** 32);
};

/** The first numbers of a seed: the same ones whenever the function is called, also where it is recorded. */
const firstOf = (key: readonly [number, number]): Tensor => {
  const state = new Int32Array(4);
  writeState(state, key, 0);
  return ownTensor([4], "int32", state);
};

/** Takes `count` 32-bit numbers from the generator, or the first ones of a seed, which needs no generator. */
export const drawState = ({ random, seed }: RandomOptions, count: number): Tensor => {
  if (random) return random.draw(count);
  if (seed !== undefined) return firstOf(keyOf(seed));
  return hostTensor([4], "int32", (state) => writeState(state, keyOf(undefined), 0));
};

/**
 * A stream of random numbers: Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
 * 2011), a function of a key and a counter. The same seed gives the same bits everywhere.
 * @example
 * const random = new Random(42);
 * randomNormal([2, 3], { random });
 */
export class Random {
  #key: readonly [number, number];
  #counter: number;
  /** The recording in which it was made from a seed: each call of the function makes it anew, and draws the same numbers. */
  readonly #madeIn: number | undefined;

  /** @param seed A whole number from 0 to 2^53 - 1; without one, every run is different. */
  constructor(seed?: number) {
    this.#key = keyOf(seed);
    this.#counter = 0;
    this.#madeIn = seed === undefined ? undefined : recorder()?.id;
  }

  /**
   * An independent stream: the same name gives the same stream, whatever was drawn before. Layers draw from streams of
   * their own, so that a new layer does not change the others.
   */
  fork(name: string): Random {
    if (typeof name !== "string") throw new ValueError(`Random: a name is text, got ${showValue(name)}.`);
    // FNV-1a over the UTF-16 code units, as the counter of one block under a key that differs from those drawn from.
    let hash = 0x811c9dc5;
    for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
    const [first, second] = threefry([this.#key[0] ^ 0x5f3759df, this.#key[1]], [hash >>> 0, name.length]);
    const fork = new Random(0);
    fork.#key = [first, second];
    return fork;
  }

  /** What it will give next, to be kept and set again. */
  get state(): RandomState {
    return { key: [...this.#key], counter: this.#counter };
  }

  /** What `JSON.stringify` writes: the state. */
  toJSON(): RandomState {
    return this.state;
  }

  /** Resumes from a state. @throws ValueError for anything but a state. */
  set state(state: RandomState) {
    const { key, counter } = Object(state) as RandomState;
    if (!(Array.isArray(key) && [...key, counter].every(Number.isSafeInteger))) {
      throw new ValueError(`Random: a state is { key, counter }, got ${showValue(state)}.`);
    }
    this.#remember();
    this.#key = [key[0], key[1]];
    this.#counter = counter;
  }

  /**
   * Takes `count` 32-bit numbers from the stream: key and counter as the int32 tensor that random operations read.
   * @internal
   */
  draw(count: number): Tensor {
    const blocks = Math.ceil(count / 2);
    const next = (state: TypedArray): void => {
      this.#remember();
      writeState(state, this.#key, this.#counter);
      this.#counter += blocks;
    };
    if (this.#madeIn === undefined || this.#madeIn !== recorder()?.id)
      return hostTensor([4], "int32", next, () => this.#goBack(blocks));
    const state = new Int32Array(4);
    next(state);
    return ownTensor([4], "int32", state);
  }

  #goBack(blocks: number): void {
    this.#counter -= blocks;
  }

  #remember(): void {
    const [key, counter] = [this.#key, this.#counter];
    onRollback(() => {
      this.#key = key;
      this.#counter = counter;
    });
  }
}
