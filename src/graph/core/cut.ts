import type { Program } from "./program.ts";
import type { GraphRecord, TensorRecord } from "./record.ts";

/** The part of a graph that some tensors need, and the positions of its variables among those of the whole. */
export const cutRecord = (
  program: Program,
  outputs: readonly TensorRecord[],
): { readonly record: GraphRecord; readonly variables: readonly number[] } => {
  const { record } = program;
  const plan = program.plan(
    outputs.map(({ name }) => name),
    true,
  );
  const used = new Set(plan.tensors);
  const nodes = record.nodes.filter(([, , , names]) => names.some((name) => used.has(name)));
  const asked = new Set([...nodes.flatMap(([, , inputs]) => inputs), ...outputs.map(({ name }) => name)]);
  return {
    record: {
      ...record,
      nodes,
      outputs,
      inputs: plan.inputs.map((index) => record.inputs[index]),
      constants: record.constants.filter(([name]) => asked.has(name)),
      variables: plan.variables.map((index) => record.variables[index]),
    },
    variables: plan.variables,
  };
};
