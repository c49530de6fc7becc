import type { ActivationParameters } from "../../../layers/base/activations.ts";
import { normalizeAxes } from "../../../tensor/shape.ts";
import { activationText, dimensionOf } from "./activationText.ts";
import { pythonFlag, pythonNumber, pythonTuple } from "./pythonText.ts";
import type { LayerResult, LayerText, TorchCall } from "./torchCall.ts";
import type { Layout } from "./torchValue.ts";

const activationLayerText: LayerText = (call) => {
  const [x, layout] = call.asItIs();
  const { options, layer } = call;
  // The activation is an argument of its own, beside the options.
  const activation = layer.lastActivation === undefined ? undefined : safeConfig(call);
  const place = { rank: call.row.length + 1, channelsFirst: layout === "first" && call.row.length > 1 };
  const text = activationText(activation, options as ActivationParameters, x, place);
  if (text === undefined) call.refuse("a custom function");
  return [text ?? x, layout];
};

/** The name of an activation as the layer's config has it; its error where the function is custom becomes a refusal. */
const safeConfig = ({ layer }: TorchCall): unknown => {
  try {
    return layer.config().activation;
  } catch {
    return () => undefined;
  }
};

const dropoutText: LayerText = (call) => {
  const [x, layout] = call.asItIs();
  const { rate = 0.5 } = call.options as { readonly rate?: number };
  return [`${call.module(`nn.Dropout(${pythonNumber(rate)})`)}(${x})`, layout];
};

const rreluText: LayerText = (call) => {
  const [x, layout] = call.asItIs();
  const { min = 1 / 8, max = 1 / 3 } = call.options as { readonly min?: number; readonly max?: number };
  return [`${call.module(`nn.RReLU(${pythonNumber(min)}, ${pythonNumber(max)})`)}(${x})`, layout];
};

const preluText: LayerText = (call) => {
  call.parameter("alpha", "weight");
  return [`${call.module(`nn.PReLU(${call.row[call.row.length - 1]})`)}(${call.in("first")})`, "first"];
};

/** The inputs in one layout: as they are where all lie alike and have one rank, so that they broadcast alike; else channels last. */
const together = (call: TorchCall): readonly [texts: readonly string[], layout: Layout] => {
  const isFirst = call.inputs.every(
    ({ names, row }) => names.first !== undefined && row.length === call.row.length && row.length > 1,
  );
  const layout = isFirst ? "first" : "last";
  return [call.inputs.map((_, index) => call.in(layout, index)), layout];
};

const joined =
  (join: (texts: readonly string[]) => string): LayerText =>
  (call): LayerResult => {
    const [texts, layout] = together(call);
    return [texts.length === 1 ? texts[0] : join(texts), layout];
  };

const nested = (f: string): LayerText => joined((texts) => texts.reduce((all, text) => `${f}(${all}, ${text})`));

const concatenateText: LayerText = (call) => {
  const [texts, layout] = together(call);
  const { axis = -1 } = call.options as { readonly axis?: number };
  const dim = dimensionOf(axis, call.row.length + 1, layout === "first");
  return [texts.length === 1 ? texts[0] : `torch.cat((${texts.join(", ")}), dim=${dim})`, layout];
};

const oneHotText: LayerText = (call) => {
  const { depth, unknown = "error" } = call.options as {
    readonly depth: number | readonly number[];
    readonly unknown?: string;
  };
  const depths = typeof depth === "number" ? Array<number>(call.row[0] ?? 1).fill(depth) : depth;
  const module = call.module(`${call.helper("OneHot")}(${pythonTuple(depths)}, "${unknown}")`);
  return [`${module}(${call.in("last")})`, "last"];
};

const standardizeText: LayerText = (call) => {
  const { axis = -1, missing } = call.options as {
    readonly axis?: number | readonly number[];
    readonly missing?: string;
  };
  const shape = [1, ...call.row];
  const axes = normalizeAxes(call.layer.path, axis, shape);
  const along = shape.map((length, place) => (axes.includes(place) ? length : 1)).slice(1);
  call.parameter("mean", "mean", { shape: along });
  call.parameter("variance", "variance", { shape: along });
  const helper = call.helper("Standardize");
  return [
    `${call.module(`${helper}(${pythonTuple(along)}, missing=${pythonFlag(missing === "mean")})`)}(${call.in("last")})`,
    "last",
  ];
};

/** Layers without weights that do not need images, and those that join. */
export const plainTexts: readonly (readonly [string, LayerText])[] = /* @__PURE__ */ (() => [
  ["Activation", activationLayerText],
  ["Dropout", dropoutText],
  ["PReLU", preluText],
  ["RReLU", rreluText],
  ["Add", joined((texts) => texts.join(" + "))],
  ["Subtract", joined((texts) => texts.join(" - "))],
  ["Multiply", joined((texts) => texts.join(" * "))],
  ["Average", joined((texts) => `(${texts.join(" + ")}) / ${texts.length}`)],
  ["Maximum", nested("torch.maximum")],
  ["Minimum", nested("torch.minimum")],
  ["Concatenate", concatenateText],
  ["OneHot", oneHotText],
  ["Standardize", standardizeText],
])();
