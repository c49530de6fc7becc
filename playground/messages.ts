import type { Backend } from "gradus";
import type { NetworkForm, NetworkSettings } from "./network.ts";
import type { TrainingSettings } from "./training.ts";

// What the page and its worker say to each other. Everything here can be copied between threads.

/** A file that a user chose. */
export interface ChosenFile {
  readonly name: string;
  readonly bytes: ArrayBuffer;
}

/** From the page. */
export type Request =
  | { readonly type: "build"; readonly network: NetworkSettings }
  | { readonly type: "training"; readonly training: TrainingSettings }
  | { readonly type: "start" | "pause" | "step" | "save" | "report" | "example" }
  /** `perSecond` undefined: no limit. */
  | { readonly type: "speed"; readonly perSecond: number | undefined }
  | { readonly type: "freeze"; readonly layer: string; readonly frozen: boolean }
  | { readonly type: "backend"; readonly backend: Backend }
  | { readonly type: "threads"; readonly count: number }
  /** `look` counts pictures, so that an answer to an earlier picture can be ignored. `picture` undefined: the surface is empty. */
  | { readonly type: "look"; readonly look: number; readonly picture: Float32Array | undefined }
  /** A saved model and data files may come together. */
  | { readonly type: "files"; readonly files: readonly ChosenFile[] }
  | { readonly type: "digits" };

/**
 * ready: a new network. running, paused. finished: all epochs are done. failed: an error ended training, which may be
 * started again.
 */
export type RunState = "ready" | "running" | "paused" | "finished" | "failed";

/** The state of a run. */
export interface Progress {
  readonly state: RunState;
  readonly epoch: number;
  /** Of the running epoch. */
  readonly batch: number;
  readonly batches: number;
  /** The number of steps since the network was made. */
  readonly steps: number;
  /** The median of the last steps, in milliseconds; undefined before the first. */
  readonly stepTime: number | undefined;
  /** Of the last second, waiting included; undefined while nothing runs. */
  readonly examplesPerSecond: number | undefined;
}

/** A point of the curves, with the measures that are known there. */
export interface CurvePoint {
  readonly epoch: number;
  readonly loss?: number;
  readonly accuracy?: number;
  readonly validationLoss?: number;
  readonly validationAccuracy?: number;
}

/** A layer of the network. */
export interface LayerFacts {
  readonly name: string;
  readonly kind: string;
  readonly output: string;
  readonly parameters: number;
  /** How many of them are trained. */
  readonly trained: number;
  /** Whether it has parameters that can be trained. */
  readonly canTrain: boolean;
}

export interface NetworkFacts {
  /** Increases with every new network: reports about an older network are out of date. */
  readonly generation: number;
  readonly layers: readonly LayerFacts[];
  readonly parameters: number;
  readonly trained: number;
  /** The side of the pictures that it reads. */
  readonly side: number;
  /** Its settings; those of a network from a file are read from its layers. */
  readonly form: NetworkForm;
  /** The number of networks made so far at the page's request; if it is behind the page's count, the form is newer than this. */
  readonly asked: number;
  /** The file that it is from; undefined if it was built here. */
  readonly file: string | undefined;
}

export interface DataFacts {
  readonly name: string;
  readonly side: number;
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

export interface EngineFacts {
  readonly backend: Backend;
  readonly available: readonly Backend[];
  readonly threads: number;
  /** The largest number of threads that the page offers. */
  readonly cores: number;
  /** Why there are fewer threads than were asked for. */
  readonly reason: string | undefined;
}

/** A picture of the test data that the network reads wrongly. */
export interface Mistake {
  readonly picture: Float32Array;
  readonly label: number;
  /** Undefined if the network computes NaN, because its weights have overflowed. */
  readonly predicted: number | undefined;
  /** The probability of its answer, from 0 to 1. */
  readonly probability: number | undefined;
}

/** The outputs of a layer of images for one picture. */
export interface FeatureMaps {
  readonly name: string;
  readonly kind: string;
  readonly side: number;
  readonly channels: number;
  /** The first channels, one map after the other. */
  readonly maps: Float32Array;
}

/** From the worker. */
export type Report =
  | { readonly type: "engine"; readonly engine: EngineFacts }
  | { readonly type: "data"; readonly data: DataFacts }
  | { readonly type: "network"; readonly network: NetworkFacts }
  | {
      readonly type: "progress";
      readonly generation: number;
      readonly progress: Progress;
      readonly points: readonly CurvePoint[];
    }
  | { readonly type: "prediction"; readonly look: number; readonly probabilities: Float32Array | undefined }
  /** What layers of images compute for the picture; empty without a picture, or without such layers. */
  | { readonly type: "maps"; readonly look: number; readonly layers: readonly FeatureMaps[] }
  /** The weights of the first layer, a picture for each of the units (or filters) that are shown. */
  | {
      readonly type: "weights";
      readonly side: number;
      readonly units: number;
      readonly pictures: Float32Array;
      readonly kind: "units" | "filters";
    }
  | { readonly type: "mistakes"; readonly wrong: number; readonly of: number; readonly worst: readonly Mistake[] }
  | { readonly type: "example"; readonly picture: Float32Array; readonly label: number }
  /** A file for the user, of this media type. */
  | { readonly type: "saved"; readonly bytes: ArrayBuffer; readonly name: string; readonly media: string }
  /** A request failed; the page stays usable. */
  | { readonly type: "problem"; readonly message: string };
