import { type Damaged, damagedFile } from "../../base/codec.ts";
import { DataError } from "../../base/errors.ts";
import type { Shape } from "../../tensor/shape.ts";

/** The contents of the header of a `.npy` file. */
export interface NpyHeader {
  /** The type of the elements: `<f4`. */
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: Shape;
}

export const damagedNpy: Damaged = /* @__PURE__ */ damagedFile(".npy file");

/**
 * Reads the Python dictionary in the header of a `.npy` file. It differs from JSON only by quotes of either kind, tuples, `True` and
 * `False`, trailing commas, and the L after whole numbers of Python 2.
 * @throws DataError for anything else.
 */
export const parseNpyHeader = (header: string, where: string): NpyHeader => {
  const text = header.trim();
  const shown = text.length > 80 ? `${text.slice(0, 80)}...` : text;
  const { descr, fortran_order: fortranOrder, shape, ...others } = dictionaryOf(text);
  if (Array.isArray(descr)) {
    throw new DataError(
      `${where}: all elements must have one type, got a structured array, ${shown}. Save its fields one by one, or leave it out with match.`,
    );
  }
  const isSound = typeof descr === "string" && typeof fortranOrder === "boolean" && isShape(shape);
  if (!isSound || Object.keys(others).length > 0) {
    throw damagedNpy(where, "the header must be a dictionary of descr, fortran_order and shape", shown);
  }
  return { descr, fortranOrder, shape };
};

/** An empty object for text that cannot be read. */
const dictionaryOf = (text: string): Readonly<Record<string, unknown>> => {
  if (!/^\{[^\\]*\}$/.test(text)) return {};
  const json = text
    // Either kind of quotes; text with the other kind in it, which has no meaning here, becomes invalid.
    .replaceAll("'", '"')
    .replaceAll("(", "[")
    .replaceAll(")", "]")
    .replaceAll(/\bTrue\b/g, "true")
    .replaceAll(/\bFalse\b/g, "false")
    .replaceAll(/(\d)L\b/g, "$1")
    .replaceAll(/,\s*([\]}])/g, "$1");
  try {
    return JSON.parse(json) as Record<string, unknown>;
  } catch {
    return {};
  }
};

const isShape = (value: unknown): value is Shape =>
  Array.isArray(value) && value.every((length) => Number.isSafeInteger(length) && length >= 0);
