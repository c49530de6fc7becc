import { Activation, type ActivationOptions } from "../../layers/activation.ts";
import { RandomFlip } from "../../layers/augmentation/randomFlip.ts";
import { RandomRotation, type RandomRotationOptions } from "../../layers/augmentation/randomRotation.ts";
import { RandomShift, type RandomShiftOptions } from "../../layers/augmentation/randomShift.ts";
import { RandomZoom, type RandomZoomOptions } from "../../layers/augmentation/randomZoom.ts";
import type { ActivationName } from "../../layers/base/activations.ts";
import type { Layer } from "../../layers/base/layer.ts";
import type { LayerConfig } from "../../layers/base/layerOptions.ts";
import { Conv1D, type Conv1DOptions } from "../../layers/convolution/conv1dLayer.ts";
import { Conv2D, type Conv2DOptions } from "../../layers/convolution/conv2dLayer.ts";
import { Conv2DTranspose, type Conv2DTransposeOptions } from "../../layers/convolution/conv2dTransposeLayer.ts";
import { DepthwiseConv2D, type DepthwiseConv2DOptions } from "../../layers/convolution/depthwiseConv2dLayer.ts";
import { SeparableConv2D, type SeparableConv2DOptions } from "../../layers/convolution/separableConv2d.ts";
import { Dense, type DenseOptions } from "../../layers/dense.ts";
import { Dropout } from "../../layers/dropoutLayer.ts";
import { Embedding, type EmbeddingOptions } from "../../layers/embeddingLayer.ts";
import { Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract } from "../../layers/functional/merge.ts";
import { AveragePooling1D, AveragePooling2D } from "../../layers/image/averagePooling.ts";
import { Flatten } from "../../layers/image/flatten.ts";
import {
  GlobalAveragePooling1D,
  GlobalAveragePooling2D,
  GlobalMaxPooling1D,
  GlobalMaxPooling2D,
} from "../../layers/image/globalPooling.ts";
import { MaxPooling1D, MaxPooling2D } from "../../layers/image/maxPooling.ts";
import { Reshape, type ReshapeOptions } from "../../layers/image/reshapeLayer.ts";
import { ZeroPadding2D } from "../../layers/image/zeroPadding.ts";
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
  ["AveragePooling1D", { of: AveragePooling1D, make: (config) => new AveragePooling1D(config) }],
  ["AveragePooling2D", { of: AveragePooling2D, make: (config) => new AveragePooling2D(config) }],
  ["Conv1D", { of: Conv1D, make: (config) => new Conv1D(config as unknown as Conv1DOptions) }],
  ["Conv2D", { of: Conv2D, make: (config) => new Conv2D(config as unknown as Conv2DOptions) }],
  [
    "Conv2DTranspose",
    { of: Conv2DTranspose, make: (config) => new Conv2DTranspose(config as unknown as Conv2DTransposeOptions) },
  ],
  [
    "DepthwiseConv2D",
    { of: DepthwiseConv2D, make: (config) => new DepthwiseConv2D(config as unknown as DepthwiseConv2DOptions) },
  ],
  ["Flatten", { of: Flatten, make: (config) => new Flatten(config) }],
  ["GlobalAveragePooling1D", { of: GlobalAveragePooling1D, make: (config) => new GlobalAveragePooling1D(config) }],
  ["GlobalAveragePooling2D", { of: GlobalAveragePooling2D, make: (config) => new GlobalAveragePooling2D(config) }],
  ["GlobalMaxPooling1D", { of: GlobalMaxPooling1D, make: (config) => new GlobalMaxPooling1D(config) }],
  ["GlobalMaxPooling2D", { of: GlobalMaxPooling2D, make: (config) => new GlobalMaxPooling2D(config) }],
  ["MaxPooling1D", { of: MaxPooling1D, make: (config) => new MaxPooling1D(config) }],
  ["MaxPooling2D", { of: MaxPooling2D, make: (config) => new MaxPooling2D(config) }],
  ["Reshape", { of: Reshape, make: (config) => new Reshape(config as unknown as ReshapeOptions) }],
  [
    "SeparableConv2D",
    { of: SeparableConv2D, make: (config) => new SeparableConv2D(config as unknown as SeparableConv2DOptions) },
  ],
  ["ZeroPadding2D", { of: ZeroPadding2D, make: (config) => new ZeroPadding2D(config) }],
  ["TableEncoder", { of: TableEncoder, make: (config) => new TableEncoder(config as unknown as TableEncoderOptions) }],
]);
