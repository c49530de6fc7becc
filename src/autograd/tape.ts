import { add } from "../ops/elementwise/arithmetic.ts";
import { sumTo } from "../ops/shape/broadcast.ts";
import type { Bind, Interpreter, Primitive } from "../tensor/interpret/primitive.ts";
import { sameShape } from "../tensor/shape.ts";
import { ones, type Tensor, zeros } from "../tensor/tensor.ts";

/** A primitive that was applied. */
export interface TapeRecord {
  readonly primitive: Primitive<unknown>;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: unknown;
}

/**
 * The recording interpreter of reverse-mode differentiation: it passes every primitive on, and records those that
 * depend on a watched tensor. Tensors are compared by identity. Apart from `add` (gradients that meet) and `sumTo`
 * (a broadcast undone) it knows no operation.
 */
export class Tape implements Interpreter {
  readonly #records: TapeRecord[] = [];
  readonly #watched = new Set<Tensor>();

  /** Differentiates with respect to this tensor. */
  watch(tensor: Tensor): void {
    this.#watched.add(tensor);
  }

  /** Whether a tensor is watched, or depends on one that is. */
  isWatched(tensor: Tensor): boolean {
    return this.#watched.has(tensor);
  }

  /** The records, oldest first. */
  get records(): readonly TapeRecord[] {
    return this.#records;
  }

  bind<Attributes>(
    primitive: Primitive<Attributes>,
    inputs: readonly Tensor[],
    attributes: Attributes,
    below: Bind,
  ): readonly Tensor[] {
    const outputs = below(primitive, inputs, attributes);
    for (const input of inputs) {
      if (this.#watched.has(input)) {
        for (const output of outputs) this.#watched.add(output);
        this.#records.push({ primitive: primitive as Primitive<unknown>, inputs, outputs, attributes });
        break;
      }
    }
    return outputs;
  }

  /**
   * The gradients of `output`, one number, with respect to `sources`; undefined for a source that the output does not
   * depend on. Walks the records backwards; only gradients that lead to a watched tensor are computed.
   * @param look Sees what each record hands on to each of its inputs.
   */
  gradients(
    output: Tensor,
    sources: readonly Tensor[],
    look?: (record: TapeRecord, input: number, gradient: Tensor) => void,
  ): (Tensor | undefined)[] {
    const cotangents = new Map([[output, ones(output.axes, { dtype: output.dtype })]]);
    // One for all records: a closure for each would cost a small network's step a tenth of its time.
    const isNeeded = (input: Tensor): boolean => this.#watched.has(input);
    for (let index = this.#records.length - 1; index >= 0; index--) {
      const { primitive, inputs, outputs, attributes } = this.#records[index]!;
      const received = outputs.map((output) => cotangents.get(output));
      if (!primitive.vjp || received.every((cotangent) => cotangent === undefined)) continue;
      // A tensor is the output of one record: once that is passed, its gradient has been handed on.
      for (const tensor of outputs) if (!sources.includes(tensor)) cotangents.delete(tensor);
      const dy = received[0] ?? zeros(outputs[0].axes, { dtype: outputs[0].dtype });
      const thunks = primitive.vjp({ inputs, outputs, attributes, cotangents: received, dy, isNeeded });
      for (let position = 0; position < inputs.length; position++) {
        const input = inputs[position];
        const thunk = thunks[position];
        if (!thunk || !isNeeded(input)) continue;
        const raw = thunk();
        look?.(this.#records[index]!, position, raw);
        const gradient = sameShape(raw.axes, input.axes) ? raw : sumTo(raw, input.axes);
        const before = cotangents.get(input);
        cotangents.set(input, before ? add(before, gradient) : gradient);
      }
    }
    return sources.map((source) => cotangents.get(source));
  }
}

/** Whether `output` was computed from one of these tensors, as far as was recorded. */
export const dependsOn = (
  { records }: Pick<Tape, "records">,
  output: Tensor,
  sources: ReadonlySet<Tensor>,
): boolean => {
  const needed = new Set([output]);
  for (let index = records.length - 1; index >= 0; index--) {
    const { inputs, outputs } = records[index]!;
    if (outputs.some((tensor) => needed.has(tensor))) for (const input of inputs) needed.add(input);
  }
  for (const source of sources) if (needed.has(source)) return true;
  return false;
};
