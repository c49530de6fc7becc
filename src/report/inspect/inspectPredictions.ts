import type { Dataset } from "../../data/dataset.ts";
import { rowRange } from "../../data/gatherRows.ts";
import type { Layer } from "../../layers/base/layer.ts";
import { predictInChunks } from "../../layers/predict.ts";
import { isFloat } from "../../tensor/dtype.ts";
import { pacer } from "../../train/batches/nextTask.ts";
import type { Inspection } from "../../train/history/inspection.ts";
import { isClassification } from "../../train/metrics/accuracy.ts";
import { areAnswers, BinaryEvaluator } from "./inspectBinary.ts";
import { ClassEvaluator, type ClassOptions } from "./inspectClasses.ts";
import { ValueEvaluator } from "./inspectValues.ts";

/** Rows that are predicted at once: the event loop waits for them. */
const chunk = 256;

/**
 * What a model makes of a data set: which classes it takes for which, yes and no among them, or how far off its numbers are;
 * nothing where it does neither. Between two chunks of examples the event loop runs when it is time.
 */
export const inspectPredictions = async (
  model: Layer,
  data: Dataset,
  options: ClassOptions,
): Promise<Pick<Inspection, "classes" | "values">> => {
  const { x, y, size } = data;
  const [pace, ofClasses, ofAnswers, ofValues] = [
    pacer(),
    new ClassEvaluator(),
    new BinaryEvaluator(),
    new ValueEvaluator(),
  ];
  const isQuestion = areAnswers(data);
  for (let from = 0; from < size; from += chunk) {
    const to = Math.min(from + chunk, size);
    const predictions = predictInChunks(model, rowRange(x, from, to), chunk);
    const targets = rowRange(y, from, to);
    if (isClassification(predictions, y)) ofClasses.add(predictions, targets, from);
    else if (isQuestion && predictions.size === targets.size) ofAnswers.add(predictions, targets);
    else if (isFloat(y.dtype) && predictions.size === targets.size) ofValues.add(predictions, targets, from);
    else return {};
    if (pace.isDue()) await pace.pause();
  }
  const classes = ofClasses.result(data, options) ?? ofAnswers.result(data, options);
  const values = ofValues.result(data, options);
  return { ...(classes ? { classes } : {}), ...(values ? { values } : {}) };
};
