import { ShapeError, ValueError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import { isFloat } from "../../tensor/dtype.ts";
import { hostTensor } from "../../tensor/interpret/hostWork.ts";
import { formatShape } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";

/** How much the examples of each class count: a list from class 0 on, or an object where classes left out count 1. */
export type ClassWeights = readonly number[] | Readonly<Record<number, number>>;

/**
 * Weights of classes with which each class counts as much as another, however many examples it has: rows / (classes · rows
 * of the class), so that their mean over the examples is 1. A class below the largest label that has no example counts 1.
 *
 * Source: `class_weight="balanced"` of scikit-learn; King and Zeng, "Logistic regression in rare events data", 2001.
 * @param labels int32 [rows], from 0; or floats of 0 and 1, [rows] or [rows, 1].
 * @throws ValueError for no labels, or others.
 * @example
 * balancedClassWeights(tensor([0, 0, 0, 1], { dtype: "int32" })); // [0.6667, 2]
 */
export const balancedClassWeights = (labels: Tensor): readonly number[] => {
  if (!areLabels(labels)) {
    throw new ValueError(
      `balancedClassWeights: labels must be int32 [rows] with a row, or floats of 0 and 1, got ${showValue(labels)}. Pass data.y.`,
    );
  }
  const counts: number[] = [];
  for (const label of labels.storage.view()) {
    if (label < 0) {
      throw new ValueError(`balancedClassWeights: a label must be a whole number from 0, got ${label}. Count from 0.`);
    }
    while (counts.length <= label) counts.push(0);
    counts[label]++;
  }
  const classes = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count === 0 ? 1 : labels.size / (classes * count)));
};

/** Whether each row has one label: int32, or 0 and 1 as floats. */
const areLabels = (labels: Tensor): boolean =>
  labels instanceof Tensor &&
  labels.rank > 0 &&
  labels.size > 0 &&
  labels.size === labels.axes[0] &&
  (labels.dtype === "int32" ||
    (isFloat(labels.dtype) && labels.storage.view().every((label: number) => label === 0 || label === 1)));

/** @throws ValueError for a weight that is negative or not finite, or weights that are all 0. */
export const checkClassWeights = (operation: string, weights: ClassWeights): void => {
  if (typeof weights !== "object" || weights === null) {
    throw new ValueError(
      `${operation}: classWeights must be a list, or an object by class, got ${showValue(weights)}. Pass [1, 5], for example.`,
    );
  }
  const entries = Object.entries(weights);
  for (const [label, weight] of entries) {
    if (!/^\d+$/.test(label)) {
      throw new ValueError(
        `${operation}: classWeights must name classes by whole numbers from 0, got "${label}". Pass { 0: 1, 1: 5 }, for example.`,
      );
    }
    if (typeof weight === "number" && weight >= 0 && weight < Infinity) continue;
    throw new ValueError(
      `${operation}: a class weight must be a finite number from 0, got ${showValue(weight)} for class ${label}. Correct it.`,
    );
  }
  if (entries.length > 0 && entries.some(([, weight]) => weight > 0)) return;
  throw new ValueError(
    `${operation}: some class must count more than 0, got ${showValue(Object.values(weights))}. Leave classWeights out.`,
  );
};

/**
 * How much each example of a batch counts in training: the weight of its class times its own.
 * @param predictions [rows, classes]; a list of weights must have as many.
 * @throws ShapeError for a list of another length, or targets that are not labels; ValueError for a label outside of it.
 */
export const exampleWeights = (
  operation: string,
  classWeights: ClassWeights,
  predictions: Tensor,
  targets: Tensor,
  weights: Tensor | undefined,
): Tensor => {
  const rows = targets.axes[0];
  if (targets.size !== rows) {
    throw new ShapeError(
      `${operation}: class weights need one label for each example, got targets of shape ${formatShape(targets.axes)}. ` +
        "Pass the weights of the examples in the data set instead.",
    );
  }
  const isList = Array.isArray(classWeights);
  // A single score answers yes or no.
  const classes = targets.dtype === "int32" && predictions.rank === 2 ? Math.max(2, predictions.axes[1]) : undefined;
  if (classes !== undefined) {
    const beyond = Object.keys(classWeights).find((label) => Number(label) >= classes);
    const got = isList && classWeights.length !== classes ? classWeights.length : beyond && `one for class ${beyond}`;
    if (got !== undefined) {
      throw new ShapeError(
        `${operation}: classWeights must have a weight for each of the ${classes} classes that the model tells ` +
          `apart, got ${got}. Correct them, or pass an object, { 3: 5 }, where classes left out count 1.`,
      );
    }
  }
  return hostTensor([rows], "float32", (factors) => {
    const labels = targets.storage.elements();
    const own = weights?.storage.elements();
    for (let row = 0; row < rows; row++) {
      const label = labels[row];
      const weight = (classWeights as Readonly<Record<number, number>>)[label] ?? (isList ? undefined : 1);
      if (weight === undefined || !Number.isInteger(label) || label < 0) {
        throw new ValueError(
          `${operation}: a label must be a whole number${isList ? ` from 0 to ${classWeights.length - 1}` : " from 0"} where ` +
            `classes have weights, got ${label} in row ${row}. Correct the labels, or classWeights.`,
        );
      }
      factors[row] = weight * (own ? own[row] : 1);
    }
  });
};
