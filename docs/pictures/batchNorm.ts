import {
  BatchNorm,
  Dense,
  evaluate,
  heNormal,
  type Layer,
  loadDigits,
  mean,
  minibatches,
  NonFiniteError,
  relu,
  Sequential,
  SGD,
  slice,
  softmaxCrossEntropy,
  type Tensor,
} from "../../src/index.ts";
import { type Band, charts, colours, type Line, type Panel } from "./chart.ts";

/** Pictures of the effect of batch norm on the inputs of an activation and on learning rates, and of its moving statistics. */

const hidden = (name: string, norm: boolean): (Layer | ((x: Tensor) => Tensor))[] => [
  new Dense({ name, units: 100, kernelInitializer: heNormal }),
  ...(norm ? [new BatchNorm({ name: `${name}_norm`, momentum: 0.9 })] : []),
  relu,
];

const buildModel = (norm: boolean): Sequential =>
  new Sequential({
    inputShape: [64],
    layers: [...hidden("hidden1", norm), ...hidden("hidden2", norm), new Dense({ name: "outputs", units: 10 })],
    seed: 1,
  });

const quantile = (sorted: ArrayLike<number>, part: number): number => sorted[Math.round(part * (sorted.length - 1))];

/** Draws the distribution of the inputs of one activation while the network trains, without and with batch norm. */
export const drawInputs = async (): Promise<string> => {
  const { train } = await loadDigits();
  const panel = (norm: boolean): Panel => {
    const model = buildModel(norm);
    const optimizer = new SGD({ learningRate: 1 });
    const wide: [number, number, number][] = [];
    const narrow: [number, number, number][] = [];
    const middle: [number, number][] = [];
    let step = 0;
    for (let epoch = 0; epoch < 8; epoch++) {
      for (const { x, y } of minibatches(train, { batchSize: 50, seed: epoch, remainder: "drop" })) {
        const inputs = model.layers
          .slice(0, norm ? 5 : 3)
          .reduce((value, layer) => layer.call(value, { training: true }), x);
        const sorted = inputs.data.slice().sort();
        wide.push([step, quantile(sorted, 0.05), quantile(sorted, 0.95)]);
        narrow.push([step, quantile(sorted, 0.25), quantile(sorted, 0.75)]);
        middle.push([step, quantile(sorted, 0.5)]);
        optimizer.minimize(() => softmaxCrossEntropy(model.call(x, { training: true }), y), model.trainableVariables);
        step++;
      }
    }
    const colour = norm ? colours.orange : colours.blue;
    const bands: Band[] = [
      { colour, points: wide },
      { colour, points: narrow },
    ];
    return {
      title: norm ? "With batch norm" : "Without",
      x: { label: "training step", from: 0, to: 200, ticks: [0, 50, 100, 150, 200] },
      y: { label: "input of hidden2's ReLU", from: -3, to: 3, ticks: [-3, -2, -1, 0, 1, 2, 3] },
      lines: [{ label: "", colour, points: middle }],
      bands,
    };
  };
  return charts(
    "The inputs of a ReLU over 200 steps, without and with batch norm",
    [panel(false), panel(true)],
    400,
    190,
  );
};

/** Draws learning curves at low to high learning rates, without and with batch norm. */
export const drawRates = async (): Promise<string> => {
  const { train, validation } = await loadDigits();
  const rates = [
    [0.02, colours.grey],
    [0.2, colours.green],
    [1, colours.purple],
    [3, colours.red],
  ] as const;
  const panel = (norm: boolean): Panel => {
    const lines = rates.map(([rate, colour]): Line => {
      const model = buildModel(norm);
      const optimizer = new SGD({ learningRate: rate });
      const points: [number, number][] = [[0, evaluate(model, validation).accuracy! * 100]];
      try {
        for (let epoch = 0; epoch < 10; epoch++) {
          for (const { x, y } of minibatches(train, { batchSize: 50, seed: epoch })) {
            optimizer.minimize(
              () => softmaxCrossEntropy(model.call(x, { training: true }), y),
              model.trainableVariables,
            );
          }
          points.push([epoch + 1, evaluate(model, validation).accuracy! * 100]);
        }
      } catch (error) {
        if (!(error instanceof NonFiniteError)) throw error;
        console.log(String(error));
      }
      return { label: norm ? "" : `learning rate ${rate}`, colour, points, dots: true };
    });
    return {
      title: norm ? "With batch norm" : "Without",
      x: { label: "epoch", from: 0, to: 10, ticks: [0, 2, 4, 6, 8, 10] },
      y: { label: "validation accuracy, %", from: 0, to: 100, ticks: [0, 25, 50, 75, 100] },
      lines,
    };
  };
  return charts("Validation accuracy over 10 epochs at four learning rates", [panel(false), panel(true)], 400, 190);
};

/** Draws the moving mean of one feature behind the means of the batches, and the accuracy of inference with it. */
export const drawMoving = async (): Promise<string> => {
  const { train, validation } = await loadDigits();
  const momenta = [
    [0.9, colours.orange],
    [0.99, colours.blue],
  ] as const;
  const dots: [number, number][] = [];
  const means: Line[] = [];
  const accuracies: Line[] = [];
  for (const [momentum, colour] of momenta) {
    const norm = new BatchNorm({ name: "norm", momentum });
    const layers = [new Dense({ units: 100, kernelInitializer: heNormal }), norm, relu, new Dense({ units: 10 })];
    const model = new Sequential({ inputShape: [64], layers, seed: 1 });
    const optimizer = new SGD({ learningRate: 0.1 });
    const moving: [number, number][] = [];
    const inference: [number, number][] = [];
    const own: [number, number][] = [];
    const y = Array.from(validation.y.data);
    const accuracyOf = (training: boolean): number => {
      // A call with training: true moves the statistics, so they are restored.
      const before = model.variables.map((variable) => variable.read());
      const logits = model.call(validation.x, { training }).toArray() as number[][];
      for (const [index, variable] of model.variables.entries()) variable.assign(before[index]);
      const right = logits.filter((row, index) => row.indexOf(Math.max(...row)) === y[index]);
      return (100 * right.length) / y.length;
    };
    let step = 0;
    for (let epoch = 0; epoch < 8; epoch++) {
      for (const { x, y: labels } of minibatches(train, { batchSize: 50, seed: epoch, remainder: "drop" })) {
        if (momentum === 0.9) {
          dots.push([step, mean(slice(model.layers[0].call(x), [0, 3], [-1, 1])).item()]);
        }
        moving.push([step, norm.movingMean.read().data[3]]);
        if (step % 5 === 0) {
          inference.push([step, accuracyOf(false)]);
          own.push([step, accuracyOf(true)]);
        }
        optimizer.minimize(
          () => softmaxCrossEntropy(model.call(x, { training: true }), labels),
          model.trainableVariables,
        );
        step++;
      }
    }
    means.push({ label: `momentum ${momentum}`, colour, points: moving });
    accuracies.push({ label: "", colour, points: inference });
    if (momentum === 0.99) {
      accuracies.unshift({ label: "", colour: colours.grey, points: own, dashed: true });
    }
  }
  const x = { label: "training step", from: 0, to: 200, ticks: [0, 50, 100, 150, 200] };
  return charts(
    "The moving mean of a feature, and the accuracy of inference, over 200 steps",
    [
      {
        title: "The mean of one feature",
        x,
        y: { label: "mean", from: 0, to: 1, ticks: [0, 0.25, 0.5, 0.75, 1] },
        lines: [
          {
            label: "the batch's own statistics",
            colour: colours.grey,
            points: dots,
            dots: true,
            width: 0,
            dashed: true,
          },
          ...means,
        ],
      },
      {
        title: "Validation accuracy with it",
        x,
        y: { label: "accuracy, %", from: 0, to: 100, ticks: [0, 25, 50, 75, 100] },
        lines: accuracies,
      },
    ],
    400,
    190,
  );
};
