import type { History } from "../../train/history/history.ts";
import { formatPercent, shortNumber } from "../../train/history/numberText.ts";
import { extentOf, median } from "../page/collections.ts";
import type { Line } from "../page/lineChart.ts";
import { withoutModel } from "../page/words.ts";
import { epochFindings } from "./epochFindings.ts";
import type { Finding } from "./finding.ts";
import { isKernel, variableLines } from "./measures.ts";

/** From which values on a run has a finding. Rules of thumb: a finding says what was measured, so that readers can judge. */
const limits = {
  /** Vanishing: the gradient of the first layer's weights, as a part of the last layer's. */
  vanishing: 1e-2,
  /** Exploding: the largest gradient norm, as a multiple of the median. */
  exploding: 1e3,
  /** An update is too small or too large a part of the weights. */
  smallUpdate: 1e-6,
  largeUpdate: 0.1,
  /** Units that nothing trains any more. */
  dead: 0.25,
  /** Activations that are flat; of ReLU half are meant to be. */
  saturated: 0.5,
  saturatedRelu: 0.9,
} as const;

/** How the reason begins when a run stopped because of an error. */
export const failed = "it failed: ";

/** The findings of a run, the worst first. */
export const findingsOf = (history: History): readonly Finding[] => {
  const findings = [
    stopped(history),
    nonFinite(history),
    ...epochFindings(history),
    ...gradientFindings(history),
    ...activationFindings(history),
  ].filter((finding) => finding !== undefined);
  const order = ["bad", "watch", "good"];
  return findings.sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
};

const stopped = ({ stopped: reason }: History): Finding | undefined =>
  reason === undefined
    ? undefined
    : {
        level: reason.startsWith(failed) ? "bad" : "watch",
        text: `Training stopped before its last epoch: ${reason}${/[.!?…]$/.test(reason) ? "" : "."}`,
      };

const nonFinite = ({ inspections }: History): Finding | undefined => {
  for (const { step, variables = [] } of inspections) {
    const bad = variables.filter(({ isNonFinite }) => isNonFinite).map(({ name }) => withoutModel(name));
    if (bad.length === 0) continue;
    return { level: "bad", text: `In step ${step}, weights or gradients were no finite numbers: ${bad.join(", ")}.` };
  }
  return undefined;
};

const usualOf = ({ points }: Line): number => median(points.map(([, value]) => value));

const gradientFindings = (history: History): readonly Finding[] => {
  const findings: Finding[] = [];
  const kernels = variableLines(history, "gradientNorm", isKernel);
  const [first, final] = [kernels[0], kernels.at(-1)];
  if (first && final && kernels.length > 2) {
    const [low, high] = [usualOf(first), usualOf(final)];
    if (low < limits.vanishing * high) {
      findings.push({
        level: "bad",
        text:
          `Vanishing gradients: that of ${first.label} was ${shortNumber(low)} in the median, that of ${final.label} ` +
          `${shortNumber(high)}. ReLU or ELU, He initialization or batch norm help.`,
      });
    }
  }
  for (const { label, points } of kernels) {
    const norms = points.map(([, norm]) => norm);
    const [, largest] = extentOf(norms);
    const usual = median(norms);
    if (!(usual > 0) || largest < limits.exploding * usual) continue;
    const text =
      `Exploding gradients: that of ${label} reached ${shortNumber(largest)}, usually it was ${shortNumber(usual)}. ` +
      "A lower learning rate or clipByGlobalNorm helps.";
    findings.push({ level: "bad", text });
  }
  for (const { label, points } of variableLines(history, "updateRatio", isKernel)) {
    const usual = median(points.slice(points.length >> 1).map(([, ratio]) => ratio));
    if (usual >= limits.smallUpdate && usual <= limits.largeUpdate) continue;
    const text = `A step changed ${label} by ${shortNumber(usual)} of its norm, in the second half of the run: ${
      usual > limits.largeUpdate ? "large updates; a lower learning rate may do better" : "it hardly learnt any more"
    }.`;
    findings.push({ level: "watch", text });
  }
  return findings;
};

const activationFindings = ({ inspections }: History): readonly Finding[] => {
  const findings: Finding[] = [];
  const last = inspections.findLast(({ activations }) => activations)?.activations ?? [];
  for (const { layer, activation, saturated = 0, dead = 0 } of last) {
    if (dead > limits.dead) {
      const text = `Of the units of ${layer} (${activation}), ${formatPercent(dead)} were dead at the end: flat for every example. `;
      findings.push({ level: "watch", text: `${text}A lower learning rate, leakyRelu or ELU keep them alive.` });
    } else if (saturated > (/relu/i.test(activation) ? limits.saturatedRelu : limits.saturated)) {
      const text = `${layer} (${activation}) was flat for ${formatPercent(saturated)} of its inputs at the end: little gradient passes. `;
      findings.push({ level: "watch", text: `${text}Smaller initial weights, batch norm or standardized data help.` });
    }
  }
  return findings;
};
