import {
  adaGradPrimitive,
  type EpsilonAttributes,
  type MomentumAttributes,
  momentumPrimitive,
  nesterovPrimitive,
  sgdPrimitive,
} from "../../src/ops/update.ts";
import type { Samples } from "./support/sample.ts";
import { updateCases, updateRefusals } from "./support/update.ts";

export const sgdSamples: Samples = {
  primitive: sgdPrimitive,
  cases: updateCases(undefined, [], [0.1]),
  refused: updateRefusals({ name: "sgd", slots: [], rates: ["rate"] }, undefined),
  differentiable: false,
};

export const momentumSamples: Samples<MomentumAttributes> = {
  primitive: momentumPrimitive,
  cases: [
    ...updateCases({ momentum: 0.9 }, [{ low: -1, high: 1 }], [1, 0.1]),
    ...updateCases({ momentum: 0.5 }, [{ low: -1, high: 1 }], [0.1, 1]),
  ],
  refused: updateRefusals(
    { name: "momentum", slots: ["buffer"], rates: ["gradientRate", "stepRate"] },
    { momentum: 0.9 },
  ),
  differentiable: false,
};

export const nesterovSamples: Samples<MomentumAttributes> = {
  primitive: nesterovPrimitive,
  cases: [
    ...updateCases({ momentum: 0.9 }, [{ low: -1, high: 1 }], [1, 0.1]),
    ...updateCases({ momentum: 0.5 }, [{ low: -1, high: 1 }], [0.1, 1]),
  ],
  refused: updateRefusals(
    { name: "nesterov", slots: ["buffer"], rates: ["gradientRate", "stepRate"] },
    { momentum: 0.9 },
  ),
  differentiable: false,
};

export const adaGradSamples: Samples<EpsilonAttributes> = {
  primitive: adaGradPrimitive,
  cases: [
    ...updateCases({ inside: 0.01, outside: 0 }, [{ low: 0.01, high: 1 }], [0.1]),
    ...updateCases({ inside: 0, outside: 0.1 }, [{ low: 0.01, high: 1 }], [0.1]),
  ],
  refused: updateRefusals({ name: "adaGrad", slots: ["accumulator"], rates: ["rate"] }, { inside: 0, outside: 0 }),
  differentiable: false,
};
