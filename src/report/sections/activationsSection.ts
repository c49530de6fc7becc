import type { History } from "../../train/history/history.ts";
import type { ActivationInspection } from "../../train/history/inspection.ts";
import { grouped } from "../page/collections.ts";
import { type Line, lineChart } from "../page/lineChart.ts";
import type { Section } from "../page/page.ts";

/** What was seen of each activation over the steps, in the order of the layers. */
const activationLines = (
  { inspections }: Pick<History, "inspections">,
  measure: "saturated" | "dead" | "mean" | "deviation",
): readonly Line[] => {
  const seen = inspections.flatMap(({ epoch, activations: all = [] }) =>
    all.flatMap((activation) => {
      const value = activation[measure];
      return value === undefined ? [] : [{ label: labelOf(activation), point: [epoch, value] as const }];
    }),
  );
  return Array.from(
    grouped(seen, ({ label }) => label),
    ([label, all]) => ({
      label,
      points: all.map(({ point }) => point),
    }),
  );
};

/** `hidden1 (relu)`, and of a layer that is an activation its name alone. */
const labelOf = ({ layer, activation }: ActivationInspection): string =>
  layer === activation ? layer : `${layer} (${activation})`;

/** How the activations of the layers went: where they are flat, no gradient passes. */
export const activations = (history: History): Section => ({
  title: "Activations",
  lead: "Of a fixed sample of examples, as in inference.",
  blocks: [
    ...lineChart({
      title: "Saturated activations",
      hint: "The fraction where the activation is nearly flat (slope below 0.01). About half is usual for ReLU.",
      lines: activationLines(history, "saturated"),
      isPercent: true,
    }),
    ...lineChart({
      title: "Dead units",
      hint: "The fraction of units (of a convolution: filters, at all places) that are flat for every example of the sample: nothing trains them any more.",
      lines: activationLines(history, "dead"),
      isPercent: true,
    }),
    ...lineChart({ title: "Mean of the activations", lines: activationLines(history, "mean") }),
    ...lineChart({
      title: "Standard deviation of the activations",
      hint: "Where it shrinks from layer to layer, the signal fades on its way forward.",
      lines: activationLines(history, "deviation"),
      isLogarithmic: true,
    }),
  ],
});
