import type { Dataset } from "../../data/dataset.ts";
import { isPlainDataset } from "../../data/dataset.ts";
import { rowRange } from "../../data/gatherRows.ts";
import type { Layer } from "../../layers/base/layer.ts";
import { layersOf } from "../../layers/base/tree.ts";
import { Sequential } from "../../layers/sequential.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Callback, TrainingRun } from "../../train/callbacks/callback.ts";
import { History } from "../../train/history/history.ts";
import type { Inspection } from "../../train/history/inspection.ts";
import { failed } from "../analysis/findings.ts";
import { saveReport } from "../saveReport.ts";
import { inspectActivations } from "./inspectActivations.ts";
import { type ImageShape, imageShapeOf } from "./inspectClasses.ts";
import { inspectExample } from "./inspectExample.ts";
import { inspectFilters } from "./inspectFilters.ts";
import { checkImageShape, type InspectorOptions, inspectorOptions } from "./inspectorOptions.ts";
import { inspectPredictions } from "./inspectPredictions.ts";
import { inspectSetup } from "./inspectSetup.ts";
import { VariableWatch } from "./inspectVariables.ts";

/** How many samples are taken in a run whose length is known. */
const samplesPerRun = 100;
/** How many of the samples have histograms of the weights. */
const histogramsPerRun = 8;
/** In a run of unknown length, the next sample is taken when the run has grown by this fraction. */
const growth = 1 / 25;
/** In a run of known length, too, by this fraction: most long runs are inspected, or stopped, early. */
const growthAtLeast = 1 / 4;
/** The elements of the largest output of a layer for the sampled examples, unless `sample` says how many: 8 MB. */
const sampledElements = 2 ** 21;
/** A report that is written while it trains takes some tens of milliseconds: not after each of many short epochs. */
const rewriteAfterMs = 2000;

/**
 * A callback that looks into the model while it is trained: norms of weights, gradients and updates, weight histograms,
 * saturated and dead activations; filters of convolutions and what they find in an example; and at the end, of a model that tells classes apart, the confusion matrix and the most
 * confident mistakes, of one that predicts numbers, how far off these are. One output for each row with targets that are all
 * 0 or 1 tells two classes apart: above 0.5 it says 1 where all outputs are from 0 to 1, else above 0, as logits do. All of
 * it goes into `history.inspections`, for `saveReport`.
 *
 * It changes no bit of the run. It takes about 100 samples in a run, each in a few milliseconds, of a convolutional
 * network in some tens. For activations and feature maps the model must be a `Sequential`.
 * @throws ValueError for options out of range.
 * @example
 * const { train, validation } = await loadDigits();
 * const layers = [new Dense({ name: "hidden", units: 30, activation: "relu" }), new Dense({ name: "outputs", units: 10 })];
 * const model = new Sequential({ name: "digits", inputShape: [64], layers, seed: 1 });
 * const optimizer = new SGD({ learningRate: 0.1 });
 * const history = await fit(model, train, { optimizer, epochs: 3, validation, callbacks: [inspector()] });
 * history.inspections[0].activations?.[0].activation; // "relu"
 * history.inspections.at(-1)?.classes?.examples; // 180
 * await saveReport(history, "report.html");
 */
export const inspector = (options: InspectorOptions = {}): Callback => {
  return new Inspector(inspectorOptions(options));
};

class Inspector implements Callback {
  readonly #options: InspectorOptions;
  readonly #watch = new VariableWatch();
  #stopWatching: () => void = () => undefined;
  #data: Dataset | undefined;
  /** The step whose gradients were captured, and its loss. */
  #seen: { readonly step: number; readonly loss: number | undefined } | undefined;
  #written = 0;

  constructor(options: InspectorOptions) {
    this.#options = options;
  }

  async onTrainBegin(run: TrainingRun): Promise<void> {
    const { data } = this.#options;
    this.#data = [data, run.validation, run.train].find((source) => source !== undefined && isPlainDataset(source));
    if (this.#data) checkImageShape(this.#options, this.#data);
    this.#seen = undefined;
    this.#stopWatching();
    this.#stopWatching = run.optimizer.watch((step) => {
      if (!this.#isDue(run, step.step)) return;
      this.#watch.see(step);
      this.#seen = { step: step.step, loss: step.loss?.item() };
    });
    // Fails now, and not after the first epoch, if the file cannot be written.
    await this.#write(run);
    this.#written = 0;
  }

  onStep(run: TrainingRun): void {
    if (this.#seen?.step === run.optimizer.step) this.#takeSample(run, this.#seen);
  }

  async onEpochEnd(run: TrainingRun): Promise<void> {
    if (this.#options.report === undefined || performance.now() - this.#written < rewriteAfterMs) return;
    await this.#write(run, { ...this.#inspectImages(run), ...(await this.#inspectPredictions(run)) });
  }

  onTrainEnd(run: TrainingRun): void {
    this.#stopWatching();
    // A failed step is the most interesting one.
    if (run.error !== undefined && this.#seen && this.#seen.step > run.optimizer.step)
      this.#takeSample(run, this.#seen);
  }

  /** After all other callbacks: by now the model may be that of the best epoch. */
  async onEnd(run: TrainingRun): Promise<void> {
    this.#watch.forget();
    const { model, history, optimizer } = run;
    if (!model.built) return;
    const variables = this.#watch.inspect(model.variables, true);
    const predictions = await this.#inspectPredictions(run).catch((error: unknown): PredictionInspection => {
      // After a failure the model may fail again: report the rest.
      if (run.error === undefined) throw error;
      return {};
    });
    history.addInspection({
      step: optimizer.step,
      epoch: epochsAtEnd(run),
      variables,
      ...this.#inspectImages(run),
      ...predictions,
    });
    if (this.#options.report !== undefined) await this.#write(run);
  }

  /** Depends on the history and the step alone, so that a resumed run takes its samples at the same steps. */
  #isDue({ epochs, batches, history }: TrainingRun, step: number): boolean {
    const { everySteps } = this.#options;
    if (everySteps !== undefined) return (step - 1) % everySteps === 0;
    const last = history.inspections.findLast(({ variables }) => variables)?.step ?? 0;
    if (batches === undefined) return step >= last + Math.max(1, last * growth);
    return (step - 1) % Math.ceil((epochs * batches) / samplesPerRun) === 0 || step >= last * (1 + growthAtLeast);
  }

  #takeSample(run: TrainingRun, { step, loss }: { readonly step: number; readonly loss: number | undefined }): void {
    const { model, history } = run;
    const inputs = model instanceof Sequential ? this.#inputsFor(model) : undefined;
    const isFirst = !history.inspections.some(({ setup }) => setup);
    history.addInspection({
      step,
      epoch: epochsAfterStep(run),
      ...(loss === undefined || !Number.isFinite(loss) ? {} : { loss }),
      variables: this.#watch.inspect(model.variables, this.#hasHistograms(run, step)),
      ...(inputs ? { activations: inspectActivations(model as Sequential, inputs) } : {}),
      ...(isFirst ? { setup: inspectSetup(run, this.#options), ...filtersOf(model) } : {}),
    });
  }

  /** The examples whose activations are inspected. */
  #inputsFor(model: Sequential): Tensor | undefined {
    if (!this.#data) return undefined;
    const widest = Math.max(1, ...layersOf<Layer>(model).map(({ outputRow = [] }) => sizeOf(outputRow)));
    const { sample = Math.min(256, Math.max(16, Math.floor(sampledElements / widest))) } = this.#options;
    return rowRange(this.#data.x, 0, Math.min(sample, this.#data.size));
  }

  /** Filters, and the feature maps of an example; nothing of a model that fails. */
  #inspectImages({ model, error }: TrainingRun): Pick<Inspection, "filters" | "example"> {
    const data = this.#data;
    const { featureMaps = 16 } = this.#options;
    const filters = filtersOf(model);
    if (!data || error !== undefined || !(model instanceof Sequential)) return filters;
    const example = inspectExample(model, data, { featureMaps, imageShape: this.#imageShapeOf(data) });
    return example ? { ...filters, example } : filters;
  }

  #imageShapeOf(data: Dataset): ImageShape | undefined {
    const { imageShape = imageShapeOf(data) } = this.#options;
    return imageShape && [imageShape[0], imageShape[1], imageShape[2] ?? 1];
  }

  #hasHistograms({ epochs, batches, history }: TrainingRun, step: number): boolean {
    const last = history.inspections.findLast(({ variables }) => variables?.some(({ histogram }) => histogram))?.step;
    if (last === undefined || step >= 2 * last) return true;
    return batches !== undefined && step - last >= (epochs * batches) / histogramsPerRun;
  }

  async #inspectPredictions(run: TrainingRun): Promise<PredictionInspection> {
    const data = this.#data;
    if (!data) return {};
    const { mistakes = 24 } = this.#options;
    return inspectPredictions(run.model, data, { mistakes, imageShape: this.#imageShapeOf(data) });
  }

  async #write(run: TrainingRun, latest?: LatestInspection): Promise<void> {
    const { report } = this.#options;
    if (report === undefined) return;
    const { epochs, inspections } = run.history;
    const now: Inspection | undefined = latest && { step: run.optimizer.step, epoch: epochs.length, ...latest };
    const history = new History(epochs, now ? [...inspections, now] : inspections);
    history.stopped = reasonOf(run);
    await saveReport(history, report);
    this.#written = performance.now();
  }
}

/** The evaluation of the predictions. */
type PredictionInspection = Pick<Inspection, "classes" | "values">;

/** What a page shows of the model as it is now. */
type LatestInspection = PredictionInspection & Pick<Inspection, "filters" | "example">;

/** Nothing for a model without filters that are pictures. */
const filtersOf = (model: Layer): Pick<Inspection, "filters"> => {
  const filters = model.built ? inspectFilters(model) : [];
  return filters.length > 0 ? { filters } : {};
};

/** Why the run stopped; undefined if it did not. */
const reasonOf = ({ history, error, isAborted }: TrainingRun): string | undefined => {
  if (error === undefined) return history.stopped;
  if (!isAborted) return `${failed}${messageOf(error)}`;
  // The default reason of `abort()` adds nothing to this.
  const isNamed = !(error instanceof Error && error.name === "AbortError");
  return `its signal was aborted${isNamed ? `: ${messageOf(error)}` : ""}`;
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Epochs done after the running step: 1.5 is in the middle of the second. */
const epochsAfterStep = ({ epoch, batch, batches }: TrainingRun): number =>
  batches === undefined ? epoch : epoch + batch / batches;

/** Epochs done at the end of training. */
const epochsAtEnd = ({ history, batches }: TrainingRun): number => {
  const { epoch, progress } = history.place;
  return progress && batches !== undefined ? epoch + progress.batch / batches : epoch;
};
