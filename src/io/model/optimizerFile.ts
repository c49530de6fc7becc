import { damaged, decode, list, object, optional, type Reader, record, text, whole } from "../../base/codec.ts";
import { DataError, ValueError } from "../../base/errors.ts";
import type { Layer } from "../../layers/base/layer.ts";
import type { Optimizer } from "../../optim/optimizer/optimizer.ts";
import type { VariableState } from "../../optim/optimizer/slots.ts";
import type { Schedule } from "../../optim/schedules/schedule.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { namingErrors, reviveFunctions } from "./architecture.ts";
import { besideModelName } from "./formatVersion.ts";
import { optimizerMakers } from "./optimizerClasses.ts";

/** An optimizer as a file describes it; the slots are tensors of the file. */
export interface OptimizerRecord {
  readonly class: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly step: number;
  /** The state of a schedule that watches training. */
  readonly schedule?: Readonly<Record<string, unknown>>;
  /** By the variables' names, never by their order. */
  readonly variables: readonly VariableRecord[];
}

interface VariableRecord {
  readonly name: string;
  readonly updates: number;
  readonly slots: readonly string[];
}

const maxSlots = 16;

const variableReader = /* @__PURE__ */ record<VariableRecord>(() => ({
  name: text,
  updates: whole,
  slots: list(text, maxSlots),
}));

/** Reads an optimizer of a file. */
export const optimizerReader: Reader<OptimizerRecord> = /* @__PURE__ */ record<OptimizerRecord>(() => ({
  class: text,
  config: object,
  step: whole,
  schedule: optional(object),
  variables: list(variableReader),
}));

const slotName = (slot: string, variable: string): string => besideModelName("optimizer", slot, variable);

/**
 * The record of an optimizer; its slots are added to the tensors of the file.
 * @throws ValueError for a learning rate or clip that a file cannot hold.
 */
export const describeOptimizer = (
  operation: string,
  optimizer: Optimizer,
  model: Layer,
  tensors: Map<string, Tensor>,
): OptimizerRecord => {
  if (!optimizerMakers.has(optimizer.name)) {
    throw new ValueError(
      `${operation}: the optimizer must be one of ${[...optimizerMakers.keys()].join(", ")}, got ${optimizer.name}. Save the model alone.`,
    );
  }
  const { step, variables } = optimizer.state(model.variables);
  const records = Object.entries(variables).map(([name, { updates, slots }]) => {
    for (const [slot, value] of Object.entries(slots)) tensors.set(slotName(slot, name), value);
    return { name, updates, slots: Object.keys(slots) };
  });
  const { schedule } = optimizer;
  const scheduleState = hasState(schedule) ? { schedule: schedule.state().values } : {};
  return { class: optimizer.name, config: optimizer.config(), step, ...scheduleState, variables: records };
};

/** A schedule with a state of its own, such as `reduceOnPlateau`. */
interface StatefulSchedule extends Schedule {
  state(): { readonly values: Readonly<Record<string, unknown>> };
  restoreState(state: { readonly values: Readonly<Record<string, unknown>>; readonly tensors: object }): void;
}

const hasState = (schedule: Schedule | undefined): schedule is StatefulSchedule => {
  const { state, restoreState } = (schedule ?? {}) as Partial<StatefulSchedule>;
  return typeof state === "function" && typeof restoreState === "function";
};

/**
 * The optimizer of a record, in its saved state.
 * @throws DataError for a class that is not known, options that it does not take, and slots that do not fit the model's variables.
 */
export const makeOptimizer = (
  where: string,
  saved: OptimizerRecord,
  model: Layer,
  tensors: ReadonlyMap<string, Tensor>,
): Optimizer => {
  const { class: name, config, step } = saved;
  const make = optimizerMakers.get(name);
  if (!make) {
    throw new DataError(
      `${where}: the optimizer must be one of ${[...optimizerMakers.keys()].join(", ")}, got "${name}". Use a newer gradus.`,
    );
  }
  const states = saved.variables.map((variable) => [variable.name, stateOf(where, variable, tensors)] as const);
  return namingErrors(where, `the optimizer ${name}`, () => {
    const optimizer = make(decode(where, "the config of the optimizer", object, reviveFunctions(where, config)));
    const { schedule } = optimizer;
    if (saved.schedule !== undefined && hasState(schedule)) {
      schedule.restoreState({ values: saved.schedule, tensors: {} });
    }
    optimizer.restoreState({ step, variables: Object.fromEntries(states) }, model.variables);
    return optimizer;
  });
};

const stateOf = (
  where: string,
  { name, updates, slots }: VariableRecord,
  tensors: ReadonlyMap<string, Tensor>,
): VariableState => {
  const entries = slots.map((slot): [string, Tensor] => {
    const tensor = tensors.get(slotName(slot, name));
    if (!tensor) throw damaged(where, "every slot must have values", `none for "${slot}" of "${name}"`);
    return [slot, tensor];
  });
  return { updates, slots: Object.fromEntries(entries) };
};
