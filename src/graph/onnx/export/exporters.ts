import type { Exporters } from "./exporter.ts";
import { elementwiseExporters } from "./operators/elementwiseExporters.ts";
import { imageExporters } from "./operators/imageExporters.ts";
import { layoutExporters } from "./operators/layoutExporters.ts";
import { networkExporters } from "./operators/networkExporters.ts";
import { reductionExporters } from "./operators/reductionExporters.ts";

/** The primitives that are written as nodes of ONNX, by their names. */
export const exporters: Exporters = {
  ...elementwiseExporters,
  ...layoutExporters,
  ...reductionExporters,
  ...networkExporters,
  ...imageExporters,
};
