import type { History } from "../../train/history/history.ts";
import type { VariableInspection } from "../../train/history/inspection.ts";
import { isKernel, variableLines } from "../analysis/measures.ts";
import { type Line, lineChart } from "../page/lineChart.ts";
import type { Section } from "../page/page.ts";

const trained = (variables: readonly VariableInspection[]): ReadonlySet<string> =>
  new Set(variables.filter(({ gradientNorm }) => gradientNorm !== undefined).map(({ name }) => name));

/** Where all lines are of kernels, the names of the layers say enough. */
const byLayer = (lines: readonly Line[]): readonly Line[] =>
  lines.map((line) => ({ ...line, label: line.label.replace(/\/kernel$/, "") }));

/** How gradients, updates and weights of the layers went: vanishing and exploding gradients are seen here. */
export const gradients = (history: History): Section => {
  const all = trained(history.inspections.flatMap(({ variables = [] }) => variables));
  const isTrained = (name: string): boolean => all.has(name);
  const kernels = [...all].filter(isKernel).length;
  const isMain = kernels > 0 ? isKernel : isTrained;
  const others = kernels > 0 ? (name: string): boolean => isTrained(name) && !isKernel(name) : () => false;
  return {
    title: "Gradients",
    lead:
      "Where gradients vanish, the lines of the first layers lie powers of ten below those of the last ones; where they " +
      "explode, lines shoot up. Norms are Euclidean, of one batch, before clipping.",
    blocks: [
      ...lineChart({
        title: "Norm of the gradients of weights",
        hint: "One line for each layer, in the order of the layers.",
        lines: byLayer(variableLines(history, "gradientNorm", isMain)),
        isLogarithmic: true,
      }),
      ...lineChart({
        title: "Norm of the gradients of biases and others",
        lines: variableLines(history, "gradientNorm", others),
        isLogarithmic: true,
      }),
      ...lineChart({
        title: "Size of an update",
        hint: "‖Δw‖ / ‖w‖ of one step. About 0.001 is usual; far less is hardly any learning, far more is leaping.",
        lines: byLayer(variableLines(history, "updateRatio", isMain)),
        isLogarithmic: true,
      }),
      ...lineChart({
        title: "Norm of the weights",
        lines: byLayer(variableLines(history, "norm", isMain)),
        isLogarithmic: true,
      }),
    ],
  };
};
