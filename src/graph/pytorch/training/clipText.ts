import { descriptionOf } from "../../../base/describe.ts";
import type { GradientTransform } from "../../../optim/optimizer/gradients.ts";
import { pythonNumber } from "../network/pythonText.ts";

/** Statements of Python that limit `gradients`, or undefined for a clip that has no counterpart. */
export const clipText = (clip: GradientTransform): readonly string[] | undefined => {
  const description = descriptionOf(clip);
  if (!description || description.isCustom) return undefined;
  const { name, options } = description;
  const norm = pythonNumber(options.norm as number);
  if (name === "clipByValue") {
    const limits = `${pythonNumber(options.min as number)}, ${pythonNumber(options.max as number)}`;
    return ["for gradient in gradients:", `    gradient.clamp_(${limits})`];
  }
  // Norms along an axis of a variable, which lies otherwise in PyTorch.
  if (name === "clipByNorm" && options.axis === undefined) {
    return ["for gradient in gradients:", `    gradient.mul_(${norm} / gradient.norm().clamp(min=${norm}))`];
  }
  if (name !== "clipByGlobalNorm") return undefined;
  const measured = "norm = torch.stack([gradient.norm() for gradient in gradients]).norm()";
  const factor =
    options.variant === "pytorch" ? `(${norm} / (norm + 1e-6)).clamp(max=1.0)` : `${norm} / norm.clamp(min=${norm})`;
  return [measured, "for gradient in gradients:", `    gradient.mul_(${factor})`];
};
