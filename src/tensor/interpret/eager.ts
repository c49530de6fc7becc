import { type Dynamic, dynamic } from "../../base/dynamic.ts";
import { bytesOf, type OperandType, type TensorType, type TypedArray } from "../dtype.ts";
import { arena } from "../memory/arena.ts";
import { heap } from "../memory/heap.ts";
import { recorder } from "../memory/recorder.ts";
import { currentStep, type Step } from "../memory/step.ts";
import { Storage } from "../memory/storage.ts";
import { sizeOf } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { getBackend, type Link, link } from "./backend.ts";
import { decide, perform } from "./hostWork.ts";
import type { Primitive, SimdCall } from "./primitive.ts";

/**
 * The interpreter at the bottom: allocates the outputs, runs the reference or the SIMD kernel. Inside a step outputs are
 * temporaries in the arena; outside, they are copied into their own arrays.
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
  if (step) {
    // With a kernel call of its own: the operands of another are being prepared when it is computed.
    const later = primitive.later?.({
      inputs,
      attributes,
      type: types[0],
      step,
      compute: (output) => compute(primitive, inputs, attributes, types, [output], step, new KernelCall()),
    });
    return later ? [later] : computeOutputs(primitive, inputs, attributes, types, step);
  }
  const mark = arena.mark();
  try {
    const outputs = computeOutputs(primitive, inputs, attributes, types, undefined);
    for (const { storage } of outputs) storage.moveToArray();
    return outputs;
  } finally {
    arena.release(mark);
  }
};

const computeOutputs = <Attributes>(
  primitive: Primitive<Attributes>,
  inputs: readonly Tensor[],
  attributes: Attributes,
  types: readonly TensorType[],
  step: Step | undefined,
): readonly Tensor[] => {
  const storages = new Array<Storage>(types.length);
  const outputs = new Array<Tensor>(types.length);
  for (let index = 0; index < types.length; index++) {
    const { shape, dtype, scale } = types[index];
    const size = sizeOf(shape);
    const storage = new Storage(dtype, size, undefined, arena.allocate(size * bytesOf(dtype)), step);
    storages[index] = storage;
    outputs[index] = new Tensor(shape, dtype, storage, scale);
  }
  compute(primitive, inputs, attributes, types, storages, step);
  return outputs;
};

/** Runs a primitive whose outputs take the place of existing blocks, such as an optimizer's update of a variable. */
export const evaluateInto = <Attributes>(
  primitive: Primitive<Attributes>,
  inputs: readonly Tensor[],
  attributes: Attributes,
  outputs: readonly Storage[],
): void => compute(primitive, inputs, attributes, primitive.infer(inputs, attributes), outputs, currentStep());

const usesSimd = <Attributes>(
  primitive: Primitive<Attributes>,
  inputs: readonly OperandType[],
  attributes: Attributes,
  outputs: readonly TensorType[],
): boolean => {
  const { simd } = primitive;
  if (!simd || getBackend() === "reference") return false;
  // Double precision is the reference kernels' alone.
  for (const { dtype } of inputs) if (dtype === "float64") return false;
  for (const { dtype } of outputs) if (dtype === "float64") return false;
  return simd.accepts?.(inputs, attributes) ?? true;
};

const compute = <Attributes>(
  primitive: Primitive<Attributes>,
  inputs: readonly Tensor[],
  attributes: Attributes,
  types: readonly TensorType[],
  outputs: readonly Storage[],
  step: Step | undefined,
  kernels: KernelCall = kernelCall,
): void => {
  const { check } = primitive;
  const simd = usesSimd(primitive, inputs, attributes, types);
  // Elements that are computed when they are asked for: not within what follows, which is recorded as a whole.
  if (check || !simd) for (const { storage } of inputs) storage.check();
  if (check) decide(() => check(inputs.map(elementsOf), inputs, attributes));
  observer.get()?.(primitive.name, simd ? primitive.simd!.kernel : "reference");
  if (!simd) {
    perform(() =>
      primitive.reference!({
        inputs: inputs.map(elementsOf),
        outputs: outputs.map((storage) => storage.elements()),
        inputTypes: inputs,
        outputTypes: types,
        attributes,
      }),
    );
    return;
  }
  // Operands are staged for the whole step: before the mark to which the kernel's workspace is given back.
  const call = kernels.prepare(inputs, outputs, types, attributes, step);
  const mark = arena.mark();
  primitive.simd?.run(call);
  arena.release(mark);
};

const elementsOf = ({ storage }: Tensor): TypedArray => storage.elements();

/**
 * What a SIMD kernel is called with. There is one, which serves every call in turn: kernels run to their end and keep
 * nothing, and the smallest networks spend more time on the garbage of their calls than on the kernels.
 */
class KernelCall implements SimdCall<unknown> {
  inputs: number[] = [];
  outputs: number[] = [];
  inputTypes: readonly OperandType[] = [];
  outputTypes: readonly TensorType[] = [];
  attributes: unknown;
  link: typeof link = link;
  /** The arrays of addresses, by their length. */
  readonly #inputs: number[][] = [];
  readonly #outputs: number[][] = [];

  prepare<Attributes>(
    inputs: readonly Tensor[],
    outputs: readonly Storage[],
    outputTypes: readonly TensorType[],
    attributes: Attributes,
    step: Step | undefined,
  ): SimdCall<Attributes> {
    this.#inputs[inputs.length] ??= new Array<number>(inputs.length);
    this.inputs = this.#inputs[inputs.length];
    for (let index = 0; index < inputs.length; index++) this.inputs[index] = addressOf(inputs[index].storage, step);
    this.#outputs[outputs.length] ??= new Array<number>(outputs.length);
    this.outputs = this.#outputs[outputs.length];
    for (let index = 0; index < outputs.length; index++) this.outputs[index] = outputs[index].address;
    this.inputTypes = inputs;
    this.outputTypes = outputTypes;
    this.attributes = attributes;
    this.link = recorder()?.link ?? link;
    return this as SimdCall<unknown> as SimdCall<Attributes>;
  }

  workspace(bytes: number): number {
    return arena.allocate(bytes);
  }

  /** What chooses its kernels by what it finds in memory, or by the threads, is recorded as a whole. */
  work(body: (workspace: (bytes: number) => number, link: Link) => void): void {
    perform(() => {
      const mark = arena.mark();
      body(allocate, link);
      arena.release(mark);
    });
  }

  floats(...values: number[]): number {
    return store("f32", values);
  }

  ints(values: readonly number[]): number {
    return store("i32", values);
  }
}

/** The address of numbers that are copied into the arena. */
const store = (view: "f32" | "i32", values: readonly number[]): number => {
  const address = allocateConstant(values.length * 4);
  const memory = heap()[view];
  for (let index = 0; index < values.length; index++) memory[address / 4 + index] = values[index];
  return address;
};

/** Numbers that a recorded call reads must be there when it is called again. */
const allocateConstant = (bytes: number): number => recorder()?.constant(bytes) ?? arena.allocate(bytes);

const allocate = (bytes: number): number => arena.allocate(bytes);

const kernelCall: KernelCall = /* @__PURE__ */ new KernelCall();

/** The place of a tensor's elements in the linear memory; arrays are copied in, once in a step. */
const addressOf = (storage: Storage, step: Step | undefined): number => {
  if (!storage.array) {
    storage.check();
    return storage.address;
  }
  const recording = recorder();
  if (recording) return recording.stage(storage);
  if (step !== undefined && storage.stagedStep === step) return storage.staged;
  const address = arena.allocate(storage.array.byteLength);
  heap().write(storage.array, address);
  storage.staged = address;
  storage.stagedStep = step;
  return address;
};

type KernelObserver = (primitive: string, kernel: string) => void;

const observer: Dynamic<KernelObserver | undefined> = /* @__PURE__ */ dynamic<KernelObserver | undefined>(undefined);

/** Runs the body and reports every primitive that is computed, with the kernel that ran. */
export const observeKernels = <T>(report: KernelObserver, body: () => T): T => observer.during(report, body);
