import type { Operators } from "../core/graphNode.ts";
import { tensorflowArithmetic } from "./operators/tensorflowArithmetic.ts";
import { tensorflowControl } from "./operators/tensorflowControl.ts";
import { tensorflowLayout } from "./operators/tensorflowLayout.ts";
import { tensorflowLogic } from "./operators/tensorflowLogic.ts";
import { tensorflowProducts } from "./operators/tensorflowProducts.ts";
import { tensorflowReductions } from "./operators/tensorflowReductions.ts";

/** The operators of TensorFlow 1 that are computed here. */
export const tensorflowOperators: Operators = {
  ...tensorflowArithmetic,
  ...tensorflowLogic,
  ...tensorflowProducts,
  ...tensorflowReductions,
  ...tensorflowLayout,
  ...tensorflowControl,
};
