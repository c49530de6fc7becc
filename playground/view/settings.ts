import type { Backend } from "gradus";
import type { EngineFacts, NetworkFacts, Request } from "../messages.ts";
import {
  activationNames,
  canBuild,
  type HiddenActivation,
  type NetworkField,
  type NetworkForm,
  networkProblems,
  type Problems,
} from "../network.ts";
import {
  defaultTraining,
  type OptimizerName,
  optimizers,
  type TrainingSettings,
  trainingProblems,
} from "../training.ts";
import { create, element, setText } from "./element.ts";
import { fieldProblem, showFieldProblem } from "./fieldProblem.ts";
import { HiddenLayers } from "./hiddenLayers.ts";

/** The form of the network, its training, and the engine. */
export class Settings {
  readonly #send: (request: Request) => void;
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

  /** How many networks it has asked for. */
  #asked = 0;

  /** @param fine Is called when what was chosen can be. */
  constructor(send: (request: Request) => void, fine: () => void) {
    this.#send = send;
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

  /** Makes the network of the form anew, unless something in it cannot be. */
  build(): void {
    const form: NetworkForm = {
      hidden: this.#hidden.units,
      activation: (this.#activation.value || undefined) as HiddenActivation | undefined,
      dropout: this.#dropout.value === "" ? undefined : Number(this.#dropout.value),
      batchNorm: this.#batchNorm.indeterminate ? undefined : this.#batchNorm.checked,
      seed: this.#seed.valueAsNumber,
    };
    this.#showNetworkProblems(networkProblems(form));
    if (!canBuild(form)) return;
    this.#asked++;
    this.#fine();
    this.#send({ type: "build", network: form });
  }

  /**
   * Leads to the first number that cannot be, and gives what is wrong with it; undefined: nothing. What a file left to be
   * chosen is no such thing: its network can be trained as it is.
   */
  leadToProblem(): string | undefined {
    const fields = [...this.#hidden.fields, this.#seed, this.#learningRate, this.#batchSize, this.#epochs];
    const wrong = fields.find((field) => fieldProblem(field) !== undefined);
    const problem = wrong && fieldProblem(wrong);
    wrong?.focus();
    // The field may be the last thing that is seen, and this is below it.
    problem?.scrollIntoView({ block: "nearest" });
    return problem?.textContent;
  }

  /** Shows what a network is made from. */
  showNetwork({ form, asked }: NetworkFacts): void {
    // Meanwhile another one was chosen, which is on its way.
    if (asked < this.#asked) return;
    const { hidden, activation, dropout, batchNorm, seed } = form;
    this.#hidden.show(hidden);
    choose(this.#activation, activation);
    // A network from a file may have a share that is not offered.
    if (dropout !== undefined && ![...this.#dropout.options].some(({ value }) => value === String(dropout))) {
      this.#dropout.add(new Option(`${100 * dropout} %`, String(dropout)));
    }
    choose(this.#dropout, dropout);
    this.#batchNorm.checked = batchNorm ?? false;
    this.#batchNorm.indeterminate = batchNorm === undefined;
    this.#seed.value = String(seed);
    this.#showNetworkProblems({});
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
    const problems = trainingProblems(training);
    showFieldProblem(this.#learningRate, problems.learningRate);
    showFieldProblem(this.#batchSize, problems.batchSize);
    showFieldProblem(this.#epochs, problems.epochs);
    if (Object.keys(problems).length > 0) return;
    this.#fine();
    this.#send({ type: "training", training });
  }

  #showNetworkProblems(problems: Problems<NetworkField>): void {
    showFieldProblem(element("add-layer", HTMLButtonElement), problems.hidden);
    for (const [index, field] of this.#hidden.fields.entries()) showFieldProblem(field, problems[`layer${index + 1}`]);
    showFieldProblem(this.#activation, problems.activation);
    showFieldProblem(this.#dropout, problems.dropout);
    showFieldProblem(this.#batchNorm, problems.batchNorm);
    showFieldProblem(this.#seed, problems.seed);
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

/** Chooses an entry of a list; undefined: none of them, because the file has something else. */
const choose = (list: HTMLSelectElement, value: string | number | undefined): void => {
  list.querySelector('option[value=""]')?.remove();
  if (value === undefined) list.prepend(new Option("as in the file", ""));
  list.value = String(value ?? "");
};
