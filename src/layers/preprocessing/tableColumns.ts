import { ValueError } from "../../base/errors.ts";
import {
  anything,
  checkOption,
  checkOptions,
  flag,
  number,
  type OptionRule,
  oneOf,
  required,
  whole,
} from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import { type UnknownRule, unknownRules } from "./oneHotLayer.ts";

/** A column of numbers: x becomes (x − mean)/deviation. */
export interface NumberColumn {
  /** The name of the column. */
  readonly name: string;
  /** What the column holds. */
  readonly type: "number";
  /** The mean of the training rows; the least of them with `minMax`; 0 for a column that is not scaled. */
  readonly mean: number;
  /** Their standard deviation; their range with `minMax`; 1 for a column that never varies, or is not scaled. */
  readonly deviation: number;
  /** The substitute for a missing value. Default: none, and no value may be missing. */
  readonly missing?: number;
}

/** A column of true and false: they become 1 and 0. */
export interface BooleanColumn {
  /** The name of the column. */
  readonly name: string;
  /** What the column holds. */
  readonly type: "boolean";
  /** The substitute for a missing value. Default: none, and no value may be missing. */
  readonly missing?: boolean;
}

/** A column of categories: a category becomes a one-hot vector, or a trained one. */
export interface CategoryColumn {
  /** The name of the column. */
  readonly name: string;
  /** What the column holds. */
  readonly type: "category";
  /** The categories, in the order of the outputs. */
  readonly categories: readonly string[];
  /** The substitute for a missing value. Default: none, and no value may be missing. */
  readonly missing?: string;
  /** How another category is encoded. Default: "error". */
  readonly unknown?: UnknownRule;
  /** The length of the trained vector that a category becomes. Default: none, and a category becomes a one-hot vector. */
  readonly embed?: number;
}

/** A column of a table, and what the encoder learned about it. */
export type EncodedColumn = NumberColumn | BooleanColumn | CategoryColumn;

/** A target of numbers. The model predicts them standardized. */
export interface NumberTarget {
  /** The name of the column. */
  readonly name: string;
  /** What the column holds. */
  readonly type: "number";
  /** The value that a prediction of 0 means. */
  readonly mean: number;
  /** How much more a prediction of 1 means. */
  readonly deviation: number;
}

/** A target of classes: the model outputs a score for each. */
export interface CategoryTarget {
  /** The name of the column. */
  readonly name: string;
  /** What the column holds. */
  readonly type: "category";
  /** The classes, in the order of their labels. */
  readonly classes: readonly string[];
}

/** A target of true and false: the model outputs a score for false and one for true, or one for true alone. */
export interface BooleanTarget {
  /** The name of the column. */
  readonly name: string;
  /** What the column holds. */
  readonly type: "boolean";
}

/** The column that the model predicts. */
export type EncodedTarget = NumberTarget | CategoryTarget | BooleanTarget;

/** More outputs than a first layer can have; a hostile file may claim more. */
const maxWidth = 2 ** 20;

/** Unlike the rule of options, an empty name is allowed: a column of a file may have none. */
const name: OptionRule = { words: "text", holds: (value) => typeof value === "string", required: true };

const names: OptionRule = {
  words: "a list of one or more texts, all different",
  holds: (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((entry) => typeof entry === "string") &&
    new Set(value).size === value.length,
  required: true,
};

/** The type, by which the table of rules was chosen. */
const type = anything;
const mean = /* @__PURE__ */ required(number());
const deviation = /* @__PURE__ */ required(/* @__PURE__ */ number({ above: 0 }));

const checkColumn = (where: string, column: EncodedColumn): void => {
  if (column.type === "number") checkOptions(where, column, { name, type, mean, deviation, missing: number() });
  else if (column.type === "boolean") checkOptions(where, column, { name, type, missing: flag });
  else {
    const missing: OptionRule = {
      words: "one of the categories",
      holds: (value) => column.categories.includes(value as string),
    };
    checkOptions(where, column, {
      name,
      type,
      categories: names,
      missing,
      unknown: oneOf(...unknownRules),
      embed: whole({ from: 1, to: maxWidth }),
    });
  }
};

/** How many outputs a column has. */
export const widthOf = (column: EncodedColumn): number => {
  if (column.type !== "category") return 1;
  return column.embed ?? column.categories.length + (column.unknown === "slot" ? 1 : 0);
};

/**
 * Checks the columns of an encoder.
 * @throws ValueError, naming the column, for any that breaks a rule.
 */
export const checkColumns = (columns: readonly EncodedColumn[]): void => {
  if (!Array.isArray(columns) || columns.length === 0) throw fail("columns must be a list of columns", columns);
  for (const column of columns as readonly EncodedColumn[]) {
    checkType("a column", column);
    checkColumn(`TableEncoder: column ${showValue(column.name)}`, column);
  }
  checkOption(
    "TableEncoder",
    "the names of the columns",
    columns.map((column) => column.name),
    names,
  );
  const width = columns.reduce((sum, column) => sum + widthOf(column), 0);
  if (width > maxWidth) {
    throw new ValueError(
      `TableEncoder: the columns may have ${maxWidth} outputs together, got ${width}. Leave out columns with very many categories.`,
    );
  }
};

/** @throws ValueError for a target that breaks a rule. */
export const checkTarget = (target: EncodedTarget): void => {
  checkType("the target", target);
  const where = "TableEncoder: the target";
  if (target.type === "number") checkOptions(where, target, { name, type, mean, deviation });
  else if (target.type === "boolean") checkOptions(where, target, { name, type });
  else checkOptions(where, target, { name, type, classes: names });
};

const types: readonly unknown[] = ["number", "boolean", "category"];

const checkType = (what: string, value: EncodedColumn | EncodedTarget): void => {
  if (types.includes(value?.type)) return;
  throw fail(`${what} must be of type ${types.join(", ")}`, value?.type);
};

const fail = (rule: string, got: unknown): ValueError =>
  new ValueError(
    `TableEncoder: ${rule}, got ${showValue(got)}. Make the encoder with tableEncoder(table, { target }).`,
  );
