import type { MetaGraph } from "./metaGraph.ts";
import { dataInputs, tensorName } from "./metaIndex.ts";

/** Operators whose first input is what a classifier gives. */
const losses = /^(Sparse)?SoftmaxCrossEntropyWithLogits$|^InTopK(V2)?$/;

/** What a loss or an evaluation reads: most likely the outputs of the network, which a file of TensorFlow does not name. */
export const likelyOutputs = ({ nodes }: MetaGraph): readonly string[] => {
  const read = nodes.filter(({ op }) => losses.test(op)).flatMap((node) => dataInputs(node).slice(0, 1));
  return [...new Set(read.map(tensorName))];
};
