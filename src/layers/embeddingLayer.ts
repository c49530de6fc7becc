import type { Variable } from "../autograd/variable.ts";
import type { Constraint, Regularizer } from "../autograd/variableOptions.ts";
import { DTypeError, ValueError } from "../base/errors.ts";
import { copyOptions, type OptionRule, required, whole } from "../base/options.ts";
import { showValue } from "../base/showValue.ts";
import { embedding } from "../ops/network/embedding.ts";
import type { Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { embeddingsInitializer, type Initializer, type InitializerName } from "./base/initializers.ts";
import { Layer } from "./base/layer.ts";
import { type CallOptions, type LayerOptions, layerRules } from "./base/layerOptions.ts";
import { variableOptions, variableRules } from "./base/layerVariable.ts";

/** Options of `Embedding`. */
export interface EmbeddingOptions extends LayerOptions {
  /** The number of categories: indices lie from 0 to inputDim − 1. */
  readonly inputDim: number;
  /** How many numbers a category becomes. */
  readonly outputDim: number;
  /** Default: uniform from −0.05 to 0.05, as in Keras. */
  readonly embeddingsInitializer?: Initializer | InitializerName;
  /** A penalty on all vectors; a step then updates the whole table. Default: none. */
  readonly embeddingsRegularizer?: Regularizer;
  /** The function that replaces all vectors after each update. Default: none. */
  readonly embeddingsConstraint?: Constraint;
}

const size: OptionRule = /* @__PURE__ */ required(/* @__PURE__ */ whole({ from: 1, to: 2 ** 30 }));

/** @throws ValueError for Keras' mask, which is not here. */
const refuseMask = (options: object): void => {
  if (!("maskZero" in options) && !("mask_zero" in options)) return;
  throw new ValueError(
    `Embedding: maskZero must be left out, got ${showValue((options as { maskZero?: unknown }).maskZero)}: layers do not pass masks on. ` +
      "Leave padding out of what follows yourself: multiply by toFloat(notEqual(indices, 0)) in a custom layer.",
  );
};

/**
 * A trained vector for each category, looked up by number: y[i, ..] = embeddings[x[i], ..]. x holds indices, int32 of any shape with
 * the rows first, [rows] or [rows, length]; y is [rows, outputDim] or [rows, length, outputDim].
 *
 * In a step SGD and AdaGrad update only the vectors that were looked up, so a table may be large; other optimizers update the whole
 * table, because the slots of all its elements decay, and so do steps with clipping, weight decay, a regularizer or a constraint of the
 * table. The results are the same.
 *
 * Source: `keras.layers.Embedding`, without masks; `torch.nn.Embedding`, which starts from normal numbers.
 * @throws ValueError for an option out of range, or, when it is called, for an index that is not a category; DTypeError for
 * indices that are not int32.
 * @example
 * const layer = new Embedding({ inputDim: 3, outputDim: 2, embeddingsInitializer: "ones" });
 * layer.call(tensor([[2, 0]], { dtype: "int32" })).toArray(); // [[[1, 1], [1, 1]]]
 */
export class Embedding extends Layer {
  /** The vectors, [inputDim, outputDim]; they exist once the layer is built. */
  embeddings!: Variable;
  readonly #options: EmbeddingOptions;

  constructor(options: EmbeddingOptions) {
    if (typeof options === "object" && options !== null) refuseMask(options);
    const rules = { inputDim: size, outputDim: size, ...variableRules("embeddings"), ...layerRules };
    const checked = copyOptions("Embedding", options, rules);
    super(checked, "embedding");
    this.#options = checked;
  }

  /** Prepares the layer, once, before its first call. */
  build(_inputShape: Shape): void {
    const { inputDim, outputDim } = this.#options;
    const variable = variableOptions("embeddings", this.#options, [inputDim, outputDim], embeddingsInitializer);
    this.embeddings = this.addVariable("embeddings", variable);
  }

  override get computesOnly(): boolean {
    return this.constructor === Embedding;
  }

  call(input: Tensor, _options?: CallOptions): Tensor {
    if (input.dtype !== "int32") {
      throw new DTypeError(
        `${this.path}: the input must hold indices of dtype int32, got ${input.dtype}. Make them with tensor(values, { dtype: "int32" }).`,
      );
    }
    return embedding(this.embeddings.read(), input);
  }
}
