import type { Variable } from "../../autograd/variable.ts";
import type { Shapes } from "./freeShapes.ts";
import type { Program } from "./program.ts";

/** A shape with `*` for each free length. */
const formatFree = (shape: readonly number[]): string =>
  `[${shape.map((length) => (length < 0 ? "*" : length)).join(", ")}]`;

const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

const total = (variables: readonly Variable[]): number => variables.reduce((sum, { size }) => sum + size, 0);

/**
 * A table of the nodes as text: what each computes, its operator, the shape of it, and the parameters that it is the first
 * to use.
 */
export const summarizeGraph = (
  name: string,
  program: Program,
  variables: readonly Variable[],
  shapes: Shapes | undefined,
): string => {
  const byTensor = new Map(program.record.variables.map(({ tensor }, index) => [tensor, variables[index]]));
  const rows = program.nodes.map(({ op, inputs, outputs }) => {
    const own = inputs.flatMap((input) => byTensor.get(input) ?? []);
    for (const input of inputs) byTensor.delete(input);
    const shape = shapes?.get(outputs[0])?.shape;
    return [outputs[0], op, shape ? formatFree(shape) : "?", grouped(total(own)), grouped(total(trained(own)))];
  });
  const last = [`graph ${name}`, "", "", grouped(total(variables)), grouped(total(trained(variables)))];
  const table = [["tensor", "operator", "shape", "parameters", "trainable"], ...rows, last];
  const widths = table[0].map((_, column) => table.reduce((width, row) => Math.max(width, row[column].length), 0));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column < 3 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join("  ")
      .trimEnd();
  const rule = "-".repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return [line(table[0]), rule, ...rows.map(line), rule, line(last)].join("\n");
};

const trained = (variables: readonly Variable[]): readonly Variable[] => variables.filter(({ trainable }) => trainable);
