import { arena } from "./arena.ts";
import { getBackend, link, parallel } from "./backend.ts";
import { bytesOf, type TensorType } from "./dtype.ts";
import { heap } from "./heap.ts";
import type { Primitive, SimdCall } from "./primitive.ts";
import { sizeOf } from "./shape.ts";
import { currentStep, Storage } from "./storage.ts";
import { team } from "./team.ts";
import { Tensor } from "./tensor.ts";

/**
 * The interpreter at the bottom: allocates the outputs, runs the reference or the SIMD kernel. Inside a step outputs are
 * temporaries in the arena; outside, they are copied into arrays of their own.
 */
export const evaluate = <Attributes>(
  primitive: Primitive<Attributes>,
  inputs: readonly Tensor[],
  attributes: Attributes,
): readonly Tensor[] => {
  const types = primitive.infer(inputs, attributes);
  if (primitive.alias) {
    for (const { storage } of inputs) storage.check();
    return types.map(({ shape, dtype, scale }) => new Tensor(shape, dtype, inputs[0]!.storage, scale));
  }
  const step = currentStep();
  const mark = arena.mark();
  try {
    const outputs = types.map(({ dtype, shape }) => {
      const size = sizeOf(shape);
      return new Storage(dtype, size, undefined, arena.allocate(size * bytesOf(dtype)), step);
    });
    compute(primitive, inputs, attributes, types, outputs);
    if (step === 0) for (const storage of outputs) storage.moveToArray();
    return outputs.map(
      (storage, index) => new Tensor(types[index]!.shape, types[index]!.dtype, storage, types[index]!.scale),
    );
  } finally {
    if (step === 0) arena.release(mark);
  }
};

/** Runs a primitive whose outputs take the place of existing blocks, such as an optimizer's update of a variable. */
export const evaluateInto = <Attributes>(
  primitive: Primitive<Attributes>,
  inputs: readonly Tensor[],
  attributes: Attributes,
  outputs: readonly Storage[],
): void => compute(primitive, inputs, attributes, primitive.infer(inputs, attributes), outputs);

const usesSimd = <Attributes>(
  primitive: Primitive<Attributes>,
  inputs: readonly TensorType[],
  attributes: Attributes,
): boolean => {
  const { simd } = primitive;
  if (!simd || getBackend() === "reference") return false;
  for (const { dtype } of inputs) if (dtype === "float64") return false;
  return simd.accepts?.(inputs, attributes) ?? true;
};

const compute = <Attributes>(
  primitive: Primitive<Attributes>,
  inputs: readonly Tensor[],
  attributes: Attributes,
  types: readonly TensorType[],
  outputs: readonly Storage[],
): void => {
  primitive.check?.(
    inputs.map(({ storage }) => storage.view()),
    inputs,
    attributes,
  );
  const simd = usesSimd(primitive, inputs, attributes) && types.every(({ dtype }) => dtype !== "float64");
  observer?.(primitive.name, simd ? primitive.simd!.kernel : "reference");
  if (!simd) {
    primitive.reference!({
      inputs: inputs.map(({ storage }) => storage.view()),
      outputs: outputs.map((storage) => storage.view()),
      inputTypes: inputs,
      outputTypes: types,
      attributes,
    });
    return;
  }
  const call = new KernelCall(inputs, outputs, types, attributes);
  const mark = arena.mark();
  primitive.simd?.run(call);
  arena.release(mark);
};

/** What a SIMD kernel is called with; a class, so that a call makes no closures. */
class KernelCall<Attributes> implements SimdCall<Attributes> {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly inputTypes: readonly TensorType[];
  readonly outputTypes: readonly TensorType[];
  readonly attributes: Attributes;
  readonly link: typeof link = link;
  readonly threads: number = team()?.threads ?? 1;
  readonly parallel: typeof parallel = parallel;

  constructor(
    inputs: readonly Tensor[],
    outputs: readonly Storage[],
    outputTypes: readonly TensorType[],
    attributes: Attributes,
  ) {
    this.inputs = inputs.map(({ storage }) => addressOf(storage));
    this.outputs = outputs.map(({ address }) => address);
    this.inputTypes = inputs;
    this.outputTypes = outputTypes;
    this.attributes = attributes;
  }

  workspace(bytes: number): number {
    return arena.allocate(bytes);
  }

  floats(...values: number[]): number {
    const address = arena.allocate(values.length * 4);
    heap().f32.set(values, address / 4);
    return address;
  }
}

/** The place of a tensor's elements in the linear memory; arrays are copied in, once in a step. */
const addressOf = (storage: Storage): number => {
  if (!storage.array) {
    storage.check();
    return storage.address;
  }
  const step = currentStep();
  if (step !== 0 && storage.stagedStep === step) return storage.staged;
  const { array } = storage;
  const address = arena.allocate(array.byteLength);
  heap().u8.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), address);
  storage.staged = address;
  storage.stagedStep = step;
  return address;
};

let observer: ((primitive: string, kernel: string) => void) | undefined;

/** Runs the body and reports every primitive that is computed, with the kernel that ran. */
export const observeKernels = <T>(report: (primitive: string, kernel: string) => void, body: () => T): T => {
  const outer = observer;
  observer = report;
  try {
    return body();
  } finally {
    observer = outer;
  }
};
