import type { Operators } from "../core/graphNode.ts";
import { activationOperators } from "./operators/activationOperators.ts";
import { arithmeticOperators } from "./operators/arithmeticOperators.ts";
import { imageOperators } from "./operators/imageOperators.ts";
import { indexingOperators } from "./operators/indexingOperators.ts";
import { layoutOperators } from "./operators/layoutOperators.ts";
import { linearOperators } from "./operators/linearOperators.ts";
import { logicOperators } from "./operators/logicOperators.ts";
import { normalizationOperators } from "./operators/normalizationOperators.ts";
import { reduceOperators } from "./operators/reduceOperators.ts";
import { shapeOperators } from "./operators/shapeOperators.ts";

/** The operators of ONNX that are computed here. */
export const onnxOperators: Operators = {
  ...arithmeticOperators,
  ...logicOperators,
  ...activationOperators,
  ...linearOperators,
  ...normalizationOperators,
  ...layoutOperators,
  ...indexingOperators,
  ...shapeOperators,
  ...reduceOperators,
  ...imageOperators,
};
