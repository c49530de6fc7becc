import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { Variable } from "../../src/autograd/variable.ts";
import { AdaGrad } from "../../src/optim/adaGrad.ts";
import { Adam } from "../../src/optim/adam.ts";
import { AdamW } from "../../src/optim/adamW.ts";
import { Momentum } from "../../src/optim/momentum.ts";
import { Nesterov } from "../../src/optim/nesterov.ts";
import type { Optimizer } from "../../src/optim/optimizer.ts";
import { RMSProp } from "../../src/optim/rmsProp.ts";
import { SGD } from "../../src/optim/sgd.ts";
import { availableBackends, getBackend, setBackend } from "../../src/tensor/backend.ts";
import { tensor } from "../../src/tensor/tensor.ts";

/** 20 steps of every optimizer and variant against numbers that PyTorch and numpy computed (test/references). */

type Name = "w" | "b";
type PerVariable = Record<Name, number[]>;

interface Trace {
  readonly name: string;
  readonly optimizer: keyof typeof optimizers;
  readonly variant: string;
  readonly options: object;
  readonly resolved: Record<string, number | boolean>;
  readonly learningRates: number[];
  readonly values: PerVariable;
}

interface References {
  readonly shapes: PerVariable;
  readonly start: PerVariable;
  readonly gradients: PerVariable;
  readonly traces: Trace[];
}

const references = JSON.parse(
  readFileSync(new URL("../references/optimizers.json", import.meta.url), "utf8"),
) as References;

const optimizers = { SGD, Momentum, Nesterov, AdaGrad, RMSProp, Adam, AdamW } as const;
const names: readonly Name[] = ["w", "b"];
const steps = 20;

const create = ({ optimizer, variant, options }: Trace): Optimizer =>
  new (optimizers[optimizer] as new (options: object) => Optimizer)({ ...options, variant });

/** The largest difference to the reference, relative to the reference's value or the distance that it moved, if larger. */
const worstError = (trace: Trace, dtype: "float32" | "float64"): number => {
  const optimizer = create(trace);
  const variables = names.map(
    (name) => new Variable(tensor(references.start[name], { shape: references.shapes[name], dtype }), { name }),
  );
  let worst = 0;
  for (let step = 0; step < steps; step++) {
    optimizer.learningRate = trace.learningRates[step];
    optimizer.applyGradients(
      variables.map((variable) => {
        const gradient = part(references.gradients, variable, step);
        return { variable, gradient: tensor(gradient, { shape: variable.shape, dtype }) };
      }),
    );
    for (const variable of variables) {
      const expected = part(trace.values, variable, step);
      const actual = variable.read().data;
      const start = references.start[variable.name as Name];
      for (const [index, value] of expected.entries()) {
        const scale = Math.max(Math.abs(value), Math.abs(value - start[index]), Math.abs(start[index]), 1e-30);
        worst = Math.max(worst, Math.abs(actual[index] - value) / scale);
      }
    }
  }
  return worst;
};

const part = (values: PerVariable, { name, size }: Variable, step: number): number[] =>
  values[name as Name].slice(size * step, size * (step + 1));

const used = getBackend();
afterEach(() => setBackend(used));

describe("20 steps", () => {
  test("are known for every optimizer and variant", () => {
    const found = new Set(references.traces.map(({ optimizer, variant }) => `${optimizer} ${variant}`));
    expect(found.size).toBe(6 * 3 + 2);
    expect(references.traces.length).toBe(38);
  });

  for (const trace of references.traces) {
    // The formulas themselves: another order of the same operations leaves a few units of 1e-16 (the worst is 1.2e-15).
    test(`${trace.name}, float64`, () => expect(worstError(trace, "float64")).toBeLessThan(1e-13));

    for (const backend of availableBackends()) {
      test(`${trace.name}, ${backend}`, () => {
        setBackend(backend);
        // A step of float32 rounds the weight by 6e-8, the rate, the slots and the quotient by as much, in both directions:
        // the worst of these traces is 5e-7.
        expect(worstError(trace, "float32")).toBeLessThan(2e-6);
      });
    }

    test(`${trace.name}: the schedule gives the same as rates set by hand`, () => {
      const byHand = create(trace);
      const scheduled = create(trace);
      scheduled.learningRate = (step: number) => trace.learningRates[step];
      const variables = [byHand, scheduled].map(() => new Variable(tensor(references.start.w), { name: "w" }));
      for (let step = 0; step < steps; step++) {
        const gradient = tensor(part(references.gradients, variables[0], step));
        byHand.learningRate = trace.learningRates[step];
        byHand.applyGradients([{ variable: variables[0], gradient }]);
        scheduled.applyGradients([{ variable: variables[1], gradient }]);
      }
      expect(variables[0].read().data).toEqual(variables[1].read().data);
    });
  }
});

describe("centered RMSProp", () => {
  // As the mean square meets the squared mean, rounding takes their difference below zero, and further than ε.
  test.each(availableBackends())("takes no root of a negative number (%s)", (backend) => {
    setBackend(backend);
    for (const variant of ["tensorflow1", "keras", "pytorch"] as const) {
      const optimizer = new RMSProp({ learningRate: 0.001, centered: true, variant });
      const w = new Variable(tensor([1, 1]), { name: "w" });
      const gradients = [{ variable: w, gradient: tensor([3, 0]) }];
      optimizer.applyGradients(gradients);
      optimizer.slots(w).mean_square.assign(tensor([9, 0]));
      optimizer.slots(w).mean_gradient.assign(tensor([3.001, 1e-4]));
      optimizer.applyGradients(gradients);
      expect([...w.read().data].every(Number.isFinite)).toBe(true);
    }
  });
});
