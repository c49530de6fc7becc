import type { Layer } from "../layers/layer.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { Schedule } from "../optim/schedule.ts";
import type { VariableState } from "../optim/slots.ts";
import { DataError, ValueError } from "../tensor/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { refusing, reviveFunctions } from "./architecture.ts";
import { besideModelName } from "./formatVersion.ts";
import { asList, asRecord, asText, asWhole } from "./json.ts";
import { optimizerMakers } from "./optimizerClasses.ts";

/** An optimizer as a file says it; the slots are tensors of the file. */
export interface OptimizerRecord {
  readonly class: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly step: number;
  /** What a schedule that watches training remembers. */
  readonly schedule?: Readonly<Record<string, unknown>>;
  /** By the variables' names, never by their order. */
  readonly variables: readonly {
    readonly name: string;
    readonly updates: number;
    readonly slots: readonly string[];
  }[];
}

/** More variables than any model has here. */
const maxVariables = 2 ** 20;
const maxSlots = 16;

const slotName = (slot: string, variable: string): string => besideModelName("optimizer", slot, variable);

/**
 * What a file says of an optimizer; its slots are added to the tensors of the file.
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
  const remembered = hasState(schedule) ? { schedule: schedule.state().values } : {};
  return { class: optimizer.name, config: optimizer.config(), step, ...remembered, variables: records };
};

/** A schedule that is more than a function of the step, such as `reduceOnPlateau`. */
interface StatefulSchedule extends Schedule {
  state(): { readonly values: Readonly<Record<string, unknown>> };
  restoreState(state: { readonly values: Readonly<Record<string, unknown>>; readonly tensors: object }): void;
}

const hasState = (schedule: Schedule | undefined): schedule is StatefulSchedule => {
  const { state, restoreState } = (schedule ?? {}) as Partial<StatefulSchedule>;
  return typeof state === "function" && typeof restoreState === "function";
};

/**
 * The optimizer of a file, in the state in which it was.
 * @throws DataError for a record that is damaged, or slots that do not fit the variables of the model.
 */
export const makeOptimizer = (
  where: string,
  value: unknown,
  model: Layer,
  tensors: ReadonlyMap<string, Tensor>,
): Optimizer => {
  const record = asRecord(where, "the optimizer", value);
  const name = asText(where, "the class of the optimizer", record.class);
  const make = optimizerMakers.get(name);
  if (!make) {
    throw new DataError(
      `${where}: the optimizer must be one of ${[...optimizerMakers.keys()].join(", ")}, got "${name}". Use a newer gradus.`,
    );
  }
  const step = asWhole(where, "the step of the optimizer", record.step);
  const variables = asList(where, "the variables of the optimizer", record.variables, maxVariables).map((one) =>
    stateOf(where, one, tensors),
  );
  const config = asRecord(where, "the config of the optimizer", record.config);
  return refusing(where, `the optimizer ${name}`, () => {
    const optimizer = make(asRecord(where, "the config of the optimizer", reviveFunctions(where, config)));
    const { schedule } = optimizer;
    if (record.schedule !== undefined && hasState(schedule)) {
      schedule.restoreState({ values: asRecord(where, "the state of the schedule", record.schedule), tensors: {} });
    }
    optimizer.restoreState({ step, variables: Object.fromEntries(variables) }, model.variables);
    return optimizer;
  });
};

const stateOf = (where: string, value: unknown, tensors: ReadonlyMap<string, Tensor>): [string, VariableState] => {
  const record = asRecord(where, "each variable of the optimizer", value);
  const name = asText(where, "the name of a variable", record.name);
  const slots = asList(where, `the slots of "${name}"`, record.slots, maxSlots).map((one): [string, Tensor] => {
    const slot = asText(where, "the name of a slot", one);
    const tensor = tensors.get(slotName(slot, name));
    if (tensor) return [slot, tensor];
    throw new DataError(
      `${where}: every slot must have values, got none for "${slot}" of "${name}". Check that this is a sound file of gradus.`,
    );
  });
  return [
    name,
    { updates: asWhole(where, `the updates of "${name}"`, record.updates), slots: Object.fromEntries(slots) },
  ];
};
