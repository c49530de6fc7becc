import { Client } from "./client.ts";
import { Curves } from "./curves.ts";
import { percent, short } from "./format.ts";
import type { Request, RunState } from "./messages.ts";
import { Announcer } from "./view/announcer.ts";
import { Bars } from "./view/bars.ts";
import { Chart } from "./view/chart.ts";
import { element, setText } from "./view/element.ts";
import { Files } from "./view/files.ts";
import { Input } from "./view/input.ts";
import { LayerTable } from "./view/layerTable.ts";
import { Maps } from "./view/maps.ts";
import { Mistakes } from "./view/mistakes.ts";
import { Settings } from "./view/settings.ts";
import { Transport } from "./view/transport.ts";
import { Weights } from "./view/weights.ts";

// Puts the parts of the page together: actions of the user go to the worker, and reports of the worker go to the views.

// The element says that this program has not started.
element("unserved", HTMLElement).remove();

const send = (request: Request, transfer?: Transferable[]): void => client.send(request, transfer);

const problemBox = element("problem", HTMLDivElement);
const showProblem = (message: string): void => {
  setText(element("problem-text", HTMLParagraphElement), message);
  problemBox.hidden = false;
};
const hideProblem = (): void => {
  problemBox.hidden = true;
};
element("problem-close", HTMLButtonElement).addEventListener("click", hideProblem);

const curves = new Curves();
let generation = 0;
let state: RunState = "ready";
let isFrozen = false;

const client = new Client({
  engine: ({ engine }) => {
    settings.showEngine(engine);
    transport.showEngine(engine);
  },
  data: ({ data }) => files.showData(data),
  network: ({ network }) => {
    if (network.generation !== generation) {
      generation = network.generation;
      curves.clear();
      settings.showNetwork(network);
    }
    // The problem that all layers are frozen ends when a layer trains again.
    if (network.trained > 0 && isFrozen) hideProblem();
    isFrozen = network.trained === 0;
    layers.show(network);
    maps.isConvolutional = network.layers.some(({ kind }) => kind.startsWith("convolution"));
    input.side = network.side;
  },
  progress: ({ progress, points }) => {
    curves.add(points);
    // The problem that ended training is solved when training resumes.
    if (progress.state === "running" && state !== "running") hideProblem();
    state = progress.state;
    const accuracy = curves.last("validationAccuracy");
    transport.show(progress, accuracy);
    announcer.progress(progress, accuracy);
    // A failed run can be reported even in its first epoch.
    const isReportable = progress.epoch > 0 || state === "failed";
    saveReport.disabled = !isReportable;
    element("report-when", HTMLSpanElement).hidden = isReportable;
    showCurves();
  },
  prediction: ({ look, probabilities }) => {
    // An answer to an earlier picture does not apply to this one.
    if (look === input.look) bars.show(look, probabilities, input.answer);
  },
  weights: (report) => weights.show(report),
  maps: ({ look, layers: shown }) => {
    if (look === input.look) maps.show(shown);
  },
  mistakes: ({ wrong, of, worst }) => mistakes.show(wrong, of, worst),
  example: ({ picture, label }) => input.lookAt(picture, label),
  saved: ({ bytes, name, media }) => {
    files.save(bytes, name, media);
    announcer.say(`Saved as ${name}.`);
  },
  problem: ({ message }) => showProblem(message),
});

const announcer = new Announcer();
const bars = new Bars();
const weights = new Weights();
const maps = new Maps();
const layers = new LayerTable(send);
const settings = new Settings(send, hideProblem);
/** Checks the fields first: training with other numbers than the fields show would mislead. */
const canTrain = (): boolean => {
  const problem = settings.leadToProblem();
  if (problem !== undefined) announcer.say(`Nothing is trained: correct this first. ${problem}`);
  return problem === undefined;
};
const transport = new Transport(send, canTrain, () => settings.build());
const input = new Input((look, picture) => send({ type: "look", look, picture }));
const mistakes = new Mistakes(({ picture, label }) => input.lookAt(picture, label));
const files = new Files(send, (error) => showProblem(error instanceof Error ? error.message : String(error)));
element("example", HTMLButtonElement).addEventListener("click", () => send({ type: "example" }));
const saveReport = element("report", HTMLButtonElement);
saveReport.addEventListener("click", () => send({ type: "report" }));

const lossChart = new Chart({ id: "loss-chart", isLogarithmic: true, format: short });
const accuracyChart = new Chart({
  id: "accuracy-chart",
  isLogarithmic: false,
  format: (value) => `${Math.round(100 * value)} %`,
});

const showCurves = (): void => {
  const { points } = curves;
  const epochs = points.map(({ epoch }) => epoch);
  lossChart.show(
    epochs,
    points.map(({ loss }) => loss),
    points.map(({ validationLoss }) => validationLoss),
  );
  accuracyChart.show(
    epochs,
    points.map(({ accuracy }) => accuracy),
    points.map(({ validationAccuracy }) => validationAccuracy),
  );
  lossChart.describe(`Curves of the loss over ${epochs.at(-1) ?? 0} epochs`);
  accuracyChart.describe(`Curves of the accuracy over ${epochs.at(-1) ?? 0} epochs`);
  setText(element("loss-train", HTMLElement), short(curves.last("loss")));
  setText(element("loss-validation", HTMLElement), short(curves.last("validationLoss")));
  setText(element("accuracy-train", HTMLElement), percent(curves.last("accuracy")));
  setText(element("accuracy-validation", HTMLElement), percent(curves.last("validationAccuracy")));
};
