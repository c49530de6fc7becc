import { ShapeError, ValueError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import { formatShape, maxRank, type Shape } from "../../tensor/shape.ts";

/** The letters of an equation: one for each axis of each operand, and of the result. */
export interface Equation {
  readonly operands: readonly string[];
  readonly result: string;
}

const fail = (rule: string, equation: unknown, fix: string): never => {
  throw new ValueError(`einsum: ${rule}, got ${showValue(equation)}. ${fix}`);
};

/** Letters that occur once, in the order of the alphabet: NumPy's result where the equation does not have one. */
const lettersOnce = (letters: string): string =>
  [...letters]
    .filter((letter) => letters.split(letter).length === 2)
    .sort()
    .join("");

/**
 * Reads an equation such as "ij,jk->ik" for a number of operands.
 * @throws ValueError for other characters than letters, another number of operands, a letter of the result that no operand has,
 * or that the result has twice.
 */
export const readEquation = (equation: string, count: number): Equation => {
  if (typeof equation !== "string")
    return fail("the equation must be text", equation, 'Write "ij,jk->ik", for example.');
  const compact = equation.replaceAll(" ", "");
  if (!/^[A-Za-z]*(,[A-Za-z]*)*(->[A-Za-z]*)?$/.test(compact)) {
    return fail(
      "the equation must be letters, commas between operands, and -> before the result",
      equation,
      compact.includes(".") ? "Write a letter for each axis that ... would cover." : 'Write "ij,jk->ik", for example.',
    );
  }
  const [left, right] = compact.split("->");
  const operands = left.split(",");
  if (operands.length !== count) {
    return fail(
      `the equation must have letters for ${count} operand${count === 1 ? "" : "s"}`,
      equation,
      "Separate the letters of operands with commas.",
    );
  }
  const letters = operands.join("");
  const result = right ?? lettersOnce(letters);
  for (const letter of result) {
    if (!letters.includes(letter))
      fail(`the result must have letters of the operands, not ${letter}`, equation, "Correct the letter.");
    if (result.split(letter).length > 2)
      fail(`the result must have each letter once, not ${letter} again`, equation, "Use diag.");
  }
  if (result.length > maxRank) fail(`the result must have at most ${maxRank} letters`, equation, "Sum over one.");
  return { operands, result };
};

/**
 * The length of the axis of each letter.
 * @throws ShapeError for an operand with another number of axes than letters, or two lengths for one letter.
 */
export const lengthsOf = (
  equation: string,
  operands: readonly string[],
  shapes: readonly Shape[],
): ReadonlyMap<string, number> => {
  const lengths = new Map<string, number>();
  for (const [index, letters] of operands.entries()) {
    const shape = shapes[index];
    if (letters.length !== shape.length) {
      throw new ShapeError(
        `einsum: operand ${index} must have an axis for each letter of "${letters}", got shape ${formatShape(shape)} in "${equation}". ` +
          "Reshape it, or correct the letters.",
      );
    }
    for (const [axis, letter] of [...letters].entries()) {
      const known = lengths.get(letter);
      if (known !== undefined && known !== shape[axis]) {
        throw new ShapeError(
          `einsum: axes with the same letter must have one length, got ${known} and ${shape[axis]} for "${letter}" in "${equation}", ` +
            `shapes ${shapes.map(formatShape).join(", ")}. Use another letter, or reshape.`,
        );
      }
      lengths.set(letter, shape[axis]);
    }
  }
  return lengths;
};
