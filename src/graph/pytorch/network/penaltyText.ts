import { descriptionOf } from "../../../base/describe.ts";
import type { Shape } from "../../../tensor/shape.ts";
import { type Placement, withAxes } from "./placement.ts";
import { pythonNumber, pythonTuple } from "./pythonText.ts";

/** The factors of |w| and of w² in a penalty. */
const factorsOf = (regularizer: unknown): readonly [ofAbs: number, ofSquares: string | undefined] | undefined => {
  const description = descriptionOf(regularizer);
  if (!description || description.isCustom) return undefined;
  const { name, options } = description;
  const squares = (factor: number): string | undefined => {
    if (factor === 0) return undefined;
    return options.variant === "keras" ? pythonNumber(factor) : `${pythonNumber(factor)} / 2`;
  };
  if (name === "l1") return [options.factor as number, undefined];
  if (name === "l2") return [0, squares(options.factor as number)];
  return name === "l1l2" ? [options.l1 as number, squares(options.l2 as number)] : undefined;
};

/** The penalty on a tensor in Python; undefined for a custom regularizer. */
export const penaltyText = (regularizer: unknown, weight: string): string | undefined => {
  const factors = factorsOf(regularizer);
  if (!factors) return undefined;
  const [ofAbs, ofSquares] = factors;
  const terms = [
    ...(ofAbs === 0 ? [] : [`${pythonNumber(ofAbs)} * ${weight}.abs().sum()`]),
    ...(ofSquares === undefined ? [] : [`${ofSquares} * ${weight}.square().sum()`]),
  ];
  return terms.length === 0 ? `0.0 * ${weight}.sum()` : terms.join(" + ");
};

/** A weight under its constraint in Python; undefined for a custom constraint. */
export const constraintText = (
  constraint: unknown,
  weight: string,
  variableShape: Shape,
  placement: Placement,
): string | undefined => {
  const description = descriptionOf(constraint);
  if (!description || description.isCustom) return undefined;
  const { name, options } = description;
  if (name === "nonNegative") return `${weight}.clamp(min=0)`;
  const { text, back, dims } = withAxes(weight, variableShape, placement);
  const { axis = [] } = options as { readonly axis?: number | readonly number[] };
  const along = pythonTuple(dims(typeof axis === "number" ? [axis] : axis));
  if (name === "unitNorm") return back(`unit_norm(${text}, ${along})`);
  if (name !== "maxNorm") return undefined;
  const limit = options.variant === "keras" ? "keras_max_norm" : "max_norm";
  return back(`${limit}(${text}, ${pythonNumber(options.norm as number)}, ${along})`);
};

/** The functions that constraints call, by name. */
export const constraintFunctions: Readonly<Record<string, string>> = {
  max_norm: `def max_norm(weight, limit, dims):
    """The weight, scaled so that no norm along these dimensions is above the limit."""
    norms = torch.linalg.vector_norm(weight, dim=dims, keepdim=True)
    return weight * (limit / norms.clamp(min=limit))`,
  keras_max_norm: `def keras_max_norm(weight, limit, dims):
    """The weight, scaled as Keras does it so that no norm along these dimensions is above the limit."""
    norms = torch.linalg.vector_norm(weight, dim=dims, keepdim=True)
    return weight * (norms.clamp(max=limit) / (norms + 1e-7))`,
  unit_norm: `def unit_norm(weight, dims):
    """The weight, scaled so that its norms along these dimensions are 1."""
    norms = torch.linalg.vector_norm(weight, dim=dims, keepdim=True)
    return weight / (norms + 1e-7)`,
};
