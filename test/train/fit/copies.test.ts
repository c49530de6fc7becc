import {
  balancedClassWeights,
  type Dataset,
  Dense,
  dataset,
  evaluate,
  type FitOptions,
  fit,
  minibatches,
  Sequential,
  SGD,
  tensor,
} from "gradus";
import { expect, it } from "vitest";

/** What a run copies of its options, and what it says of options of other libraries. */

const x = tensor([[0], [1], [2], [3]]);
const data = dataset({ x, y: tensor([0, 0, 1, 1], { dtype: "int32" }) });
const model = (): Sequential => new Sequential({ inputShape: [1], layers: [new Dense({ units: 2 })], seed: 1 });
const options = (more: object = {}): FitOptions => ({ optimizer: new SGD({ learningRate: 0.1 }), epochs: 3, ...more });

it("fit copies class weights, callbacks and data sets, so that later changes have no effect", async () => {
  const classWeights = [1, 3];
  const expected = await fit(model(), data, options({ classWeights: [1, 3], validation: data }));
  const own = { ...data };
  const validation: Record<string, unknown> = { ...data };
  const callbacks: object[] = [];
  callbacks.push({
    onEpochEnd: () => {
      classWeights[1] = 100;
      callbacks.push({ onEpochEnd: () => expect.fail("a callback that was added later") });
      (own as { x: unknown }).x = tensor([[9], [9], [9], [9]]);
      validation.x = tensor([[9], [9], [9], [9]]);
    },
  });
  const changed = await fit(model(), own, options({ classWeights, callbacks, validation }));
  const losses = ({ epochs }: typeof changed): unknown =>
    epochs.map(({ loss, validationLoss }) => [loss, validationLoss]);
  expect(losses(changed)).toEqual(losses(expected));
  const batches = minibatches(own as Dataset, { shuffle: false });
  (own as { x: unknown }).x = x;
  expect([...batches][0].x.toArray()).toEqual([[9], [9], [9], [9]]);
});

it("fit and evaluate say where options of other libraries go", async () => {
  const messageOf = (run: () => unknown): Promise<string> =>
    Promise.resolve()
      .then(run)
      .then(
        () => "",
        (error: Error) => error.message,
      );
  expect(await messageOf(() => fit(model(), data, options({ validationSplit: 0.2 })))).toBe(
    'fit: every option must be one that exists, got "validationSplit". ' +
      "Split first: split(data, { parts: { train: 0.8, validation: 0.2 } }), and pass { validation }.",
  );
  expect(await messageOf(() => fit(model(), data, options({ lr: 0.2 })))).toContain("Pass it to the optimizer");
  expect(await messageOf(() => fit(model(), data, options({ verbose: 1 })))).toContain("progressBar()");
  expect(await messageOf(() => fit(model(), data, options({ batch_size: 2 })))).toContain("Write batchSize.");
  expect(await messageOf(() => fit(model(), data, options({ validation_data: 2 })))).toContain("Write validation.");
  expect(await messageOf(() => new SGD({ lr: 0.1 } as never))).toContain("Write learningRate.");
  expect(await messageOf(() => fit(model(), x as never, data.y as never))).toBe(
    "fit: inputs and targets must be one data set, got int32 [4] as the third argument. " +
      "Write fit(model, dataset({ x, y }), { optimizer, epochs }).",
  );
  expect(await messageOf(() => evaluate(model(), x as never, data.y as never))).toContain(
    "Write evaluate(model, dataset({ x, y })).",
  );
});

it("balancedClassWeights takes floats of 0 and 1 as well", () => {
  const expected = balancedClassWeights(tensor([0, 0, 0, 1], { dtype: "int32" }));
  expect(balancedClassWeights(tensor([[0], [0], [0], [1]]))).toEqual(expected);
  expect(() => balancedClassWeights(tensor([0.5, 1]))).toThrow(
    "labels must be int32 [rows] with a row, or floats of 0 and 1",
  );
});
