import { ValueError } from "../base/errors.ts";
import { checkOptions, flag, required, whole } from "../base/options.ts";
import { randomPermutation } from "../ops/random/permutation.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkDataset, type Dataset, take } from "./dataset.ts";
import { copyOfData } from "./gatherRows.ts";
import { checkStrata, rowsByClass } from "./strata.ts";
import type { TensorOrNamed } from "./tensorOrNamed.ts";

/** Options of `kFold`. */
export interface KFoldOptions {
  /** k: the number of parts; each is held out once. */
  readonly folds: number;
  /**
   * Whether each part has the shares of the classes that the whole has; y is then labels, int32 [size] or [size, 1], or floats
   * of 0 and 1 of such a shape. Default: true where y is int32 [size].
   */
  readonly stratified?: boolean;
  /** Of the shuffling before; default 0: the same folds every time. */
  readonly seed?: number;
}

/** One of the k ways to hold a part out. */
export interface Fold<X extends TensorOrNamed = Tensor, Y extends TensorOrNamed = Tensor> {
  /** All the other parts. */
  readonly train: Dataset<X, Y>;
  /** The part that is held out. */
  readonly validation: Dataset<X, Y>;
}

/** The k folds, made one at a time as they are asked for: each is a copy of the data. */
export interface Folds<X extends TensorOrNamed = Tensor, Y extends TensorOrNamed = Tensor>
  extends Iterable<Fold<X, Y>> {
  /** How many there are. */
  readonly count: number;
}

/**
 * k-fold cross-validation: cuts a shuffled data set into k parts, and holds each out once while the others train. Every
 * example is held out in exactly one fold. The mean over the folds says more about a choice than one validation set, and
 * leaves the test set untouched.
 *
 * The parts differ in size by one example at most. Stratified, the number of examples of each class differs by one at
 * most as well. Source: Kohavi, "A study of cross-validation and bootstrap for accuracy estimation and model selection", 1995.
 * @throws ValueError when `folds` is not a whole number from 2 to the number of examples, when stratified without labels, or
 * with a class that has fewer examples than there are folds.
 * @example
 * const { train } = await loadDigits();
 * const accuracies: number[] = [];
 * for (const fold of kFold(train, { folds: 3, seed: 1 })) {
 *   const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 });
 *   await fit(model, fold.train, { optimizer: new SGD({ learningRate: 0.5 }), epochs: 5 });
 *   accuracies.push(accuracy(model.predict(fold.validation.x), fold.validation.y)); // above 0.9
 * }
 */
export function kFold<X extends TensorOrNamed, Y extends TensorOrNamed>(
  data: Dataset<X, Y>,
  options: KFoldOptions,
): Folds<X, Y> {
  checkDataset("kFold", data);
  if (data.size < 2) {
    throw new ValueError(`kFold: the data must have 2 examples or more, got ${data.size}. Pass more data.`);
  }
  checkOptions("kFold", options, {
    folds: required(whole({ from: 2, to: data.size })),
    stratified: flag,
    seed: whole({ from: 0 }),
  });
  const hasLabels = data.y instanceof Tensor && data.y.dtype === "int32" && data.y.rank === 1;
  const { folds, stratified = hasLabels, seed = 0 } = options;
  const labels = stratified ? checkStrata("kFold", "stratified folds", data.y, data.size) : undefined;
  const order = randomPermutation(data.size, { seed }).storage.view() as Int32Array;
  const examples = copyOfData(data);
  const foldOf = dealt(labels ? sortedByLabel(order, labels, folds) : order, folds);
  const named = (part: Dataset<X, Y>, what: string): Dataset<X, Y> => ({
    ...part,
    name: data.name === undefined ? what : `${data.name} ${what}`,
  });
  function* each(): Generator<Fold<X, Y>, void, undefined> {
    for (let fold = 0; fold < folds; fold++) {
      const trained = order.filter((row) => foldOf[row] !== fold);
      const heldOut = order.filter((row) => foldOf[row] === fold);
      yield {
        train: named(take(examples, { rows: trained }), `fold ${fold + 1} train`),
        validation: named(take(examples, { rows: heldOut }), `fold ${fold + 1} validation`),
      };
    }
  }
  return { count: folds, [Symbol.iterator]: each };
}

/** The fold of each row: the rows in this order are dealt out like cards. */
function dealt(order: ArrayLike<number>, folds: number): Uint32Array {
  const foldOf = new Uint32Array(order.length);
  for (let place = 0; place < order.length; place++) foldOf[order[place]] = place % folds;
  return foldOf;
}

/** The rows class by class, in each of them in the given order; dealt out, every fold gets its share of a class. */
function sortedByLabel(order: Int32Array, y: Tensor, folds: number): readonly number[] {
  const classes = rowsByClass(order, y);
  for (const [label, { length }] of classes) {
    if (length >= folds) continue;
    throw new ValueError(
      `kFold: each class must have an example for every fold, got ${length} of class ${label} for ${folds} folds. ` +
        "Make fewer folds, or pass { stratified: false }.",
    );
  }
  return classes.flatMap(([, rows]) => rows);
}
