import { Variable } from "../autograd/variable.ts";
import { type DType, newArray } from "../tensor/dtype.ts";
import { ValueError } from "../tensor/errors.ts";
import { onRollback } from "../tensor/journal.ts";
import { fill, ownTensor, type Tensor } from "../tensor/tensor.ts";
import type { Gradients } from "./gradients.ts";

/** How an optimizer updates one variable. */
export interface VariableUpdate {
  /** What is remembered about each variable: the name and the start value of each slot. */
  readonly slots: Readonly<Record<string, number>>;
  /**
   * The numbers that change with the step, from the learning rate and the count of updates, the first being 1. They flow
   * as scalar tensors.
   */
  readonly rates: (learningRate: number, count: number) => readonly number[];
  /** Updates the variable and its slots, `states`, from the gradient and the rates, `inputs`. */
  readonly apply: (states: readonly Variable[], inputs: readonly Tensor[]) => void;
  /** Whether `count` is that of the variable (PyTorch), and not that of the optimizer. */
  readonly countsVariables: boolean;
}

/** What is remembered about one variable. */
export interface VariableState {
  /** How many updates it has had. */
  readonly updates: number;
  readonly slots: Readonly<Record<string, Tensor>>;
}

/** All that an optimizer remembers, by the names of the variables. */
export interface OptimizerState {
  readonly step: number;
  readonly variables: Readonly<Record<string, VariableState>>;
}

interface Entry {
  updates: number;
  readonly slots: Readonly<Record<string, Variable>>;
}

/**
 * The slots of an optimizer. They belong to a variable by its identity: which variables are trained, and in which order,
 * may change from step to step. They go when the variable goes.
 */
export class Slots {
  readonly #update: VariableUpdate;
  readonly #entries = new WeakMap<Variable, Entry>();

  constructor(update: VariableUpdate) {
    this.#update = update;
  }

  of(variable: Variable): Readonly<Record<string, Variable>> {
    return this.#entries.get(variable)?.slots ?? {};
  }

  /** Updates each variable; `step` counts from 1. */
  update(gradients: Gradients, learningRate: number, step: number): void {
    const { rates, apply, countsVariables } = this.#update;
    // All slots are made before the first variable changes: memory may run out.
    const entries = gradients.map(({ variable }) => this.#entry(variable));
    const scalars = new Map<string, readonly Tensor[]>();
    for (const [index, { variable, gradient }] of gradients.entries()) {
      const entry = entries[index];
      const before = entry.updates;
      const count = countsVariables ? before + 1 : step;
      const key = `${variable.dtype} ${count}`;
      let numbers = scalars.get(key);
      if (!numbers) {
        numbers = rates(learningRate, count).map((value) => scalar(value, variable.dtype));
        scalars.set(key, numbers);
      }
      apply([variable, ...Object.values(entry.slots)], [gradient, ...numbers]);
      onRollback(() => {
        entry.updates = before;
      });
      entry.updates = before + 1;
    }
  }

  export(where: string, variables: readonly Variable[]): Record<string, VariableState> {
    const named = byName(where, variables);
    const state: Record<string, VariableState> = {};
    for (const [name, variable] of named) {
      const entry = this.#entries.get(variable);
      if (!entry) continue;
      const slots: Record<string, Tensor> = {};
      for (const [slot, values] of Object.entries(entry.slots)) slots[slot] = values.read();
      state[name] = { updates: entry.updates, slots };
    }
    return state;
  }

  import(where: string, state: Readonly<Record<string, VariableState>>, variables: readonly Variable[]): void {
    const names = Object.keys(this.#update.slots);
    const named = byName(where, variables);
    for (const [name, { slots }] of Object.entries(state)) {
      if (named.has(name) && Object.keys(slots).sort().join() !== [...names].sort().join()) {
        throw new ValueError(
          `${where}: "${name}" must have the slots ${names.join(", ") || "(none)"}, got ${Object.keys(slots).join(", ") || "(none)"}. ` +
            "Restore into the optimizer that saved them.",
        );
      }
    }
    for (const [name, variable] of named) {
      const saved = state[name];
      if (!saved) {
        this.#entries.delete(variable);
        continue;
      }
      const entry = this.#entry(variable);
      for (const slot of names) entry.slots[slot].assign(saved.slots[slot]);
      entry.updates = saved.updates;
    }
  }

  #entry(variable: Variable): Entry {
    let entry = this.#entries.get(variable);
    if (!entry) {
      const slots: Record<string, Variable> = {};
      for (const [name, initial] of Object.entries(this.#update.slots)) {
        slots[name] = new Variable(fill(variable.shape, initial, { dtype: variable.dtype }), {
          name: `${variable.name}/${name}`,
          trainable: false,
        });
      }
      entry = { updates: 0, slots };
      this.#entries.set(variable, entry);
    }
    return entry;
  }
}

const scalar = (value: number, dtype: DType): Tensor => ownTensor([], dtype, newArray(dtype, 1).fill(value));

const byName = (where: string, variables: readonly Variable[]): Map<string, Variable> => {
  const named = new Map<string, Variable>();
  for (const variable of variables) {
    if (named.has(variable.name)) {
      throw new ValueError(
        `${where}: variables are told apart by name, got "${variable.name}" twice. Give them names of their own.`,
      );
    }
    named.set(variable.name, variable);
  }
  return named;
};
