import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { Variable } from "../../src/autograd/variable.ts";
import { clipByGlobalNorm } from "../../src/optim/optimizer/gradientClipping.ts";
import type { Optimizer } from "../../src/optim/optimizer/optimizer.ts";
import { RMSProp } from "../../src/optim/rmsProp.ts";
import { availableBackends, getBackend, setBackend } from "../../src/tensor/interpret/backend.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { exportedOptimizers as optimizers } from "./exported.ts";

/** 20 steps of every optimizer and variant against numbers that PyTorch and numpy computed (test/references). */

type Name = "w" | "b";
type PerVariable = Record<Name, number[]>;

interface Trace {
  readonly name: string;
  readonly optimizer: string;
  readonly variant: string;
  readonly options: object;
  readonly resolved: Record<string, number | boolean>;
  /** The norm that all gradients together are limited to before each step. */
  readonly clipNorm?: number;
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

/** The variants that an optimizer accepts; none if it has no such option. */
const variantsOf = (name: string): string[] =>
  ["tensorflow1", "keras", "pytorch"].filter((variant) => {
    try {
      return new (optimizers.get(name)!)({ learningRate: 1, momentum: 0.5, variant });
    } catch (error) {
      // An option that does not exist is the momentum of the others.
      if (!String(error).includes('"momentum"')) return false;
      try {
        return new (optimizers.get(name)!)({ learningRate: 1, variant });
      } catch {
        return false;
      }
    }
  });

/** Optimizers with their variants that have no trace. */
const missingTraces = (traces: readonly Trace[]): string[] =>
  [...optimizers.keys()].flatMap((name) => {
    const variants = variantsOf(name);
    const traced = traces.filter(({ optimizer }) => optimizer === name).map(({ variant }) => variant);
    return (variants.length > 0 ? variants : ["paper"])
      .filter((variant) => !traced.includes(variant))
      .map((variant) => `${name} ${variant}`);
  });

/** Numeric options that no trace changes: a mistake in what they do would go unnoticed. */
const untriedOptions = (traces: readonly Trace[]): string[] =>
  [...optimizers.keys()].flatMap((name) => {
    const own = traces.filter(({ optimizer }) => optimizer === name);
    const known = new Set(own.flatMap(({ resolved }) => Object.keys(resolved)));
    const tried = new Set(own.flatMap(({ options }) => Object.keys(options)));
    return [...known].filter((option) => !tried.has(option)).map((option) => `${name} ${option}`);
  });
const names: readonly Name[] = ["w", "b"];
const steps = 20;

const create = ({ optimizer, variant, options, clipNorm }: Trace): Optimizer =>
  new (optimizers.get(optimizer)!)({
    ...options,
    ...(variant !== "paper" && { variant }),
    ...(clipNorm !== undefined && { clip: clipByGlobalNorm(clipNorm, { variant: "pytorch" }) }),
  });

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
        const gradient = stepOf(references.gradients, variable, step);
        return { variable, gradient: tensor(gradient, { shape: variable.shape, dtype }) };
      }),
    );
    for (const variable of variables) {
      const expected = stepOf(trace.values, variable, step);
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

const stepOf = (values: PerVariable, { name, size }: Variable, step: number): number[] =>
  values[name as Name].slice(size * step, size * (step + 1));

const tracesOf = (name: string): Trace[] => references.traces.filter(({ optimizer }) => optimizer === name);

const used = getBackend();
afterEach(() => setBackend(used));

describe("20 steps", () => {
  test("every exported optimizer has a trace of each of its variants, with every option changed", () => {
    expect(optimizers.size).toBeGreaterThan(7);
    expect(missingTraces(references.traces), "add traces to test/references/optimizers.py").toEqual([]);
    expect(untriedOptions(references.traces), "add traces to test/references/optimizers.py").toEqual([]);
  });

  test("an optimizer or a variant without a trace is named", () => {
    const traces = references.traces.filter(
      ({ optimizer, variant }) => optimizer !== "Lion" && !(optimizer === "Adamax" && variant === "keras"),
    );
    expect(missingTraces(traces)).toEqual(["Adamax keras", "Lion paper"]);
  });

  test.each([...optimizers].filter(([name]) => /beta2/.test(JSON.stringify(tracesOf(name)))))(
    "%s with swapped betas leaves its trace",
    (name) => {
      for (const trace of tracesOf(name)) {
        const { beta1, beta2 } = trace.resolved;
        const swapped = { ...trace, options: { ...trace.options, beta1: beta2, beta2: beta1 } };
        expect(worstError(swapped, "float64"), trace.name).toBeGreaterThan(1e-6);
      }
    },
  );

  for (const trace of references.traces) {
    // The formulas themselves: another order of the same operations leaves a few units of 1e-16 (the worst is 1.2e-15).
    test(`20 steps of ${trace.name} in float64 follow the trace`, () =>
      expect(worstError(trace, "float64")).toBeLessThan(1e-13));

    for (const backend of availableBackends()) {
      test(`20 steps of ${trace.name} on ${backend} follow the trace`, () => {
        setBackend(backend);
        // A step of float32 rounds the weight by 6e-8, the rate, the slots and the quotient by as much, in both directions:
        // the worst of these traces is 5e-7.
        expect(worstError(trace, "float32")).toBeLessThan(2e-6);
      });
    }

    test(`20 steps of ${trace.name} are the same with the schedule and with rates set by hand`, () => {
      const byHand = create(trace);
      const scheduled = create(trace);
      scheduled.learningRate = (step: number) => trace.learningRates[step];
      const variables = [byHand, scheduled].map(() => new Variable(tensor(references.start.w), { name: "w" }));
      for (let step = 0; step < steps; step++) {
        const gradient = tensor(stepOf(references.gradients, variables[0], step));
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
  test.each(availableBackends())("centered RMSProp never takes the root of a negative number (%s)", (backend) => {
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
