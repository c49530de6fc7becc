import { Activation } from "../layers/activation.ts";
import { RandomFlip } from "../layers/augmentation/randomFlip.ts";
import { RandomRotation } from "../layers/augmentation/randomRotation.ts";
import { RandomShift } from "../layers/augmentation/randomShift.ts";
import { RandomZoom } from "../layers/augmentation/randomZoom.ts";
import type { ActivationName } from "../layers/base/activations.ts";
import type { Layer } from "../layers/base/layer.ts";
import { Conv1D } from "../layers/convolution/conv1dLayer.ts";
import { Conv2D } from "../layers/convolution/conv2dLayer.ts";
import { Conv2DTranspose } from "../layers/convolution/conv2dTransposeLayer.ts";
import { DepthwiseConv2D } from "../layers/convolution/depthwiseConv2dLayer.ts";
import { SeparableConv2D } from "../layers/convolution/separableConv2d.ts";
import { Dense } from "../layers/dense.ts";
import { Dropout } from "../layers/dropoutLayer.ts";
import { Embedding } from "../layers/embeddingLayer.ts";
import { Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract } from "../layers/functional/merge.ts";
import { AveragePooling1D, AveragePooling2D } from "../layers/image/averagePooling.ts";
import { Flatten } from "../layers/image/flatten.ts";
import {
  GlobalAveragePooling1D,
  GlobalAveragePooling2D,
  GlobalMaxPooling1D,
  GlobalMaxPooling2D,
} from "../layers/image/globalPooling.ts";
import { MaxPooling1D, MaxPooling2D } from "../layers/image/maxPooling.ts";
import { Reshape } from "../layers/image/reshapeLayer.ts";
import { ZeroPadding2D } from "../layers/image/zeroPadding.ts";
import { BatchNorm } from "../layers/normalization/batchNorm.ts";
import { LayerNorm } from "../layers/normalization/layerNormLayer.ts";
import { PReLU } from "../layers/prelu.ts";
import { Standardize } from "../layers/preprocessing/standardize.ts";
import { namedSlope, readActivation } from "./kerasFunctions.ts";
import type { KerasOptions } from "./kerasOptions.ts";

/** A variable of a layer, in the order of the file. */
export interface KerasVariable {
  /** Its names in Keras; the first is the one here. */
  readonly names: readonly string[];
  /** Whether training changes it. */
  readonly trained: boolean;
  /** Whether axes of length 1 may differ. */
  readonly flexible?: boolean;
  /** Whether the layer here goes without it. */
  readonly unused?: boolean;
  /** The least value that means the same here. */
  readonly above?: number;
}

/** What becomes of a layer of Keras. */
export interface LayerPlan {
  readonly make: () => Layer;
  readonly variables: readonly KerasVariable[];
  /** Values that come from options, by the names of the variables here. */
  readonly values?: Readonly<Record<string, number>>;
}

type Options = Record<string, unknown>;

const trained = (...names: readonly string[]): KerasVariable => ({ names, trained: true });
const fixed = (name: string): KerasVariable => ({ names: [name], trained: false });

/** A class whose constructor checks the options, which come from a file. */
type LayerClass = new (options: never) => Layer;

/** A layer without variables. */
const plain =
  (Class: LayerClass, read: (keras: KerasOptions) => Options = () => ({})) =>
  (keras: KerasOptions): LayerPlan => {
    const options = { ...keras.common(), ...read(keras) };
    return { make: () => new Class(options as never), variables: [] };
  };

/** A layer with kernels, perhaps a bias, and an activation. */
const kernelLayer =
  (
    Class: LayerClass,
    kernels: readonly KerasVariable[],
    read: (keras: KerasOptions) => Options,
    prefixes = ["kernel"],
  ) =>
  (keras: KerasOptions): LayerPlan => {
    const options: Options = {
      ...keras.common(),
      ...read(keras),
      ...keras.same("use_bias"),
      ...keras.activation(),
      ...keras.variables(...prefixes, "bias"),
    };
    const bias = options.useBias === false ? [] : [trained("bias")];
    return { make: () => new Class(options as never), variables: [...kernels, ...bias] };
  };

/** A layer that normalizes, and then applies gamma and beta. */
const normalization =
  (Class: LayerClass, moving: readonly KerasVariable[], read: (keras: KerasOptions) => Options) =>
  (keras: KerasOptions): LayerPlan => {
    const options: Options = {
      ...keras.common(),
      ...keras.single("axis"),
      ...keras.same("epsilon", "center", "scale"),
      ...keras.variables("beta", "gamma"),
      ...read(keras),
    };
    const gamma = options.scale === false ? [] : [trained("gamma")];
    const beta = options.center === false ? [] : [trained("beta")];
    return { make: () => new Class(options as never), variables: [...gamma, ...beta, ...moving] };
  };

/** A layer that is an activation here. */
const activation =
  (read: (keras: KerasOptions) => readonly [ActivationName | undefined, Options]) =>
  (keras: KerasOptions): LayerPlan => {
    const common = keras.common();
    const [name = "linear", options] = read(keras);
    return { make: () => new Activation(name, { ...common, ...options }), variables: [] };
  };

const image2d = (keras: KerasOptions): Options => keras.same("kernel_size", "strides", "padding", "dilation_rate");

const pooling2d = (keras: KerasOptions): Options => keras.same("pool_size", "strides", "padding");
const pooling1d = (keras: KerasOptions): Options => ({
  ...keras.single("pool_size", "strides"),
  ...keras.same("padding"),
});
const globalPooling = (keras: KerasOptions): Options => {
  const keepDims = keras.take("keepdims");
  return keepDims === undefined ? {} : { keepDims };
};

const warp = (keras: KerasOptions): Options => {
  keras.only("value_range", [0, 255]);
  return keras.same("fill_mode", "fill_value", "interpolation");
};

const flipModes: Readonly<Record<string, string>> = { horizontal_and_vertical: "both" };

/** y = scale·x + offset as a standardization with one mean and one variance: (x + offset/scale) / √(1/scale²). */
const rescaling = (keras: KerasOptions): LayerPlan => {
  const options = keras.common();
  const [scale, offset = 0] = [keras.take("scale"), keras.take("offset")];
  const variance = 1 / Number(scale) ** 2;
  const isSound = typeof scale === "number" && scale > 0 && Number.isFinite(variance) && Math.fround(variance) > 0;
  if (!isSound) keras.refuse("scale", scale);
  if (typeof offset !== "number") keras.refuse("offset", offset);
  return {
    make: () => new Standardize({ ...options, axis: [] }),
    variables: [],
    values: { mean: -(offset as number) / (scale as number), variance },
  };
};

/** Keras divides by no less than this. */
const leastStddev = 1e-7;

/** The layers of Keras that have a counterpart, by their classes. */
export const kerasLayers: Readonly<Record<string, (keras: KerasOptions) => LayerPlan>> = {
  Dense: kernelLayer(Dense, [trained("kernel")], (keras) => keras.same("units")),
  Conv1D: kernelLayer(Conv1D, [trained("kernel")], (keras) => ({
    ...keras.same("filters", "padding", "groups"),
    ...keras.single("kernel_size", "strides", "dilation_rate"),
  })),
  Conv2D: kernelLayer(Conv2D, [trained("kernel")], (keras) => ({
    ...keras.same("filters", "groups"),
    ...image2d(keras),
  })),
  Conv2DTranspose: kernelLayer(Conv2DTranspose, [trained("kernel")], (keras) => {
    keras.only("groups", 1);
    return { ...keras.same("filters", "output_padding"), ...image2d(keras) };
  }),
  DepthwiseConv2D: kernelLayer(
    DepthwiseConv2D,
    [trained("depthwise_kernel", "kernel")],
    (keras) => {
      keras.only("groups", 1);
      return { ...keras.same("depth_multiplier"), ...image2d(keras) };
    },
    ["depthwise"],
  ),
  SeparableConv2D: kernelLayer(
    SeparableConv2D,
    [trained("depthwise_kernel"), trained("pointwise_kernel")],
    (keras) => {
      keras.only("groups", 1);
      // Keras 2 writes these of the class that it extends; the layer has no such kernel.
      keras.without("kernel_initializer", "kernel_regularizer", "kernel_constraint");
      return { ...keras.same("filters", "depth_multiplier"), ...image2d(keras) };
    },
    ["depthwise", "pointwise"],
  ),
  Embedding: (keras) => {
    const options = { ...keras.common(), ...keras.same("input_dim", "output_dim"), ...keras.variables("embeddings") };
    keras.only("mask_zero", false);
    return { make: () => new Embedding(options as never), variables: [trained("embeddings")] };
  },
  BatchNormalization: normalization(BatchNorm, [fixed("moving_mean"), fixed("moving_variance")], (keras) => {
    keras.only("renorm", false);
    keras.only("synchronized", false);
    keras.without("fused");
    return { ...keras.same("momentum"), ...keras.variables("moving_mean", "moving_variance") };
  }),
  LayerNormalization: normalization(LayerNorm, [], (keras) => {
    keras.only("rms_scaling", false);
    return {};
  }),
  PReLU: (keras) => {
    const options = { ...keras.common(), ...keras.variables("alpha") };
    // The shape of alpha says what is shared.
    keras.without("shared_axes");
    return { make: () => new PReLU(options), variables: [{ ...trained("alpha"), flexible: true }] };
  },
  Normalization: (keras) => {
    const options = { ...keras.common(), ...keras.single("axis") };
    keras.only("invert", false);
    // Constants in place of adapt.
    for (const option of ["mean", "variance"]) keras.only(option);
    return {
      make: () => new Standardize(options),
      variables: [
        { ...fixed("mean"), flexible: true },
        { ...fixed("variance"), flexible: true, above: leastStddev ** 2 },
        { ...fixed("count"), unused: true },
      ],
    };
  },
  Rescaling: rescaling,
  Dropout: plain(Dropout, (keras) => {
    keras.only("noise_shape");
    return keras.same("rate");
  }),
  Flatten: plain(Flatten),
  Reshape: plain(Reshape, (keras) => ({ shape: keras.take("target_shape") })),
  ZeroPadding2D: plain(ZeroPadding2D, (keras) => keras.same("padding")),
  MaxPooling1D: plain(MaxPooling1D, pooling1d),
  MaxPooling2D: plain(MaxPooling2D, pooling2d),
  AveragePooling1D: plain(AveragePooling1D, pooling1d),
  AveragePooling2D: plain(AveragePooling2D, pooling2d),
  GlobalAveragePooling1D: plain(GlobalAveragePooling1D, globalPooling),
  GlobalAveragePooling2D: plain(GlobalAveragePooling2D, globalPooling),
  GlobalMaxPooling1D: plain(GlobalMaxPooling1D, globalPooling),
  GlobalMaxPooling2D: plain(GlobalMaxPooling2D, globalPooling),
  Add: plain(Add),
  Average: plain(Average),
  Maximum: plain(Maximum),
  Minimum: plain(Minimum),
  Multiply: plain(Multiply),
  Subtract: plain(Subtract),
  Concatenate: plain(Concatenate, (keras) => keras.same("axis")),
  RandomFlip: plain(RandomFlip, (keras) => {
    keras.only("value_range", [0, 255]);
    const mode = keras.take("mode");
    return mode === undefined ? {} : { mode: flipModes[String(mode)] ?? mode };
  }),
  RandomRotation: plain(RandomRotation, (keras) => ({ ...warp(keras), ...keras.same("factor") })),
  RandomTranslation: plain(RandomShift, (keras) => ({
    ...warp(keras),
    ...keras.same("height_factor", "width_factor"),
  })),
  RandomZoom: plain(RandomZoom, (keras) => ({ ...warp(keras), ...keras.same("height_factor", "width_factor") })),
  Activation: activation((keras) => {
    const value = keras.take("activation");
    const name = readActivation(value);
    if (name === undefined) keras.refuse("activation", value);
    return [name, name === "leakyRelu" ? { slope: namedSlope } : {}];
  }),
  Identity: activation(() => ["linear", {}]),
  ReLU: activation((keras) => {
    keras.only("max_value");
    keras.only("threshold", 0);
    const slope = keras.take("negative_slope") ?? 0;
    return slope === 0 ? ["relu", {}] : ["leakyRelu", { slope }];
  }),
  LeakyReLU: activation((keras) => {
    const [slope, alpha = 0.3] = [keras.take("negative_slope"), keras.take("alpha")];
    return ["leakyRelu", { slope: slope ?? alpha }];
  }),
  ELU: activation((keras) => ["elu", keras.same("alpha")]),
  Softmax: activation((keras) => ["softmax", keras.single("axis")]),
};
