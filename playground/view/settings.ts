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
  presets,
} from "../network.ts";
import {
  defaultTraining,
  type OptimizerName,
  optimizers,
  type TrainingSettings,
  trainingProblems,
} from "../training.ts";
import { Convolutions } from "./convolutions.ts";
import { create, element, setText } from "./element.ts";
import { fieldProblem, showFieldProblem } from "./fieldProblem.ts";
import { HiddenLayers } from "./hiddenLayers.ts";

/** The form of the network, its training, and the engine. */
export class Settings {
  readonly #send: (request: Request) => void;
  readonly #fine: () => void;
  readonly #preset: HTMLSelectElement = element("preset", HTMLSelectElement);
  readonly #convolutions: Convolutions = new Convolutions(() => this.build());
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

  /** The number of networks that it has requested. */
  #asked = 0;

  /** @param fine Called when the chosen settings are valid. */
  constructor(send: (request: Request) => void, fine: () => void) {
    this.#send = send;
    this.#fine = fine;
    fill(this.#preset, ["", ...Object.keys(presets)], (name) => name || "my own");
    fill(this.#activation, activationNames);
    fill(this.#optimizer, Object.keys(optimizers), (name) => optimizers[name as OptimizerName].label);
    this.#preset.addEventListener("change", () => {
      const preset = presets[this.#preset.value];
      if (!preset) return;
      // A seed that is wrong stays, with its problem.
      this.#showForm({ ...preset, seed: this.#seed.valueAsNumber });
      this.build();
    });
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

  /** Requests the network of the form, unless a setting is invalid. */
  build(): void {
    const form: NetworkForm = {
      convolutions: this.#convolutions.blocks,
      hidden: this.#hidden.units,
      activation: (this.#activation.value || undefined) as HiddenActivation | undefined,
      dropout: this.#dropout.value === "" ? undefined : Number(this.#dropout.value),
      batchNorm: this.#batchNorm.indeterminate ? undefined : this.#batchNorm.checked,
      seed: this.#seed.valueAsNumber,
    };
    this.#preset.value = presetOf(form);
    this.#showNetworkProblems(networkProblems(form));
    if (!canBuild(form)) return;
    this.#asked++;
    this.#fine();
    this.#send({ type: "build", network: form });
  }

  /**
   * Focuses the first field with an invalid number, and returns its problem; undefined if there is none. A setting that a
   * file left open is not a problem: its network can be trained.
   */
  leadToProblem(): string | undefined {
    const numbers = [...this.#convolutions.fields, ...this.#hidden.fields];
    const others = [this.#seed, this.#learningRate, this.#batchSize, this.#epochs];
    const fields: readonly HTMLElement[] = [this.#convolutions.control, ...numbers, ...others];
    const wrong = fields.find((field) => fieldProblem(field) !== undefined);
    const problem = wrong && fieldProblem(wrong);
    wrong?.focus();
    // The field may be at the lower edge of the screen, and the text is below it.
    problem?.scrollIntoView({ block: "nearest" });
    return problem?.textContent;
  }

  /** Shows the settings of a network. */
  showNetwork({ form, asked }: NetworkFacts): void {
    // The user has already requested another network.
    if (asked < this.#asked) return;
    this.#showForm(form);
    this.#seed.value = String(form.seed);
    this.#preset.value = presetOf(form);
    this.#showNetworkProblems({});
  }

  /** Shows all settings but the seed. */
  #showForm({ convolutions, hidden, activation, dropout, batchNorm }: NetworkForm): void {
    this.#convolutions.show(convolutions);
    this.#hidden.show(hidden);
    choose(this.#activation, activation);
    // A network from a file may have a rate that the list does not offer.
    if (dropout !== undefined && ![...this.#dropout.options].some(({ value }) => value === String(dropout))) {
      this.#dropout.add(new Option(`${100 * dropout} %`, String(dropout)));
    }
    choose(this.#dropout, dropout);
    this.#batchNorm.checked = batchNorm ?? false;
    this.#batchNorm.indeterminate = batchNorm === undefined;
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
    showFieldProblem(this.#convolutions.control, problems.convolutions);
    for (const [index, field] of this.#convolutions.fields.entries()) {
      showFieldProblem(field, problems[`convolution${index + 1}`]);
    }
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

/** The name of the preset that has these settings, whatever the seed; "" if none has. */
const presetOf = (form: NetworkForm): string => {
  const text = (settings: Omit<NetworkForm, "seed">): string => {
    const { convolutions, hidden, activation, dropout, batchNorm } = settings;
    return JSON.stringify([
      convolutions.map(({ filters, pooling }) => [filters, pooling]),
      hidden,
      activation,
      dropout,
      batchNorm,
    ]);
  };
  return Object.keys(presets).find((name) => text(presets[name]) === text(form)) ?? "";
};

/** Fills a list with entries, unless it has them already: an open list would close. */
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

/** Selects an entry of a list; undefined selects "as in the file". */
const choose = (list: HTMLSelectElement, value: string | number | undefined): void => {
  list.querySelector('option[value=""]')?.remove();
  if (value === undefined) list.prepend(new Option("as in the file", ""));
  list.value = String(value ?? "");
};
