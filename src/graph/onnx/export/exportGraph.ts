import { cannotWrite } from "./checkOperations.ts";
import type { ExportedGraph } from "./exportedGraph.ts";
import { exporters } from "./exporters.ts";
import { ExportValue } from "./exportValue.ts";
import { CannotExport, GraphBuilder } from "./graphBuilder.ts";
import { shapeIn } from "./lengths.ts";
import { nameAll } from "./nameValues.ts";
import type { PairedCall, PairedTrace, PairedValue } from "./pairTraces.ts";

/**
 * Writes what a function computes as a graph of nodes.
 * @param inputs The names of the inputs. @param outputs Those of the outputs; undefined for one that keeps the name of its layer.
 * @param trace Of primitives that have exporters.
 * @throws ValueError that lists all primitives whose options cannot be written, with the layers that use them.
 */
export const exportGraph = (
  where: string,
  trace: PairedTrace,
  opset: number,
  inputs: readonly string[],
  outputs: readonly (string | undefined)[],
): ExportedGraph => {
  const paths = pathsOf(trace);
  const given = trace.values
    .filter((value) => value?.source.kind === "input")
    .map((value, index) => new ExportValue(value as PairedValue, "", undefined, inputs[index]));
  const graph = new GraphBuilder(opset, given);
  const values = trace.values.map((value) => value && initialValue(value, graph));
  const problems = new Map<string, Set<string>>();
  const failed = new Set<number>();
  for (const call of trace.calls) {
    const problem = call.inputs.some((input) => failed.has(input)) ? "" : writeCall(call, trace, values, graph, paths);
    if (problem === undefined) continue;
    for (const output of call.outputs) failed.add(output);
    // What is computed from it is not looked at.
    if (problem === "") continue;
    problems.set(problem, (problems.get(problem) ?? new Set()).add(call.layer));
  }
  if (problems.size > 0) throw cannotWrite(where, problems);
  const results = trace.outputs.map((output, index) =>
    namedOutput(graph, values[output] as ExportValue, outputs[index]),
  );
  return nameAll(where, graph, results);
};

/** Applies the exporter of a call. @returns What is in the way; undefined when it is written. */
const writeCall = (
  call: PairedCall,
  trace: PairedTrace,
  values: (ExportValue | undefined)[],
  graph: GraphBuilder,
  paths: ReadonlyMap<number, string>,
): string | undefined => {
  const write = exporters[call.primitive];
  const outputs = call.outputs.map((output) => trace.values[output] as PairedValue);
  const operands = call.inputs.map((input) => trace.values[input] as PairedValue);
  if ([...operands, ...outputs].some(({ dtype }) => dtype === "float64")) return `${call.primitive} (in float64)`;
  graph.layer = call.layer;
  try {
    const inputs = call.inputs.map((input) => values[input] as ExportValue);
    const results = write({ ...call, inputs, outputs }, graph);
    for (const [index, result] of (Array.isArray(results) ? results : [results]).entries()) {
      const output = call.outputs[index];
      values[output] = result;
      const path = paths.get(output);
      if (path !== undefined && result.node && result.name === undefined) result.name = path;
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof CannotExport)) throw error;
    return `${call.primitive} (${error.message})`;
  }
};

/** Inputs, variables and constants; undefined for what calls compute. */
const initialValue = ({ source, layer, ...type }: PairedValue, graph: GraphBuilder): ExportValue | undefined => {
  if (source.kind === "input") return graph.inputs[source.index];
  if (source.kind === "result") return undefined;
  const shape = shapeIn(type.shape, 0);
  graph.layer = layer;
  if (source.kind === "constant") return graph.constant(type.dtype, shape, source.elements, type.scale);
  return graph.variable(source.variable, type);
};

/** The names of values. What a layer that is called several times gives is numbered. */
const pathsOf = ({ names }: PairedTrace): ReadonlyMap<number, string> => {
  const first = new Map<number, string>();
  // A model ends with its last layer, whose name the value keeps.
  for (const [value, name] of names) if (!first.has(value)) first.set(value, name);
  const counts = new Map<string, number>();
  for (const name of first.values()) counts.set(name, (counts.get(name) ?? 0) + 1);
  const seen = new Map<string, number>();
  return new Map(
    Array.from(first, ([value, name]) => {
      if (counts.get(name) === 1) return [value, name];
      const number = seen.get(name) ?? 0;
      seen.set(name, number + 1);
      return [value, `${name}:${number}`];
    }),
  );
};

/** An output under its name. What has another name already, or is not computed, is passed on by a node of its own. */
const namedOutput = (graph: GraphBuilder, value: ExportValue, name: string | undefined): ExportValue => {
  if (value.node && value.name === undefined) value.name = name;
  if (value.node && (name === undefined || value.name === name)) return value;
  graph.layer = "";
  const output = graph.node("Identity", [value], value.type);
  output.name = name ?? "output";
  return output;
};
