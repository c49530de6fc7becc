import {
  argMax,
  BatchNorm,
  type Dataset,
  Dense,
  Dropout,
  dataset,
  div,
  evaluate,
  exp,
  type FitOptions,
  fit,
  type Layer,
  type Loss,
  log,
  mean,
  meanSquaredError,
  minibatches,
  NonFiniteError,
  oneHot,
  pow,
  relu,
  Sequential,
  SGD,
  softmaxCrossEntropy,
  sqrt,
  square,
  sub,
  type Tensor,
  take,
  tensor,
  ValueError,
} from "gradus";
import { describe, expect, it } from "vitest";

const x = tensor(Array.from({ length: 20 }, (_, row) => [row / 20, 1 - row / 20]));
const y = tensor(Array.from({ length: 20 }, (_, row) => [row / 10]));
const line = dataset({ x, y, name: "line" });

const linear = (...before: (Layer | ((input: Tensor) => Tensor))[]): Sequential =>
  new Sequential({
    inputShape: [2],
    layers: [...before, new Dense({ units: 1, kernelInitializer: "zeros" })],
    seed: 1,
  });

const failed = async (data: Dataset, more: Partial<FitOptions> = {}, model = linear()): Promise<NonFiniteError> => {
  try {
    await fit(model, data, {
      optimizer: new SGD({ learningRate: 0.1 }),
      epochs: 3,
      batchSize: 10,
      loss: meanSquaredError,
      ...more,
    });
  } catch (error) {
    expect(error).toBeInstanceOf(NonFiniteError);
    return error as NonFiniteError;
  }
  throw new Error("it did not fail");
};

describe("fit explains a step that came to NaN or infinity", () => {
  it.each([
    ["x", { ...line, x: bad(x) }, "example 7 of line (element 1 of its x)"],
    ["y", { ...line, y: bad(y) }, "example 15 of line (element 0 of its y)"],
  ])("fit explains NaN or infinity by the data: %s", async (_, data, place) => {
    const error = await failed(data);
    expect(error.likelyCause).toBe(`the data hold NaN in ${place}`);
    expect(error.message).toMatch(
      /^fit: the data must be finite, got NaN in example \d+ of line \(element \d of its [xy]\), for which step \d failed\. Nothing was updated\./,
    );
    expect(error.cause).toBeInstanceOf(NonFiniteError);
    const source = () => minibatches(data, { batchSize: 20, shuffle: false });
    expect((await failed(source as never, { batchSize: undefined })).likelyCause).toBe(
      `the data hold NaN in ${place.replace("of line", "of the batch")}`,
    );
  });

  it("fit explains NaN or infinity by a learning rate that is too high", async () => {
    const error = await failed(line, { optimizer: new SGD({ learningRate: 50 }), epochs: 200 });
    expect(error.likelyCause).toMatch(
      /^a learning rate that is too high, 50: the loss had risen from \S+ to \S+ in \d steps?, until /,
    );
    expect(error.step).toBeGreaterThan(2);
  });

  const losses: [string, Loss, string][] = [
    ["log", (p, t) => mean(sub(t, log(p))), "a log of 0"],
    ["div", (p, t) => mean(div(t, p)), "a division by 0, "],
    ["exp", (p, t) => mean(exp(sub(100, sub(p, t)))), "exp("],
    ["sqrt", (p, t) => mean(sqrt(sub(sub(p, t), 1))), "a square root of a negative number, -"],
    ["pow", (p, t) => mean(pow(sub(sub(p, t), 1), 0.5)), "pow(-"],
    ["the derivative of sqrt", (p, t) => mean(sub(sqrt(square(p)), t)), "the derivative of sqrt at 0, 1/(2√x)"],
  ];
  it.each(losses)("fit explains NaN or infinity by a custom loss: %s", async (_, loss, cause) => {
    const error = await failed(line, { loss });
    expect(error.likelyCause?.startsWith(cause), error.likelyCause).toBe(true);
    expect(error.message).toMatch(/in step 1\. Nothing was updated\. Likely cause: .*\. \S.*\.$/);
    expect([error.step, error.origin?.shape]).toEqual([1, [10, 1]]);
  });

  it("fit explains NaN or infinity by a batch norm without a variance", async () => {
    const flat = dataset({ x: tensor(new Float32Array(40).fill(3), { shape: [20, 2] }), y });
    const error = await failed(flat, {}, linear(new BatchNorm({ epsilon: 1e-46 }), relu));
    expect(error.likelyCause).toMatch(/^batch normalization by a variance that is 0 or overflows/);
    expect(error.message).toMatch(/Raise epsilon, take larger batches, or scale the data\.$/);
  });

  it("fit explains NaN or infinity by values beyond float32, if no loss had risen", async () => {
    const error = await failed(dataset({ x, y: tensor(new Float32Array(20).fill(1e25), { shape: [20, 1] }) }));
    expect(error.likelyCause).toBe(
      "square, which overflows what float32 holds (3.4e38): it gives Infinity at position 0 of [10, 1]",
    );
  });

  it("a step that fit explains changes nothing: the run resumes from before it", async () => {
    const model = (): Sequential => linear(new Dropout({ rate: 0.5 }));
    const [poisonedModel, plainModel] = [model(), model()];
    const optimizer = new SGD({ learningRate: 0.1 });
    const poisoned: Loss = (p, t) => (optimizer.step === 3 ? mean(log(sub(p, p))) : meanSquaredError(p, t));
    await failed(line, { optimizer, loss: poisoned }, poisonedModel);
    const stopped = {
      onStep: (run: { batch: number; epoch: number; stop: () => void }) => run.epoch === 1 && run.stop(),
    };
    await fit(plainModel, line, {
      optimizer: new SGD({ learningRate: 0.1 }),
      epochs: 3,
      batchSize: 10,
      loss: meanSquaredError,
      callbacks: [stopped as never],
    });
    expect(poisonedModel.variables.map(({ name }) => name)).toEqual(plainModel.variables.map(({ name }) => name));
    expect(optimizer.step).toBe(3);
    expect(poisonedModel.variables.map((v) => [...v.read().data])).toEqual(
      plainModel.variables.map((v) => [...v.read().data]),
    );
  });
});

/** NaN in the seventh row, or in the fifteenth where a row has one element. */
function bad(values: Tensor): Tensor {
  const copy = values.data.slice();
  copy[15] = Number.NaN;
  return tensor(copy, { shape: values.shape });
}

describe("labels for which the model does not have a score", () => {
  const size = 60;
  const labels = Array.from({ length: size }, (_, row) => (row === 47 ? 10 : row % 10));
  const wrong = dataset({
    x: tensor(Array.from({ length: size }, (_, row) => [row / size])),
    y: tensor(labels, { dtype: "int32" }),
    name: "digits",
  });
  const right = take(wrong, { to: 40 });
  const classifier = () => new Sequential({ inputShape: [1], layers: [new Dense({ units: 10 })], seed: 1 });
  const options = () => ({ optimizer: new SGD({ learningRate: 0.1 }), epochs: 1, batchSize: 20 });
  const rule = "a label must lie from 0 to 9, as the model outputs 10 scores, got 10 in example";

  it("labels without a score are named as examples of the data set, not as positions in a batch", async () => {
    const fix = "Correct it, or the units of the last layer.";
    await expect(fit(classifier(), wrong, options())).rejects.toThrow(`fit: ${rule} 47 of digits. ${fix}`);
    await expect(fit(classifier(), right, { ...options(), validation: wrong })).rejects.toThrow(
      `fit: ${rule} 47 of digits. ${fix}`,
    );
    for (const batchSize of [20, 512]) {
      expect(() => evaluate(classifier(), wrong, { batchSize })).toThrow(`evaluate: ${rule} 47 of digits. ${fix}`);
    }
    const { batchSize: _, ...ofSource } = options();
    const source = () => minibatches(wrong, { batchSize: 20, shuffle: false });
    await expect(fit(classifier(), source, ofSource)).rejects.toThrow(`fit: ${rule} 7 of the batch. ${fix}`);
    await expect(evaluate(classifier(), source)).rejects.toThrow(`evaluate: ${rule} 47 of the data. ${fix}`);
    const error = await fit(classifier(), wrong, options()).catch((reason: unknown) => reason);
    expect((error as Error).cause).toBeInstanceOf(ValueError);
  });

  it("labels can be made of one-hot targets as the error says", async () => {
    const rows = oneHot(right.y, 10);
    const coded = dataset({ x: right.x, y: rows });
    const fix =
      "Make labels of one-hot rows with argMax(y, { axis: 1 }); for other targets pass { loss: meanSquaredError }";
    await expect(fit(classifier(), coded, options())).rejects.toThrow(fix);
    expect(evaluate(classifier(), coded, { loss: softmaxCrossEntropy }).loss).toBeGreaterThan(0);
    const whole = tensor(rows.data, { shape: rows.shape, dtype: "int32" });
    expect(() => evaluate(classifier(), dataset({ x: right.x, y: whole }))).toThrow(
      "got [40, 10] and [40, 10]. Make labels of one-hot rows with argMax(labels, { axis: 1 }).",
    );
    await fit(classifier(), dataset({ x: right.x, y: argMax(coded.y, { axis: 1 }) }), options());
  });
});
