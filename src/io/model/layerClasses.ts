import { Activation, type ActivationOptions } from "../../layers/activation.ts";
import { RandomFlip } from "../../layers/augmentation/randomFlip.ts";
import { RandomRotation, type RandomRotationOptions } from "../../layers/augmentation/randomRotation.ts";
import { RandomShift, type RandomShiftOptions } from "../../layers/augmentation/randomShift.ts";
import { RandomZoom, type RandomZoomOptions } from "../../layers/augmentation/randomZoom.ts";
import type { ActivationName } from "../../layers/base/activations.ts";
import type { Layer } from "../../layers/base/layer.ts";
import type { LayerConfig } from "../../layers/base/layerOptions.ts";
import { Dense, type DenseOptions } from "../../layers/dense.ts";
import { Dropout } from "../../layers/dropoutLayer.ts";
import { Embedding, type EmbeddingOptions } from "../../layers/embeddingLayer.ts";
import { Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract } from "../../layers/functional/merge.ts";
import { BatchNorm } from "../../layers/normalization/batchNorm.ts";
import { LayerNorm } from "../../layers/normalization/layerNormLayer.ts";
import { PReLU } from "../../layers/prelu.ts";
import { OneHot, type OneHotOptions } from "../../layers/preprocessing/oneHotLayer.ts";
import { Standardize } from "../../layers/preprocessing/standardize.ts";
import { TableEncoder, type TableEncoderOptions } from "../../layers/preprocessing/tableEncoder.ts";
import { RReLU } from "../../layers/rrelu.ts";

interface BuiltIn {
  readonly of: object;
  readonly make: (config: LayerConfig) => Layer;
}

/**
 * The layers that saved models know without `registerLayer`. Their constructors check every option, so that a config of a
 * file is passed on unchanged. `Sequential` is missing: its layers are made first (see architecture.ts).
 */
export const builtInLayers: ReadonlyMap<string, BuiltIn> = /* @__PURE__ */ new Map<string, BuiltIn>([
  [
    "Activation",
    {
      of: Activation,
      make: ({ activation, ...options }) => new Activation(activation as ActivationName, options as ActivationOptions),
    },
  ],
  ["Add", { of: Add, make: (config) => new Add(config) }],
  ["Average", { of: Average, make: (config) => new Average(config) }],
  ["BatchNorm", { of: BatchNorm, make: (config) => new BatchNorm(config) }],
  ["Concatenate", { of: Concatenate, make: (config) => new Concatenate(config) }],
  ["Dense", { of: Dense, make: (config) => new Dense(config as unknown as DenseOptions) }],
  ["Dropout", { of: Dropout, make: (config) => new Dropout(config) }],
  ["Maximum", { of: Maximum, make: (config) => new Maximum(config) }],
  ["Minimum", { of: Minimum, make: (config) => new Minimum(config) }],
  ["Multiply", { of: Multiply, make: (config) => new Multiply(config) }],
  ["Embedding", { of: Embedding, make: (config) => new Embedding(config as unknown as EmbeddingOptions) }],
  ["LayerNorm", { of: LayerNorm, make: (config) => new LayerNorm(config) }],
  ["OneHot", { of: OneHot, make: (config) => new OneHot(config as unknown as OneHotOptions) }],
  ["PReLU", { of: PReLU, make: (config) => new PReLU(config) }],
  ["RandomFlip", { of: RandomFlip, make: (config) => new RandomFlip(config) }],
  [
    "RandomRotation",
    { of: RandomRotation, make: (config) => new RandomRotation(config as unknown as RandomRotationOptions) },
  ],
  ["RandomShift", { of: RandomShift, make: (config) => new RandomShift(config as unknown as RandomShiftOptions) }],
  ["RandomZoom", { of: RandomZoom, make: (config) => new RandomZoom(config as unknown as RandomZoomOptions) }],
  ["RReLU", { of: RReLU, make: (config) => new RReLU(config) }],
  ["Standardize", { of: Standardize, make: (config) => new Standardize(config) }],
  ["Subtract", { of: Subtract, make: (config) => new Subtract(config) }],
  ["TableEncoder", { of: TableEncoder, make: (config) => new TableEncoder(config as unknown as TableEncoderOptions) }],
]);
