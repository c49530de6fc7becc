import { computeUpdate, type StateUpdate, updateVariables, Variable } from "../../autograd/variable.ts";
import { ValueError } from "../../base/errors.ts";
import { checkOption, listOf, type OptionRule, required } from "../../base/options.ts";
import { areBelow, firstNonFinite } from "../../ops/reduce/firstNonFinite.ts";
import type { DType } from "../../tensor/dtype.ts";
import { decide, hostTensor, perform, unrecorded } from "../../tensor/interpret/hostWork.ts";
import { onRollback, willRollBack } from "../../tensor/interpret/rollback.ts";
import { rowsOf } from "../../tensor/interpret/rowsOf.ts";
import { runStep } from "../../tensor/memory/step.ts";
import { fill, type Tensor } from "../../tensor/tensor.ts";
import { calmLimit, calmSteps, isCalm } from "./calm.ts";
import { constrained } from "./constrained.ts";
import type { Gradients } from "./gradients.ts";
import type { BadUpdate } from "./nonFinite.ts";
import type { VariableUpdate } from "./variableUpdate.ts";

/** What is remembered about one variable. */
export interface VariableState {
  /** How many updates it has had. */
  readonly updates: number;
  /** The values of its slots, by their names. */
  readonly slots: Readonly<Record<string, Tensor>>;
}

/** All that an optimizer remembers, by the names of the variables. */
export interface OptimizerState {
  /** How many steps it has done. */
  readonly step: number;
  /** The state of each variable, by its name. */
  readonly variables: Readonly<Record<string, VariableState>>;
}

interface Entry {
  updates: number;
  readonly slots: Readonly<Record<string, Variable>>;
  /** The variable and its slots. */
  readonly states: readonly Variable[];
  /** How many more updates cannot overflow, and the sum of the versions of the states for which that holds. */
  calmUpdates: number;
  version: number;
}

/** Updates with the same rates: all of a step, unless variables joined later or differ in dtype. */
interface Group {
  readonly dtype: DType;
  readonly count: number;
  readonly entries: Entry[];
  readonly updates: StateUpdate[];
  /** The rates of the step, once they are computed. */
  rates: Readonly<Record<string, number>>;
}

/** What an update takes from its optimizer. */
export interface StepNumbers {
  readonly learningRate: number;
  /** Counts from 1. */
  readonly step: number;
}

const versionOf = (states: readonly Variable[]): number => {
  let sum = 0;
  for (const { version } of states) sum += version;
  return sum;
};

/**
 * The slots of an optimizer. They belong to a variable by its identity: which variables are trained, and in which order,
 * may change from step to step. They go when the variable goes.
 */
export class Slots {
  readonly #update: VariableUpdate;
  readonly #entries = new WeakMap<Variable, Entry>();
  /** Changes when entries do. */
  #imports = 0;

  constructor(update: VariableUpdate) {
    this.#update = update;
  }

  of(variable: Variable): Readonly<Record<string, Variable>> {
    return this.#entries.get(variable)?.slots ?? {};
  }

  /**
   * Updates all variables.
   * @param now The numbers of the step; a recorded step asks for them in each replay.
   * @param areCalm Whether all gradients are below `calmLimit`.
   * @param failed Makes the error of an update that is not finite, which changes nothing.
   */
  update(gradients: Gradients, now: () => StepNumbers, areCalm: boolean, failed: (update: BadUpdate) => Error): void {
    const { primitive, constants, rates, countsVariables } = this.#update;
    // All slots are made before the first variable changes: memory may run out.
    const entries = gradients.map(({ variable }) => this.#entry(variable));
    if (willRollBack()) {
      const before = entries.map(({ updates }) => updates);
      onRollback(() => {
        for (const [index, entry] of entries.entries()) {
          entry.updates = before[index];
          entry.calmUpdates = 0;
        }
      });
    }
    decide(() => this.#imports);
    const groups: Group[] = [];
    for (let index = 0; index < entries.length; index++) {
      const entry = entries[index];
      const group = groupOf(groups, entry.states[0].dtype, countsVariables ? entry.updates : 0);
      group.entries.push(entry);
      const { gradient } = gradients[index];
      const rows = primitive.skipsZeros ? rowsOf(gradient) : undefined;
      // A gradient that nothing has asked for yet may be computed from a variable, which is about to change.
      if (!rows) gradient.storage.check();
      group.updates.push({ states: entry.states, by: gradient, rows });
    }
    const flowing = groups.map((group) =>
      hostTensor([primitive.rates.length], group.dtype, (elements) => {
        const { learningRate, step } = now();
        group.rates = rates(learningRate, countsVariables ? group.entries[0].updates + 1 : step);
        for (const [index, name] of primitive.rates.entries()) elements[index] = group.rates[name];
      }),
    );
    const inPlace = decide(
      () =>
        areCalm &&
        isCalm(constants) &&
        groups.every(
          ({ rates, entries }) =>
            isCalm(rates) && entries.every(({ updates }) => updates === entries[0].updates || !countsVariables),
        ) &&
        this.#areCalm(entries),
    );
    if (inPlace) {
      for (const [index, { updates }] of groups.entries()) {
        updateVariables(primitive, updates, [flowing[index]], constants);
      }
    } else {
      this.#updateChecked(groups, flowing, entries, failed);
    }
    perform(
      () => {
        for (const entry of entries) {
          entry.updates++;
          entry.calmUpdates--;
          entry.version = versionOf(entry.states);
        }
      },
      () => {
        for (const entry of entries) {
          entry.updates--;
          entry.calmUpdates = 0;
        }
      },
    );
  }

  /** Whether none of the states can overflow in the next update. Constraints may give any value. */
  #areCalm(entries: readonly Entry[]): boolean {
    const unknown: Entry[] = [];
    for (const entry of entries) {
      if (entry.states[0].constraint) return false;
      if (entry.calmUpdates <= 0 || entry.version !== versionOf(entry.states)) unknown.push(entry);
    }
    if (unknown.length === 0) return true;
    const read = (): readonly Tensor[] => unknown.flatMap(({ states }) => states.map((state) => state.read()));
    if (!runStep(() => areBelow(read(), calmLimit), nothing)) return false;
    for (const entry of unknown) entry.calmUpdates = calmSteps;
    return true;
  }

  /** Computes the new values and applies constraints, and assigns all of them if they are finite. */
  #updateChecked(
    groups: readonly Group[],
    flowing: readonly Tensor[],
    entries: readonly Entry[],
    failed: (update: BadUpdate) => Error,
  ): void {
    const { primitive, constants } = this.#update;
    const states = groups.flatMap(({ updates }) =>
      updates.flatMap(({ states: [variable, ...slots], by }) =>
        [variable, ...slots].map((state, index) => ({ state, variable, gradient: by, isSlot: index > 0 })),
      ),
    );
    const values = groups.flatMap(({ updates }, index) =>
      computeUpdate(primitive, updates, [flowing[index]], constants),
    );
    const check = (tensors: readonly Tensor[], isConstrained: boolean): void => {
      const place = firstNonFinite(tensors);
      if (!place) return;
      for (const entry of entries) if (entry.updates === 0) this.#entries.delete(entry.states[0]);
      const { index, position } = place;
      throw unrecorded(() =>
        failed({ ...states[index], value: tensors[index].storage.elements()[position], position, isConstrained }),
      );
    };
    check(values, false);
    const assigned = values.map((value, index) => {
      const { state } = states[index];
      return state.constraint ? constrained(state, state.constraint, value) : value;
    });
    if (assigned.some((value, index) => value !== values[index])) check(assigned, true);
    for (const [index, { state }] of states.entries()) state.assign(assigned[index]);
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
    this.#imports++;
    const names = Object.keys(this.#update.starts);
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
      entry.calmUpdates = 0;
    }
  }

  #entry(variable: Variable): Entry {
    let entry = this.#entries.get(variable);
    if (!entry) {
      const slots: Record<string, Variable> = {};
      for (const [name, initial] of Object.entries(this.#update.starts)) {
        slots[name] = new Variable(fill(variable.shape, initial, { dtype: variable.dtype }), {
          name: `${variable.name}/${name}`,
          trainable: false,
        });
      }
      entry = { updates: 0, slots, states: [variable, ...Object.values(slots)], calmUpdates: 0, version: 0 };
      this.#entries.set(variable, entry);
    }
    return entry;
  }
}

const groupOf = (groups: Group[], dtype: DType, count: number): Group => {
  for (const group of groups) if (group.count === count && group.dtype === dtype) return group;
  const group: Group = { dtype, count, entries: [], updates: [], rates: {} };
  groups.push(group);
  return group;
};

const nothing = (): void => {};

/** The rule for a state that is restored. */
export const stateRule: OptionRule = {
  words: "an object { step, variables }, as state() gives it",
  holds: (state) => {
    const { variables } = Object(state) as OptimizerState;
    return (
      typeof variables === "object" && Object.values(variables ?? 0).every((entry) => typeof entry?.slots === "object")
    );
  },
  required: true,
};

const variablesRule = /* @__PURE__ */ required(
  /* @__PURE__ */ listOf("variables", (entry) => entry instanceof Variable),
);

const byName = (where: string, variables: readonly Variable[]): Map<string, Variable> => {
  checkOption(where, "variables", variables, variablesRule);
  const named = new Map<string, Variable>();
  for (const variable of variables) {
    if (named.has(variable.name)) {
      throw new ValueError(`${where}: names of variables must differ, got "${variable.name}" twice.`);
    }
    named.set(variable.name, variable);
  }
  return named;
};
