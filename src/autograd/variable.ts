import { type Dynamic, dynamic } from "../base/dynamic.ts";
import { DTypeError, ShapeError } from "../base/errors.ts";
import { checkOptions } from "../base/options.ts";
import { checkTensor } from "../ops/support/checkTensor.ts";
import { bytesOf, type DType, isFloat, newArray, viewArray } from "../tensor/dtype.ts";
import { bind, isEager } from "../tensor/interpret/bind.ts";
import { evaluateInto } from "../tensor/interpret/eager.ts";
import { perform } from "../tensor/interpret/hostWork.ts";
import { isDoublePrecision } from "../tensor/interpret/precision.ts";
import type { GradientRows, Primitive } from "../tensor/interpret/primitive.ts";
import { onRollback, willRollBack } from "../tensor/interpret/rollback.ts";
import { arena } from "../tensor/memory/arena.ts";
import { Block } from "../tensor/memory/block.ts";
import { heap } from "../tensor/memory/heap.ts";
import { noteModelChange, recorder } from "../tensor/memory/recorder.ts";
import { currentStep, type Step } from "../tensor/memory/step.ts";
import { Storage } from "../tensor/memory/storage.ts";
import { formatShape, type Shape, sameShape, sizeOf } from "../tensor/shape.ts";
import { ownTensor, Tensor } from "../tensor/tensor.ts";
import { forgetFinite } from "../wasm/matmul/finiteMatrices.ts";
import { type Constraint, type Regularizer, type VariableOptions, variableOptionRules } from "./variableOptions.ts";

const notCloned: symbol = /* @__PURE__ */ Symbol("variable: pass the data and shape of read(), a variable");

/**
 * A tensor-valued state that optimizers update: weights, biases, moving statistics. Its block in the linear memory lives
 * as long as the variable is reachable; there is nothing to dispose.
 * @example
 * const w = new Variable(zeros([3, 2]), { name: "w" });
 * w.assign(add(w.read(), 1));
 */
export class Variable {
  /** The text of the error of structuredClone and postMessage, which would copy in part: no symbol can be cloned. @internal */
  readonly notCloned: symbol = notCloned;
  /** The name with its scopes, `dnn/hidden1/kernel`, by which files and optimizers know it. */
  readonly name: string;
  readonly #axes: Shape;
  readonly #shape: Shape;
  /** The type of its elements, which never changes. */
  readonly dtype: DType;
  /** Whether optimizers update it. */
  trainable: boolean;
  /** Whether it is ever trained: freezing and unfreezing a layer does not make its moving statistics trainable. @internal */
  readonly canTrain: boolean;
  /** The penalty on its values. */
  readonly regularizer: Regularizer | undefined;
  /** Returns the values that replace its values after each update. */
  readonly constraint: Constraint | undefined;
  #version = 0;
  readonly #size: number;
  readonly #memory: Block;
  /** What was read in the running step; it shares the block. */
  #alias: Tensor | undefined;
  /** The block as a tensor, made when it is first updated in place. */
  #block: Tensor | undefined;
  /** What the variable is taken for while its derivative is checked in float64. */
  #override: Tensor | undefined;

  /** @param initial The first value, which is copied. */
  constructor(initial: Tensor, options: VariableOptions = {}) {
    checkOptions("Variable", options, variableOptionRules);
    checkTensor("Variable", initial, "the first value");
    this.name = options.name ?? "variable";
    // A frozen copy, which programs may have.
    this.#shape = initial.shape;
    this.#axes = initial.axes;
    this.dtype = initial.dtype;
    this.trainable = options.trainable ?? true;
    this.canTrain = this.trainable;
    this.regularizer = options.regularizer;
    this.constraint = options.constraint;
    if (this.trainable && !isFloat(this.dtype)) {
      throw new DTypeError(
        `${this.name}: a trainable variable must be float, got ${this.dtype}. Pass { trainable: false } or a float tensor.`,
      );
    }
    this.#size = sizeOf(this.#axes);
    this.#memory = new Block(this.#size * bytesOf(this.dtype));
    heap().write(initial.storage.elements(), this.#address);
    noteModelChange();
  }

  get #address(): number {
    return this.#memory.address;
  }

  /** The lengths of its axes, which never change. It is frozen. */
  get shape(): Shape {
    return this.#shape;
  }

  /** The number of elements. */
  get size(): number {
    return this.#size;
  }

  /** Counts the changes of the value: what was computed from it is out of date when this has moved on. @internal */
  get version(): number {
    return this.#version;
  }

  /**
   * The value. Within a step it is not copied, and a later assignment does not change what was read; outside a step it is
   * a snapshot.
   */
  read(): Tensor {
    const value = this.#value();
    for (const recorder of recorders.get()) recorder.onRead(this, value);
    return value;
  }

  /** What `JSON.stringify` writes: the name, and the value as a tensor writes it. */
  toJSON(): ReturnType<Tensor["toJSON"]> & Pick<Variable, "name"> {
    return { name: this.name, ...this.read().toJSON() };
  }

  #value(): Tensor {
    if (this.#override) return this.#override;
    const step = currentStep();
    if (!step) {
      const copy = newArray(this.dtype, this.#size);
      copy.set(viewArray(this.dtype, heap().buffer, this.#address, this.#size));
      return ownTensor(this.#axes, this.dtype, copy);
    }
    const alias = this.#alias;
    // A function that is recorded outlives the steps in it.
    if (alias?.storage.borrowed && alias.storage.step?.isRunning) return alias;
    recorder()?.restsOn(this.#sameOptions());
    this.#alias = new Tensor(this.#axes, this.dtype, this.#storage(step));
    return this.#alias;
  }

  /**
   * Replaces the value.
   * @throws ShapeError, DTypeError when the new value differs in shape or dtype.
   */
  assign(value: Tensor): void {
    checkTensor(this.name, value, "an assigned value");
    if (!sameShape(value.axes, this.#axes)) {
      throw new ShapeError(
        `${this.name}: an assigned value must have the variable's shape ${formatShape(this.shape)}, got ${formatShape(value.axes)}. Reshape it.`,
      );
    }
    if (isDoublePrecision()) {
      this.override(value);
      return;
    }
    if (value.dtype !== this.dtype) {
      throw new DTypeError(
        `${this.name}: an assigned value must have the variable's dtype ${this.dtype}, got ${value.dtype}. Make it with tensor(values, { dtype: "${this.dtype}" }).`,
      );
    }
    this.#beforeChange();
    // The value may be this very variable, as it was read before: take it before the block is overwritten.
    if (value !== this.#alias) {
      this.#detach();
      this.#write(value);
    }
  }

  /** Whether a recorded step may still take it for what it was. */
  #sameOptions(): () => boolean {
    const { trainable, regularizer, constraint } = this;
    return () => this.trainable === trainable && this.regularizer === regularizer && this.constraint === constraint;
  }

  /** Takes the variable for another value until the changes of state are rolled back. @internal */
  override(value: Tensor): void {
    const before = this.#override;
    onRollback(() => {
      this.#override = before;
    });
    this.#override = value;
  }

  /** The block, as what was read of it; undefined: as what is updated in place. */
  #storage(step: Step | undefined): Storage {
    const storage = new Storage(this.dtype, this.#size, undefined, this.#address, step);
    storage.borrowed = step !== undefined;
    return storage;
  }

  /** Gives what was read in this step its own copy, before the block changes. */
  #detach(): void {
    const storage = this.#alias?.storage;
    this.#alias = undefined;
    if (!storage?.borrowed || !storage.step?.isRunning || storage.step.allowsInPlaceUpdates) return;
    const bytes = this.#size * bytesOf(this.dtype);
    const copy = arena.allocate(bytes);
    copyBytes(this.#address, copy, bytes);
    storage.address = copy;
    storage.borrowed = false;
  }

  #beforeChange(): void {
    const version = this.#version;
    recorder()?.changes(this.#address, this.#size * bytesOf(this.dtype));
    perform(() => {
      this.#version++;
      forgetFinite();
    });
    if (!willRollBack()) return;
    const before = viewArray(this.dtype, heap().buffer, this.#address, this.#size).slice();
    onRollback(() => {
      this.#detach();
      this.#write(ownTensor(this.#axes, this.dtype, before));
      this.#version = version;
    });
  }

  #write({ storage }: Tensor): void {
    forgetFinite();
    const recording = recorder();
    if (recording) {
      storage.check();
      const from = storage.array ? recording.stage(storage) : storage.address;
      recording.copy(from, this.#address, this.#size * bytesOf(this.dtype));
    } else heap().write(storage.view(), this.#address);
  }

  /** The block itself, for a kernel that works in place: what was read has moved away, or nothing reads it any more. */
  #ownBlock(): Tensor {
    this.#beforeChange();
    this.#detach();
    this.#block ??= new Tensor(this.#axes, this.dtype, this.#storage(undefined));
    return this.#block;
  }

  /** @internal See `updateVariables`. */
  static update<Attributes>(
    primitive: Primitive<Attributes>,
    updates: readonly StateUpdate[],
    others: readonly Tensor[],
    attributes: Attributes,
  ): void {
    let inPlace = isEager() && !isDoublePrecision() && currentStep() !== undefined;
    for (const { states } of updates) for (const state of states) if (state.#override) inPlace = false;
    if (inPlace) {
      const inputs: Tensor[] = [];
      const targets: Storage[] = [];
      const replacements: (() => void)[] = [];
      for (const { states, by, rows } of updates) {
        for (const state of states) {
          // Some rows are updated beside the variable, and then put in their place.
          const target = rows ? rows.take(state.#value()) : state.#ownBlock();
          inputs.push(target);
          targets.push(target.storage);
          if (rows) replacements.push(() => rows.replace(state.#ownBlock(), target));
        }
        inputs.push(rows?.elements ?? by);
      }
      inputs.push(...others);
      evaluateInto(primitive, inputs, attributes, targets);
      for (const replace of replacements) replace();
      return;
    }
    const outputs = computeUpdate(primitive, updates, others, attributes);
    let next = 0;
    for (const { states } of updates) for (const state of states) state.assign(outputs[next++]);
  }
}

const copyBytes = (from: number, to: number, bytes: number): void => {
  const recording = recorder();
  if (recording) recording.copy(from, to, bytes);
  else heap().u8.copyWithin(to, from, from + bytes);
};

/** An output that is penalized. @internal */
export interface Activity {
  /** The path of its layer. */
  readonly layer: string;
  readonly output: Tensor;
  readonly regularizer: Regularizer;
  /** The step that computed it; undefined outside of a step. */
  readonly step: Step | undefined;
}

/**
 * What listens while a loss is computed. Layers, which have regularizers, and optimizers, which add penalties to the loss,
 * do not import each other: this connects them. @internal
 */
export interface Recorder {
  /** A variable is read; `value` is the tensor that the reader gets. */
  onRead(variable: Variable, value: Tensor): void;
  /** A layer computed an output that is penalized. */
  onActivity(activity: Activity): void;
  /** `losses()` returned a penalty, which the loss function may add. */
  onListed(penalty: Tensor): void;
}

/** The losses that are being recorded, outermost first. @internal */
export const recorders: Dynamic<readonly Recorder[]> = /* @__PURE__ */ dynamic<readonly Recorder[]>([]);

/** Variables that are changed together, and what by. */
export interface StateUpdate {
  /** A variable, and the slots that an optimizer has for it. */
  readonly states: readonly Variable[];
  /** Of the variable's shape: its gradient. */
  readonly by: Tensor;
  /** The only rows that change, where that is known. */
  readonly rows?: GradientRows | undefined;
}

/**
 * The values that `updateVariables` gives the states, in their order; nothing changes.
 * @internal
 */
export const computeUpdate = <Attributes>(
  primitive: Primitive<Attributes>,
  updates: readonly StateUpdate[],
  others: readonly Tensor[],
  attributes: Attributes,
): readonly Tensor[] => {
  const inputs = updates.flatMap(({ states, by }) => [...states.map((state) => state.read()), by]);
  return bind(primitive, [...inputs, ...others], attributes);
};

/**
 * Replaces the values of variables by the outputs of a primitive, in one call for all of them, in place where nothing can
 * see it: the update of an optimizer, or of moving statistics. The primitive's inputs are the states of each update and what they are changed by, then
 * `others`; its outputs are the new states of each.
 * @internal
 */
export const updateVariables = <Attributes>(
  primitive: Primitive<Attributes>,
  updates: readonly StateUpdate[],
  others: readonly Tensor[],
  attributes: Attributes,
): void => Variable.update(primitive, updates, others, attributes);
