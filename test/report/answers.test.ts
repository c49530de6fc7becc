import { describe, expect, it } from "vitest";
import {
  Dense,
  dataset,
  fit,
  type Inspection,
  meanSquaredError,
  Sequential,
  SGD,
  sigmoidCrossEntropy,
  tensor,
} from "../../src/index.ts";
import { inspector } from "../../src/report/inspect/inspector.ts";

describe("a model that answers yes or no with one output", () => {
  const x = tensor([[-9], [-1], [1], [2], [9]]);
  const judged = async (y: number[], activation: "linear" | "sigmoid"): Promise<Inspection> => {
    const layers = [new Dense({ units: 1, activation, kernelInitializer: "ones", useBias: false })];
    const model = new Sequential({ inputShape: [1], layers });
    const data = dataset({ x, y: tensor(y.map((label) => [label])), name: "questions" });
    const callbacks = [inspector({ mistakes: 2 })];
    const optimizer = new SGD({ learningRate: 0.01 });
    const loss = activation === "linear" ? sigmoidCrossEntropy : meanSquaredError;
    const history = await fit(model, data, { optimizer, epochs: 0, loss, callbacks });
    return history.inspections.at(-1)!;
  };

  it.each(["linear", "sigmoid"] as const)(
    "a model that answers yes or no with one output is judged by logits and by probabilities: %s",
    async (activation) => {
      const { classes, values } = await judged([1, 0, 0, 0, 1], activation);
      expect(values).toBeUndefined();
      expect(classes).toMatchObject({ data: "questions", examples: 5 });
      expect(classes?.confusion).toEqual([
        [1, 2],
        [1, 1],
      ]);
      const [surest, next] = classes!.mistakes;
      expect(surest).toMatchObject({ row: 0, label: 1, predicted: 0 });
      expect(surest.probability).toBeCloseTo(1 / (1 + Math.exp(-9)), 6);
      expect(surest.labelProbability).toBeCloseTo(1 / (1 + Math.exp(9)), 6);
      expect(next).toMatchObject({ row: 3, label: 0, predicted: 1 });
      expect(classes!.mistakes).toHaveLength(2);
    },
  );

  it("a model with one output is a model of numbers if targets are not 0 and 1, or all equal", async () => {
    for (const y of [
      [1, 0, 0, 0.5, 1],
      [0, 0, 0, 0, 0],
    ]) {
      const { classes, values } = await judged(y, "linear");
      expect(classes).toBeUndefined();
      expect(values?.outputs).toHaveLength(1);
    }
  });
});
