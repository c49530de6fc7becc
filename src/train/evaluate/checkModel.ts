import { descriptionOf } from "../../base/describe.ts";
import { ValueError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import { Layer } from "../../layers/base/layer.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Loss } from "../metrics/loss.ts";

/** @throws ValueError unless it is a model. */
export const checkModel = (operation: string, model: unknown): void => {
  if (model instanceof Layer) return;
  throw new ValueError(
    `${operation}: the model must be a layer, got ${showValue(model)}. Pass one model: new Sequential({ layers }), for example.`,
  );
};

/** What a loss applies to the outputs by itself, and how it takes outputs to which that was done. */
const applied: Readonly<Record<string, { readonly activation: string; readonly undone: string }>> = {
  softmaxCrossEntropy: { activation: "softmax", undone: "softmaxCrossEntropy(log(p), y, options)" },
  sigmoidCrossEntropy: {
    activation: "sigmoid",
    undone: "sigmoidCrossEntropy(sub(log(p), log(sub(1, p))), y, options)",
  },
};

/**
 * Refuses a model that ends with probabilities, for a loss that takes scores: it would apply softmax or sigmoid once more,
 * and training would be slow and bad without a word. What logSoftmax gives is scores too: softmax makes the same of them.
 * @param loss Undefined for the default.
 * @throws ValueError.
 */
export const checkOutputs = (operation: string, model: Layer, loss: Loss | undefined): void => {
  const activation = model.lastActivation?.name;
  if (activation !== "softmax" && activation !== "sigmoid") return;
  const name = loss === undefined ? "softmaxCrossEntropy" : (descriptionOf(loss)?.name ?? "");
  if (!Object.hasOwn(applied, name)) return;
  const { activation: own, undone } = applied[name];
  throw new ValueError(
    `${operation}: the model must end with scores (logits) for ${name}, which applies ${own} itself, got ` +
      `"${model.name}", which ends with ${activation}. Leave that activation out, and take ${own}(model.predict(x)) for ` +
      `probabilities. Where the model cannot be changed: { loss: (p, y, options) => ${undone} }.`,
  );
};

/** @throws ValueError for targets in the place of options, as in other libraries. */
export const checkIsOptions = (operation: string, options: unknown, call: string): void => {
  if (!(options instanceof Tensor) && !Array.isArray(options)) return;
  throw new ValueError(
    `${operation}: inputs and targets must be one data set, got ${showValue(options)} as the third argument. Write ${call}.`,
  );
};
