import { descriptionOf } from "../../../base/describe.ts";
import type { ActivationParameters } from "../../../layers/base/activations.ts";
import { pythonNumber } from "./pythonText.ts";

/** The dimension of PyTorch that an axis becomes, where channels come first. */
export const dimensionOf = (axis: number, rank: number, channelsFirst: boolean): number => {
  const from = axis < 0 ? axis + rank : axis;
  if (!channelsFirst || from === 0) return from;
  return from === rank - 1 ? 1 : from + 1;
};

/** The place of an activation: the rank of its input, and whether channels come first there. */
interface Place {
  readonly rank: number;
  readonly channelsFirst: boolean;
}

type Text = (x: string, parameters: ActivationParameters, place: Place) => string;

const softmaxText =
  (name: string): Text =>
  (x, { axis = -1 }, { rank, channelsFirst }) =>
    `F.${name}(${x}, dim=${dimensionOf(axis, rank, channelsFirst)})`;

const texts: Readonly<Record<string, Text>> = {
  linear: (x) => x,
  sigmoid: (x) => `torch.sigmoid(${x})`,
  tanh: (x) => `torch.tanh(${x})`,
  relu: (x) => `F.relu(${x})`,
  leakyRelu: (x, { slope = 0.01 }) => `F.leaky_relu(${x}, ${pythonNumber(slope)})`,
  elu: (x, { alpha = 1 }) => (alpha === 1 ? `F.elu(${x})` : `F.elu(${x}, ${pythonNumber(alpha)})`),
  selu: (x) => `F.selu(${x})`,
  gelu: (x, { approximate = "none" }) => (approximate === "none" ? `F.gelu(${x})` : `F.gelu(${x}, approximate="tanh")`),
  silu: (x) => `F.silu(${x})`,
  softplus: (x) => `F.softplus(${x})`,
  softmax: /* @__PURE__ */ softmaxText("softmax"),
  logSoftmax: /* @__PURE__ */ softmaxText("log_softmax"),
};

/**
 * An activation of an expression in Python.
 * @param activation A name, a function of the library, or what a config holds in its place.
 * @returns undefined for a custom function.
 */
export const activationText = (
  activation: unknown,
  parameters: ActivationParameters,
  x: string,
  place: Place,
): string | undefined => {
  const name = nameOf(activation);
  if (name === undefined || !Object.hasOwn(texts, name)) return undefined;
  return texts[name](x, parameters, place);
};

const nameOf = (activation: unknown): string | undefined => {
  if (activation === undefined) return "linear";
  if (typeof activation === "string") return activation;
  const description = descriptionOf(activation);
  if (description) return description.isCustom ? undefined : description.name;
  const { function: name } = Object(activation) as { readonly function?: unknown };
  return typeof name === "string" ? name : undefined;
};
