import { ValueError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import { bytesOf, newArray } from "../dtype.ts";
import { getBackend } from "../interpret/backend.ts";
import { isEager } from "../interpret/bind.ts";
import { isDoublePrecision } from "../interpret/precision.ts";
import { willRollBack } from "../interpret/rollback.ts";
import { heap } from "../memory/heap.ts";
import { recorder, setCompiler } from "../memory/recorder.ts";
import { copyOutResults, currentStep } from "../memory/step.ts";
import { Storage } from "../memory/storage.ts";
import { ownTensor, Tensor } from "../tensor.ts";
import { Recording } from "./recording.ts";
import { describe, mapLeaves, mapTensors, match } from "./structure.ts";

/** A function that `compile` made. */
export interface Compiled<Arguments extends readonly unknown[], Result> {
  (...args: Arguments): Result;
  /** How many recordings it holds: one for each combination of shapes and dtypes that it was called with, up to 16. */
  readonly recordings: number;
}

/** The most recordings of a function; the one that was not used for longest goes. */
const mostRecordings = 16;
/** After so many recordings in a row that could not be replayed, the function runs as it is for a while. */
const mostFailures = 4;
const callsAsItIs = 64;

/** What is known about calls with arguments of the same shapes. */
interface Entry {
  readonly signature: readonly unknown[];
  recording: Recording | undefined;
  /** The addresses of the arguments' elements. */
  addresses: readonly number[];
  result: unknown;
  /** Recordings since the last replay. */
  failures: number;
  /** Calls to run without a recording. */
  pause: number;
}

/** A result that is a tensor in the memory of its recording. */
class Place {
  readonly tensor: Tensor;

  constructor(tensor: Tensor) {
    this.tensor = tensor;
  }

  /** Its elements as they are now. */
  copy(): Tensor {
    const { axes: shape, dtype, scale, storage } = this.tensor;
    const array = newArray(dtype, storage.size);
    array.set(storage.elements());
    return ownTensor(shape, dtype, array, scale);
  }
}

/**
 * A function that does the same as `f`, faster: for each new combination of shapes and dtypes of its arguments it runs `f` as it is and records the
 * kernels beneath; later calls replay them on the new data. Results, changes of variables and errors are those of `f`, bit
 * for bit. What `f` does that is not a tensor operation (a counter of its own, `console.log`) is done only when it is recorded, as with
 * `jax.jit`; so are numbers that it takes from outside: pass them as arguments. A recording is made anew when what it
 * rests on has changed: the backend, threads, `trainable`, a regularizer, a variable, layer or optimizer that was made since.
 * On the backend `reference`, in a step and in a gradient `f` runs as it is.
 * @param f A synchronous function of tensors, also in arrays and plain objects. Other arguments are compared by value; each
 * new one is recorded anew. It returns tensors, also in arrays and plain objects, or nothing.
 * @throws ValueError when `f` is not a function, returns something else, or reads a value on the host (`item`, `data`).
 * @example
 * const w = new Variable(tensor([3]), { name: "w" });
 * const optimizer = new SGD({ learningRate: 0.1 });
 * const step = compile((x: Tensor) => optimizer.minimize(() => sum(square(sub(mul(w.read(), x), 1)))));
 * for (let i = 0; i < 50; i++) step(tensor([2]));
 * w.read().toArray(); // [0.5]
 * step.recordings; // 1
 */
export const compile = <Arguments extends readonly unknown[], Result>(
  f: (...args: Arguments) => Result,
): Compiled<Arguments, Result> => compiled(f, true);

/** As `compile`; a function that cannot be recorded runs as it is, when it is not strict. @internal */
export const compiled = <Arguments extends readonly unknown[], Result>(
  f: (...args: Arguments) => Result,
  isStrict: boolean,
): Compiled<Arguments, Result> => {
  if (typeof f !== "function") {
    throw new ValueError(`compile: f must be a function, got ${showValue(f)}. Pass (x) => model.call(x), for example.`);
  }
  setCompiler((g) => compiled(g, false));
  const entries: Entry[] = [];
  const call = (...args: Arguments): Result => {
    if (mustRunAsItIs()) return checkResult(f(...args));
    const tensors: Tensor[] = [];
    const entry = entryFor(entries, args, tensors);
    if (entry.pause > 0) {
      entry.pause--;
      return f(...args);
    }
    const result = replay(entry, tensors);
    return result === failed ? record(f, args, entry, isStrict) : (result as Result);
  };
  return Object.defineProperty(call, "recordings", {
    get: () => entries.filter(({ recording }) => recording).length,
  }) as unknown as Compiled<Arguments, Result>;
};

const failed: unique symbol = Symbol();

const mustRunAsItIs = (): boolean =>
  currentStep() !== undefined ||
  recorder() !== undefined ||
  !isEager() ||
  isDoublePrecision() ||
  willRollBack() ||
  getBackend() === "reference";

const newEntry = (args: readonly unknown[], tensors: Tensor[]): Entry => {
  const signature: unknown[] = [];
  describe(args, signature, tensors);
  return { signature, recording: undefined, addresses: [], result: undefined, failures: 0, pause: 0 };
};

/** Finds the entry of the arguments, and the tensors in them. The entry moves to the front: the last one is the one that was not used for longest. */
const entryFor = (entries: Entry[], args: readonly unknown[], tensors: Tensor[]): Entry => {
  let index = 0;
  for (; index < entries.length; index++) {
    tensors.length = 0;
    const { signature } = entries[index];
    if (match(args, signature, 0, tensors) === signature.length) break;
  }
  if (index === 0 && entries.length > 0) return entries[0];
  if (index === entries.length) tensors.length = 0;
  const [entry] = index < entries.length ? entries.splice(index, 1) : [newEntry(args, tensors)];
  entries.unshift(entry);
  if (entries.length > mostRecordings) entries.pop();
  return entry;
};

const replay = (entry: Entry, tensors: readonly Tensor[]): unknown => {
  const { recording, addresses } = entry;
  if (!recording?.holds) return failed;
  for (let index = 0; index < tensors.length; index++) {
    const { array } = tensors[index].storage;
    heap().write(array ?? tensors[index].storage.view(), addresses[index]);
  }
  let result: unknown;
  const isDone = recording.replay(() => {
    result = mapPlaces(entry.result);
  });
  if (!isDone) return failed;
  entry.failures = 0;
  return result;
};

const record = <Arguments extends readonly unknown[], Result>(
  f: (...args: Arguments) => Result,
  args: Arguments,
  entry: Entry,
  isStrict: boolean,
): Result => {
  entry.recording = undefined;
  copyOutResults();
  const recording = new Recording(isStrict);
  const addresses: number[] = [];
  const place = (tensor: Tensor): Tensor => {
    const { axes: shape, dtype, scale, storage } = tensor;
    const address = recording.constant(storage.size * bytesOf(dtype));
    heap().write(storage.view(), address);
    addresses.push(address);
    return new Tensor(shape, dtype, new Storage(dtype, storage.size, undefined, address, recording.step), scale);
  };
  const placed = mapTensors(args, place) as unknown as Arguments;
  const result = recording.record(
    () => f(...placed),
    (value) => {
      checkResult(value);
      entry.result = mapTensors(value, (tensor) => (tensor.storage.array ? tensor : new Place(tensor)));
      return mapPlaces(entry.result) as Result;
    },
  );
  entry.addresses = addresses;
  entry.failures++;
  if (recording.refusal === undefined) entry.recording = recording;
  if (entry.failures > mostFailures) {
    entry.failures = 0;
    entry.pause = callsAsItIs;
    entry.recording = undefined;
  }
  return result;
};

/** The result of a call: copies of the tensors in the memory of the recording. */
const mapPlaces = (value: unknown): unknown => mapLeaves(value, (leaf) => (leaf instanceof Place ? leaf.copy() : leaf));

/** @throws ValueError for a promise, and for numbers, text and functions, which a replay could not compute again. */
const checkResult = <Result>(result: Result): Result => {
  mapLeaves(result, (leaf) => {
    if (leaf instanceof Promise) {
      leaf.catch(() => {});
      throw new ValueError(
        "compile: the function must be synchronous, got a promise. Await what it needs before the call.",
      );
    }
    if (typeof leaf === "object" || leaf === undefined) return leaf;
    throw new ValueError(
      `compile: the function must return tensors or nothing, got ${showValue(leaf)}. Compute it outside, from a tensor.`,
    );
  });
  return result;
};
