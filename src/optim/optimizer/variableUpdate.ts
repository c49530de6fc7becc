import type { UpdatePrimitive } from "../../ops/update/updateRule.ts";

/** How an optimizer updates variables. */
export interface VariableUpdate {
  readonly primitive: UpdatePrimitive;
  /** The start value of each slot, by its name. */
  readonly starts: Readonly<Record<string, number>>;
  readonly constants: Readonly<Record<string, number>>;
  /**
   * The numbers that change with the step, from the learning rate and the count of updates, the first being 1. They flow
   * in a tensor.
   */
  readonly rates: (learningRate: number, count: number) => Readonly<Record<string, number>>;
  /** Whether `count` is that of the variable (PyTorch), and not that of the optimizer. */
  readonly countsVariables: boolean;
  /** λ of a weight decay that is a part of the gradient. Default: 0. */
  readonly weightDecay?: number;
}

/** A primitive with an optimizer's numbers. Start values and counting have defaults: those of the rule, and the optimizer's. */
export const updateWith = <Slot extends string, Rate extends string, Constant extends string>(
  primitive: UpdatePrimitive<Slot, Rate, Constant>,
  {
    starts,
    constants,
    rates,
    countsVariables = false,
    weightDecay,
  }: {
    readonly starts?: Readonly<Partial<Record<Slot, number>>>;
    readonly constants: Readonly<Record<Constant, number>>;
    readonly rates: (learningRate: number, count: number) => Readonly<Record<Rate, number>>;
    readonly countsVariables?: boolean;
    readonly weightDecay?: number | undefined;
  },
): VariableUpdate => ({
  primitive: primitive as UpdatePrimitive,
  starts: { ...primitive.slots, ...starts },
  constants,
  rates,
  countsVariables,
  ...(weightDecay === undefined ? {} : { weightDecay }),
});
