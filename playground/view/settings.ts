import type { Backend } from "gradus";
import type { EngineFacts, Request } from "../messages.ts";
import { activationNames, type HiddenActivation, type NetworkSettings, networkProblem } from "../network.ts";
import {
  defaultTraining,
  type OptimizerName,
  optimizers,
  type TrainingSettings,
  trainingProblem,
} from "../training.ts";
import { create, element, setText } from "./element.ts";
import { HiddenLayers } from "./hiddenLayers.ts";

/** The form of the network, its training, and the engine. */
export class Settings {
  readonly #send: (request: Request) => void;
  readonly #problem: (message: string) => void;
  readonly #fine: () => void;
  readonly #hidden: HiddenLayers = new HiddenLayers(() => this.build());
  readonly #activation: HTMLSelectElement = element("activation", HTMLSelectElement);
  readonly #dropout: HTMLSelectElement = element("dropout", HTMLSelectElement);
  readonly #batchNorm: HTMLInputElement = element("batch-norm", HTMLInputElement);
  readonly #seed: HTMLInputElement = element("seed", HTMLInputElement);
  readonly #optimizer: HTMLSelectElement = element("optimizer", HTMLSelectElement);
  readonly #learningRate: HTMLInputElement = element("learning-rate", HTMLInputElement);
  readonly #batchSize: HTMLInputElement = element("batch-size", HTMLInputElement);
  readonly #epochs: HTMLInputElement = element("epochs", HTMLInputElement);
  readonly #backend: HTMLSelectElement = element("backend", HTMLSelectElement);
  readonly #threads: HTMLSelectElement = element("threads", HTMLSelectElement);

  /** @param problem Shows why something that was typed cannot be; @param fine is called when it can. */
  constructor(send: (request: Request) => void, problem: (message: string) => void, fine: () => void) {
    this.#send = send;
    this.#problem = problem;
    this.#fine = fine;
    fill(this.#activation, activationNames);
    fill(this.#optimizer, Object.keys(optimizers), (name) => optimizers[name as OptimizerName].label);
    for (const field of [this.#activation, this.#dropout, this.#batchNorm, this.#seed]) {
      field.addEventListener("change", () => this.build());
    }
    this.#optimizer.addEventListener("change", () => {
      const { learningRate } = optimizers[this.#optimizer.value as OptimizerName];
      this.#learningRate.value = String(learningRate);
      this.#train();
    });
    for (const field of [this.#learningRate, this.#batchSize, this.#epochs]) {
      field.addEventListener("change", () => this.#train());
    }
    this.#backend.addEventListener("change", () => send({ type: "backend", backend: this.#backend.value as Backend }));
    this.#threads.addEventListener("change", () => send({ type: "threads", count: Number(this.#threads.value) }));
    this.#showTraining(defaultTraining);
  }

  /** Makes the network of the form anew. */
  build(): void {
    const network: NetworkSettings = {
      hidden: this.#hidden.units,
      activation: this.#activation.value as HiddenActivation,
      dropout: Number(this.#dropout.value),
      batchNorm: this.#batchNorm.checked,
      seed: this.#seed.valueAsNumber,
    };
    const problem = networkProblem(network);
    this.#ask({ type: "build", network }, problem);
  }

  /** Shows what the network was made from. */
  showNetwork({ hidden, activation, dropout, batchNorm, seed }: NetworkSettings): void {
    this.#hidden.show(hidden);
    this.#activation.value = activation;
    // A network from a file may have a share that is not offered.
    if (![...this.#dropout.options].some(({ value }) => Number(value) === dropout)) {
      this.#dropout.add(new Option(`${100 * dropout} %`, String(dropout)));
    }
    this.#dropout.value = String(dropout);
    this.#batchNorm.checked = batchNorm;
    this.#seed.value = String(seed);
  }

  showEngine({ backend, available, threads, cores, reason }: EngineFacts): void {
    fill(this.#backend, available);
    this.#backend.value = backend;
    const counts = Array.from({ length: Math.max(cores, threads) }, (_, index) => String(index + 1));
    fill(this.#threads, counts);
    this.#threads.value = String(threads);
    setText(element("threads-reason", HTMLParagraphElement), reason === undefined ? "" : `No more threads: ${reason}.`);
  }

  #train(): void {
    const training: TrainingSettings = {
      optimizer: this.#optimizer.value as OptimizerName,
      learningRate: this.#learningRate.valueAsNumber,
      batchSize: this.#batchSize.valueAsNumber,
      epochs: this.#epochs.valueAsNumber,
    };
    const problem = trainingProblem(training);
    this.#ask({ type: "training", training }, problem);
  }

  #ask(request: Request, problem: string | undefined): void {
    if (problem !== undefined) {
      this.#problem(problem);
      return;
    }
    this.#fine();
    this.#send(request);
  }

  #showTraining({ optimizer, learningRate, batchSize, epochs }: TrainingSettings): void {
    this.#optimizer.value = optimizer;
    this.#learningRate.value = String(learningRate);
    this.#batchSize.value = String(batchSize);
    this.#epochs.value = String(epochs);
  }
}

/** Gives a list its entries, unless it has them: a list that is open would close. */
const fill = (list: HTMLSelectElement, values: readonly string[], label = (value: string): string => value): void => {
  if ([...list.options].map(({ value }) => value).join() === values.join()) return;
  list.replaceChildren(
    ...values.map((value) => {
      const option = create("option", { text: label(value) });
      option.value = value;
      return option;
    }),
  );
};
