import { isLibraryFunction } from "../../base/describe.ts";
import type { AnyBatch } from "../../data/minibatches.ts";
import { mapTensors, type TensorOrNamed } from "../../data/tensorOrNamed.ts";
import type { Layer } from "../../layers/base/layer.ts";
import { onlyComputes } from "../../layers/base/onlyComputes.ts";
import { layersOf } from "../../layers/base/tree.ts";
import { inTopK } from "../../ops/network/inTopK.ts";
import type { Optimizer } from "../../optim/optimizer/optimizer.ts";
import { lent, perform } from "../../tensor/interpret/hostWork.ts";
import type { Random, RandomState } from "../../tensor/random.ts";
import { type Compiled, compiled } from "../../tensor/record/compile.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { type ClassWeights, exampleWeights } from "../evaluate/classWeights.ts";
import { countTrue, isClassification } from "../metrics/accuracy.ts";
import { type Loss, weightedLoss } from "../metrics/loss.ts";
import type { MetricSums } from "../metrics/metricSums.ts";
import type { Objective } from "../metrics/objective.ts";

/** Options of a step of `fit`. */
export interface TrainingStepOptions {
  readonly classWeights?: ClassWeights | undefined;
  readonly regularize?: boolean | undefined;
  readonly compile?: boolean | undefined;
}

type StepFunction = (x: TensorOrNamed, y: TensorOrNamed, weights: Tensor | undefined, loss: Loss) => Tensor;

/** The step of `fit`: an update of the model by a batch, recorded where that is safe, and what is measured in it. */
export class TrainingStep {
  /** How many rows of the last batch the model classified rightly, before the update; undefined without classes. */
  correct: number | undefined;
  /** The statistics of the metrics of the last batch; undefined without metrics. */
  measured: readonly (readonly number[])[] | undefined;
  /** What the model gave for the last batch that was not replayed: its shape says what labels there are. */
  predictions: TensorOrNamed | undefined;
  readonly #model: Layer;
  readonly #optimizer: Optimizer;
  readonly #objective: Objective;
  readonly #options: TrainingStepOptions;
  /** The layers of the model; undefined before its first call: some layers create others in it. */
  #layers: readonly Layer[] | undefined;
  #compiled: Compiled<Parameters<StepFunction>, Tensor> | undefined;
  #sums: MetricSums | undefined;
  /** The layers' random streams and their states before the step, unless it was replayed. */
  #streams: readonly (readonly [Random, RandomState])[] = [];

  constructor(model: Layer, optimizer: Optimizer, objective: Objective, options: TrainingStepOptions) {
    this.#model = model;
    this.#optimizer = optimizer;
    this.#objective = objective;
    this.#options = options;
  }

  /** Whether nothing in the step can keep a batch: all of it comes from the library. */
  get keepsNothing(): boolean {
    return this.#compiled !== undefined && this.#options.compile === undefined;
  }

  /**
   * Updates the model.
   * @param sums What measures the batch; undefined without metrics.
   * @returns The loss.
   * @throws What the step throws; nothing is updated then.
   */
  run({ x, y, weights }: AnyBatch, loss: Loss, sums: MetricSums | undefined): number {
    this.#sums = sums;
    this.#streams = [];
    this.measured = undefined;
    try {
      const step = this.#compiled ?? this.#run;
      return step(x, y, weights, loss).item();
    } catch (error) {
      // A failed step changes nothing: its random numbers will be drawn again.
      for (const [random, state] of this.#streams) random.state = state;
      throw error;
    } finally {
      if (!this.#layers) {
        this.#layers = layersOf(this.#model);
        if (this.#mayRecord()) this.#compiled = compiled(this.#run, this.#options.compile === true);
      }
    }
  }

  readonly #run: StepFunction = (x, y, weights, loss) => {
    const layers = this.#layers ?? layersOf(this.#model);
    this.#streams = layers.map(({ random }) => [random, random.state]);
    const { regularize = true } = this.#options;
    return this.#optimizer.minimize(
      () => {
        const outputs = this.#objective.outputs(this.#model, x, { training: true });
        this.predictions = outputs;
        // The loss and the metrics of an objective of several outputs take them by name.
        const [predictions, targets] = [outputs as Tensor, y as Tensor];
        const batchLoss = this.#loss(loss, predictions, targets, weights);
        const right = y instanceof Tensor && isClassification(predictions, y) ? inTopK(predictions, y, 1) : undefined;
        const sums = this.#sums;
        perform(() => {
          this.correct = right && countTrue(right);
          // With a loss that is not finite the step is about to fail: there is nothing to measure.
          if (sums && batchLoss.size === 1 && Number.isFinite(batchLoss.storage.first())) {
            const [lentOutputs, lentTargets] = [mapTensors(predictions, lent), mapTensors(targets, lent)];
            this.measured = sums.of(lentOutputs, lentTargets, weights && lent(weights));
          }
        });
        return batchLoss;
      },
      this.#model.trainableVariables,
      { regularize },
    );
  };

  #loss(loss: Loss, predictions: Tensor, y: Tensor, weights: Tensor | undefined): Tensor {
    const { classWeights } = this.#options;
    const factors = classWeights ? exampleWeights("fit", classWeights, predictions, y, weights) : weights;
    return factors ? weightedLoss("fit", loss, predictions, y, factors) : loss(predictions, y);
  }

  /** Whether the step does nothing but compute, as far as can be known: custom code may count, print, or read the clock. */
  #mayRecord(): boolean {
    const { compile } = this.#options;
    if (compile !== undefined) return compile;
    return (
      onlyComputes(this.#model) &&
      this.#model.variables.every(
        ({ regularizer, constraint }) => isLibraryFunction(regularizer) && isLibraryFunction(constraint),
      ) &&
      this.#objective.onlyComputes &&
      isLibraryFunction(this.#optimizer.clip)
    );
  }
}
