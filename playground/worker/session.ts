import {
  availableBackends,
  Conv2D,
  DataError,
  encodeModel,
  getBackend,
  getThreads,
  loadModel,
  type Sequential,
  setBackend,
  setThreads,
  take,
} from "gradus";
import { renderReport } from "gradus/report";
import type { ChosenFile, NetworkFacts, Report, Request } from "../messages.ts";
import { defaultNetwork, type NetworkForm, type NetworkSettings, networkProblems, type Problems } from "../network.ts";
import { defaultTraining, type TrainingSettings, trainingProblems } from "../training.ts";
import { buildNetwork, formOf } from "./build.ts";
import { builtInData, dataFromFiles, type TrainingData } from "./data.ts";
import { Gate } from "./gate.ts";
import {
  canTrain,
  factsOf,
  featureMapsOf,
  firstWeights,
  mistakesOf,
  pictureAt,
  probabilitiesOf,
  sideOf,
} from "./inspect.ts";
import { Trainer } from "./trainer.ts";

/** The number of units of the first layer, and of wrong pictures, that the page shows. */
const mostPictures = 40;
const mostMistakes = 12;
/** The number of channels of a layer that the page shows. */
const mostMaps = 16;
/** A convolutional network reads only this many of the test pictures for the table of its mistakes, which is made between steps. */
const mostReadByConvolutions = 1000;
/** The shortest times between two updates of them while it trains, in milliseconds. */
const weightsEvery = 300;
const mistakesEvery = 1500;

/** A request that cannot be fulfilled; its message is for the user. */
class Refusal extends Error {}

/** The state of one page: data, a network, its training. */
export class Session {
  readonly #send: (report: Report, transfer?: Transferable[]) => void;
  readonly #gate: Gate = new Gate();
  #data!: TrainingData;
  #model!: Sequential;
  #trainer: Trainer | undefined;
  /** The settings for a network that the page did not request, as after a change of the data. */
  #network: NetworkSettings = defaultNetwork;
  /** The settings of the current network. */
  #form: NetworkForm = defaultNetwork;
  #asked = 0;
  #training: TrainingSettings = defaultTraining;
  #file: string | undefined;
  #generation = 0;
  #picture: Float32Array | undefined;
  #look = 0;
  #weightsAt = 0;
  #mistakesAt = 0;
  #examples = 0;
  /** Requests run one after the other, beside the training. */
  #turn: Promise<void>;

  constructor(send: (report: Report, transfer?: Transferable[]) => void) {
    this.#send = send;
    this.#turn = this.#open();
  }

  /** Does what the page asks for, after what it asked for before. */
  take(request: Request): Promise<void> {
    this.#turn = this.#turn.then(() => this.#do(request)).catch((error: unknown) => this.#report(error));
    return this.#turn;
  }

  async #open(): Promise<void> {
    this.#tellEngine();
    this.#setData(await builtInData());
  }

  #do(request: Request): void | Promise<void> {
    switch (request.type) {
      case "build":
        return this.#build(request.network);
      case "training":
        return this.#setTraining(request.training);
      case "start":
      case "step":
        this.#refuseOtherPictures();
        if (!canTrain(this.#model)) throw new Refusal(allFrozen);
        return this.#trainer?.[request.type]();
      case "pause":
        return this.#trainer?.pause();
      case "speed":
        return this.#gate.pace(request.perSecond);
      case "freeze":
        return this.#freeze(request.layer, request.frozen);
      case "backend":
        setBackend(request.backend);
        return this.#tellEngine();
      case "threads":
        return setThreads(request.count).then(() => this.#tellEngine());
      case "look":
        this.#picture = request.picture;
        this.#look = request.look;
        this.#tellPrediction();
        return this.#tellMaps();
      case "example":
        return this.#tellExample();
      case "files":
        return this.#load(request.files);
      case "digits":
        return builtInData().then((data) => this.#setData(data));
      case "save":
        return this.#save();
      case "report":
        return this.#saveReport();
    }
  }

  #build(settings: NetworkSettings): void {
    this.#asked++;
    refuse(networkProblems(settings));
    this.#network = settings;
    this.#make();
  }

  #setTraining(settings: TrainingSettings): void {
    refuse(trainingProblems(settings));
    this.#training = settings;
    if (this.#trainer) this.#trainer.settings = settings;
  }

  #freeze(layer: string, frozen: boolean): void {
    this.#model.layer(layer).trainable = !frozen;
    this.#tellNetwork();
    if (canTrain(this.#model) || this.#trainer?.state !== "running") return;
    this.#trainer.pause();
    throw new Refusal(allFrozen);
  }

  #setData(data: TrainingData): void {
    this.#data = data;
    this.#send({ type: "data", data: data.facts });
    this.#make();
  }

  /** Makes a network for the current data. */
  #make(): void {
    this.#form = this.#network;
    this.#use(buildNetwork(this.#network, this.#data.facts.side), undefined);
  }

  /** Makes this the current network. */
  #use(model: Sequential, file: string | undefined): void {
    this.#trainer?.end();
    this.#trainer = undefined;
    this.#model = model;
    this.#file = file;
    this.#generation++;
    const generation = this.#generation;
    this.#tellNetwork();
    this.#picture = this.#shownPicture;
    this.#trainer = new Trainer(model, this.#data, this.#training, this.#gate, (progress, points) => {
      if (generation !== this.#generation) return;
      this.#send({ type: "progress", generation, progress, points });
      this.#tellSights(progress.state !== "running");
    });
    this.#trainer.onFailure = (error) => this.#report(error);
    if (this.#fits) this.#trainer.begin();
    else this.#trainer.report();
  }

  /** Whether the network can read the pictures of the data: a network from a file may be for another size. */
  get #fits(): boolean {
    return sideOf(this.#model) === this.#data.facts.side;
  }

  #refuseOtherPictures(): void {
    if (this.#fits) return;
    const [side, other] = [sideOf(this.#model), this.#data.facts.side];
    throw new Refusal(
      `This network reads pictures of ${side} × ${side} pixels, and the data have ${other} × ${other}. ` +
        "It can read what you draw; to train it, choose the IDX files of its data.",
    );
  }

  async #load(files: readonly ChosenFile[]): Promise<void> {
    const models = files.filter(isModel);
    const rest = files.filter((file) => !models.includes(file));
    if (models.length > 1) throw new Refusal(`One model at a time, please: got ${models.length} .safetensors files.`);
    if (rest.length > 0) this.#setData(await dataFromFiles(rest));
    for (const { name, bytes } of models) {
      const model = await loadNamed(name, bytes);
      const side = sideOf(model);
      if (side === undefined) {
        throw new Refusal(
          `${name}: the network must take square pictures as rows of numbers and output ten scores, got an input of ` +
            `[${model.inputShape?.join(", ")}] and an output of [${model.outputShape?.join(", ")}].`,
        );
      }
      const { activation, dropout, batchNorm, seed } = this.#network;
      this.#form = formOf(model, seed);
      this.#network = {
        ...this.#form,
        activation: this.#form.activation ?? activation,
        dropout: this.#form.dropout ?? dropout,
        batchNorm: this.#form.batchNorm ?? batchNorm,
      };
      this.#use(model, name);
    }
  }

  #save(): void {
    const { buffer } = encodeModel(this.#model);
    this.#send({ type: "saved", bytes: buffer, name: "digits.safetensors", media: "application/octet-stream" }, [
      buffer,
    ]);
  }

  async #saveReport(): Promise<void> {
    const history = await this.#trainer?.history();
    if (!history) return;
    const { buffer } = new TextEncoder().encode(renderReport(history));
    this.#send({ type: "saved", bytes: buffer, name: "digits-report.html", media: "text/html" }, [buffer]);
  }

  /** Sends pictures of the current weights, the mistakes and the prediction. */
  #tellSights(isStill: boolean): void {
    const now = performance.now();
    this.#tellPrediction();
    if (isStill || now - this.#weightsAt > weightsEvery) {
      this.#weightsAt = now;
      this.#tellWeights();
      this.#tellMaps();
    }
    if (this.#fits && (isStill || now - this.#mistakesAt > mistakesEvery)) {
      this.#mistakesAt = now;
      const { test } = this.#data;
      const isSlow = this.#model.layers.some((layer) => layer instanceof Conv2D);
      const read = isSlow ? take(test, { to: Math.min(test.size, mostReadByConvolutions) }) : test;
      this.#send({ type: "mistakes", ...mistakesOf(this.#model, read, mostMistakes) });
    }
  }

  #tellWeights(): void {
    const weights = firstWeights(this.#model, mostPictures);
    const shown = weights ?? { side: 0, units: 0, pictures: new Float32Array(), kind: "units" as const };
    this.#send({ type: "weights", ...shown }, [shown.pictures.buffer as ArrayBuffer]);
  }

  #tellMaps(): void {
    const picture = this.#shownPicture;
    const layers = picture ? featureMapsOf(this.#model, picture, mostMaps) : [];
    this.#send({ type: "maps", look: this.#look, layers });
  }

  /** The picture, if the network can read it. */
  get #shownPicture(): Float32Array | undefined {
    return this.#picture?.length === this.#model.inputShape?.[0] ? this.#picture : undefined;
  }

  #tellPrediction(): void {
    const picture = this.#shownPicture;
    const probabilities = picture && probabilitiesOf(this.#model, picture);
    this.#send({ type: "prediction", look: this.#look, probabilities });
  }

  /** Sends another picture of the test data at every call; the order looks random, and reaches all of them. */
  #tellExample(): void {
    const { test } = this.#data;
    this.#refuseOtherPictures();
    const row = (this.#examples++ * 137 + 11) % test.size;
    this.#send({ type: "example", picture: pictureAt(test, row), label: Number(test.y.data[row]) });
  }

  #tellNetwork(): void {
    const network: NetworkFacts = {
      generation: this.#generation,
      ...factsOf(this.#model),
      side: sideOf(this.#model) ?? 0,
      form: this.#form,
      asked: this.#asked,
      file: this.#file,
    };
    this.#send({ type: "network", network });
  }

  #tellEngine(): void {
    const { threads, reason } = getThreads();
    const cores = Math.max(1, Math.min(navigator.hardwareConcurrency ?? 1, 16));
    const engine = { backend: getBackend(), available: availableBackends(), threads, cores, reason };
    this.#send({ type: "engine", engine });
  }

  #report(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#send({ type: "problem", message });
  }
}

const allFrozen = "All layers are frozen: nothing to train.";

/** @throws Refusal that names all problems, if there are any. */
const refuse = (problems: Problems<string>): void => {
  const all = Object.values(problems);
  if (all.length > 0) throw new Refusal(all.join(" "));
};

/** The longest header that the format allows. */
const mostHeader = 100_000_000n;

/** Whether a file begins like a safetensors file: with the length of its header, and the brace that opens it. */
const beginsAsModel = (bytes: ArrayBuffer): boolean => {
  if (bytes.byteLength < 9) return false;
  const view = new DataView(bytes);
  return view.getBigUint64(0, true) <= mostHeader && view.getUint8(8) === 0x7b;
};

const isModel = ({ name, bytes }: ChosenFile): boolean =>
  name.toLowerCase().endsWith(".safetensors") || beginsAsModel(bytes);

const loadNamed = async (name: string, bytes: ArrayBuffer): Promise<Sequential> => {
  if (!beginsAsModel(bytes)) {
    throw new Refusal(`${name} is not a model file: it does not begin like a safetensors file. Choose another file.`);
  }
  try {
    return await loadModel(bytes);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(error.message.replace(/^loadModel/, name));
  }
};
