import { descriptionOf } from "../../../base/describe.ts";

const texts: Readonly<Record<string, string>> = {
  softmaxCrossEntropy:
    'F.cross_entropy(outputs, targets if targets.is_floating_point() else targets.long(), reduction="none")',
  sigmoidCrossEntropy: 'F.binary_cross_entropy_with_logits(outputs, targets.float(), reduction="none")',
  meanSquaredError: 'F.mse_loss(outputs, targets.float(), reduction="none")',
  meanAbsoluteError: 'F.l1_loss(outputs, targets.float(), reduction="none")',
  huber: 'F.huber_loss(outputs, targets.float(), reduction="none")',
};

/** The losses of the elements in Python: an expression of `outputs` and `targets`; undefined for a custom loss. */
export const lossText = (loss: unknown): string | undefined => {
  const description = descriptionOf(loss);
  return description && !description.isCustom && Object.hasOwn(texts, description.name)
    ? texts[description.name]
    : undefined;
};
