import { type Callback, Dense, History, meanSquaredError, Sequential, SGD, type Tensor, tensor } from "gradus";
import { inspector, type ReportOptions, renderReport } from "gradus/report";

const model: Sequential = new Sequential({ inputShape: [2], layers: [new Dense({ units: 1 })], seed: 1 });
const x: Tensor = tensor([
  [1, 2],
  [3, 4],
]);
const y: Tensor = tensor([[1], [2]]);
const optimizer = new SGD({ learningRate: 0.01 });
export const loss: number = optimizer
  .minimize(() => meanSquaredError(model.call(x), y), model.trainableVariables)
  .item();
const options: ReportOptions = { title: "None" };
export const callback: Callback = inspector({ everySteps: 2 });
export const page: string = renderReport(new History(), options);
