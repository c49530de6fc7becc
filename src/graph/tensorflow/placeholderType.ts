import { tensorflowTypes } from "../../io/formats/tensorflow/tensorflowTypes.ts";
import type { GraphType } from "../core/record.ts";
import { attributesOf } from "./metaAttributes.ts";
import { hostTypeOfCode } from "./metaConstants.ts";
import type { MetaNode, MetaShape } from "./metaGraph.ts";

/** The dtype and the declared shape of a placeholder. */
export const placeholderType = (
  node: MetaNode,
  producer: number,
  where: string,
): { readonly dtype: GraphType | undefined; readonly shape: MetaShape } => {
  const attributes = attributesOf(node, where);
  const type = attributes.get("dtype")?.type ?? 0;
  const dtype = tensorflowTypes.get(type) === "uint8" ? "uint8" : hostTypeOfCode(type);
  const inferred = attributes.get("_output_shapes")?.shapes?.[0];
  const declared = attributes.get("shape")?.shape;
  // Up to version 21 (TensorFlow 1.1), [] means that the shape is unknown.
  const isUnknown = declared?.length === 0 && producer < 22;
  return { dtype, shape: inferred ?? (isUnknown ? undefined : declared) };
};
