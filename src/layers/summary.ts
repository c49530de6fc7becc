import type { Variable } from "../autograd/variable.ts";
import { formatRows, type Shape } from "../tensor/shape.ts";
import type { Layer } from "./base/layer.ts";

const count = (variables: readonly Variable[]): number => variables.reduce((sum, { size }) => sum + size, 0);

/** 266610 → 266,610 */
const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

/**
 * A table of layers as text: the shape of each output (`*` for the rows), the number of parameters, and the number of
 * those that are trained; below each layer, indented, the layers inside of it.
 * @param shapes The shape of one row of each layer's output; undefined before the model is built.
 * @param sources For each layer what it is called with, in a graph.
 */
export const summarize = (
  model: Layer,
  layers: readonly Layer[],
  shapes: readonly Shape[] | undefined,
  sources?: readonly string[],
): string => {
  const rowsOf = (layer: Layer, row: Shape | undefined, depth: number, from = ""): readonly (readonly string[])[] => [
    [
      `${"  ".repeat(depth)}${layer.name}`,
      row ? formatRows(row) : "?",
      layer.built ? grouped(count(layer.variables)) : "?",
      layer.built ? grouped(count(layer.trainableVariables)) : "?",
      from,
    ],
    ...layer.sublayers.flatMap((inner) => rowsOf(inner, inner.outputRow, depth + 1)),
  ];
  const rows = layers.flatMap((layer, index) => rowsOf(layer, shapes?.[index], 0, sources?.[index]));
  const total = model.built
    ? [`model ${model.name}`, "", grouped(count(model.variables)), grouped(count(model.trainableVariables)), ""]
    : [`model ${model.name}`, "not built yet", "?", "?", ""];
  const table = [["layer", "output shape", "parameters", "trainable", sources ? "input" : ""], ...rows, total];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  // Names to the left, numbers to the right.
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column < 2 || column > 3 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join("  ")
      .trimEnd();
  const rule = "-".repeat(widths.reduce((sum, width) => (width > 0 ? sum + width + 2 : sum), -2));
  return [line(table[0]), rule, ...rows.map(line), rule, line(total)].join("\n");
};
