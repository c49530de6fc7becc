import { describe, expect, it } from "vitest";
import { Variable } from "../../../src/autograd/variable.ts";
import { sum } from "../../../src/index.ts";
import { square } from "../../../src/ops/elementwise/powers.ts";
import { Momentum } from "../../../src/optim/momentum.ts";
import { clipByValue } from "../../../src/optim/optimizer/gradientClipping.ts";
import type { WatchedStep } from "../../../src/optim/optimizer/watchers.ts";
import { SGD } from "../../../src/optim/sgd.ts";
import { type Tensor, tensor } from "../../../src/tensor/tensor.ts";

const variable = (): Variable => new Variable(tensor([3, 4]), { name: "w" });
const lossOf = (w: Variable) => (): Tensor => sum(square(w.read()));

interface Seen {
  readonly step: number;
  readonly loss: number | undefined;
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}

const copyOf = ({ step, loss, gradients }: WatchedStep): Seen => ({
  step,
  loss: loss?.item(),
  gradients: Object.fromEntries(gradients.map(({ variable: { name }, gradient }) => [name, [...gradient.data]])),
});

describe("Optimizer.watch", () => {
  it("Optimizer.watch shows loss and gradients before clipping and before the update, until it is stopped", () => {
    const w = variable();
    const optimizer = new SGD({ learningRate: 0.25, clip: clipByValue(-1, 1) });
    const seen: Seen[] = [];
    const stop = optimizer.watch((step) => {
      seen.push(copyOf(step));
      expect([...w.read().data]).toEqual(step.step === 1 ? [3, 4] : [2.75, 3.75]);
    });
    optimizer.minimize(lossOf(w));
    expect([...w.read().data]).toEqual([2.75, 3.75]);
    const { gradients } = optimizer.computeGradients(lossOf(w));
    expect(seen.length).toBe(1);
    optimizer.applyGradients(gradients);
    stop();
    stop();
    optimizer.minimize(lossOf(w));
    expect(seen).toEqual([
      { step: 1, loss: 25, gradients: { w: [6, 8] } },
      { step: 2, loss: undefined, gradients: { w: [5.5, 7.5] } },
    ]);
  });

  it("Optimizer.watch changes no bit, and calls all watchers", () => {
    const run = (watched: boolean): readonly number[] => {
      const w = variable();
      const optimizer = new Momentum({ learningRate: 0.1, momentum: 0.9 });
      let calls = 0;
      if (watched)
        for (let times = 0; times < 2; times++)
          optimizer.watch(({ gradients }) => {
            calls += gradients.length;
            w.read();
          });
      for (let step = 0; step < 5; step++) optimizer.minimize(lossOf(w));
      expect(calls).toBe(watched ? 10 : 0);
      return [...w.read().data];
    };
    expect(run(true)).toEqual(run(false));
  });

  it("Optimizer.watch shows gradients that are not finite before the step throws", () => {
    const w = new Variable(tensor([1]), { name: "w" });
    const optimizer = new SGD({ learningRate: 1 });
    const seen: Seen[] = [];
    optimizer.watch((step) => seen.push(copyOf(step)));
    expect(() => optimizer.applyGradients([{ variable: w, gradient: tensor([Infinity]) }])).toThrow("must be finite");
    expect(seen.at(-1)).toEqual({ step: 1, loss: undefined, gradients: { w: [Infinity] } });
  });

  it("Optimizer.watch ends the step when the watcher throws, and updates nothing", () => {
    const w = variable();
    const optimizer = new SGD({ learningRate: 1 });
    const stop = optimizer.watch(() => {
      throw new Error("seen enough");
    });
    expect(() => optimizer.minimize(lossOf(w))).toThrow("seen enough");
    expect([[...w.read().data], optimizer.step]).toEqual([[3, 4], 0]);
    stop();
    optimizer.minimize(lossOf(w));
    expect([...w.read().data]).toEqual([-3, -4]);
  });

  it("Optimizer.watch throws for a value that is not a function", () => {
    expect(() => new SGD({ learningRate: 1 }).watch({} as () => void)).toThrow(
      "SGD.watch: the watcher must be a function, got an object.",
    );
  });
});
