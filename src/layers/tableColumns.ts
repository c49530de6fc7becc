import { ValueError } from "../tensor/errors.ts";
import { checkOptions, showValue } from "../tensor/options.ts";
import { type UnknownRule, unknownRules } from "./oneHot.ts";

/** A column of numbers: it becomes (x − mean)/deviation. */
export interface NumberColumn {
  /** The name of the column. */
  readonly name: string;
  /** What the column holds. */
  readonly type: "number";
  /** The mean of the training rows; 0 for a column that is not standardized. */
  readonly mean: number;
  /** Their standard deviation; 1 for a column that never varies, or is not standardized. */
  readonly deviation: number;
  /** What takes the place of a missing value; without it none may be missing. */
  readonly missing?: number;
}

/** A column of true and false: it becomes 1 and 0. */
export interface BooleanColumn {
  /** The name of the column. */
  readonly name: string;
  /** What the column holds. */
  readonly type: "boolean";
  /** What takes the place of a missing value; without it none may be missing. */
  readonly missing?: boolean;
}

/** A column of categories: it becomes a 1 at the place of the category, and zeros. */
export interface CategoryColumn {
  /** The name of the column. */
  readonly name: string;
  /** What the column holds. */
  readonly type: "category";
  /** The categories, in the order of their places. */
  readonly categories: readonly string[];
  /** What takes the place of a missing value; without it none may be missing. */
  readonly missing?: string;
  /** What becomes of another category. Default: "error". */
  readonly unknown?: UnknownRule;
}

/** A column of a table, and what was learnt of it. */
export type EncodedColumn = NumberColumn | BooleanColumn | CategoryColumn;

/** A target of numbers, which the model puts out standardized. */
export interface NumberTarget {
  /** The name of the column. */
  readonly name: string;
  /** What the column holds. */
  readonly type: "number";
  /** What a prediction of 0 stands for. */
  readonly mean: number;
  /** How much a prediction of 1 is above that. */
  readonly deviation: number;
}

/** A target of classes, for each of which the model puts out a score. */
export interface CategoryTarget {
  /** The name of the column. */
  readonly name: string;
  /** What the column holds. */
  readonly type: "category";
  /** The classes, in the order of their labels. */
  readonly classes: readonly string[];
}

/** A target of true and false: the model puts out a score for false, and one for true. */
export interface BooleanTarget {
  /** The name of the column. */
  readonly name: string;
  /** What the column holds. */
  readonly type: "boolean";
}

/** What is predicted. */
export type EncodedTarget = NumberTarget | CategoryTarget | BooleanTarget;

/** More places than a first layer can have; a hostile file may claim more. */
const mostPlaces = 2 ** 20;

const known = {
  number: ["name", "type", "mean", "deviation", "missing"],
  boolean: ["name", "type", "missing"],
  category: ["name", "type", "categories", "missing", "unknown"],
} as const;

const fail = (rule: string, got: unknown, fix: string): ValueError =>
  new ValueError(`TableEncoder: ${rule}, got ${showValue(got)}. ${fix}`);

const make = "Make the encoder with tableEncoder(table, { target }).";

const checkNames = (what: string, names: unknown): void => {
  if (!Array.isArray(names) || names.length === 0 || !names.every((one) => typeof one === "string")) {
    throw fail(`${what} must be a list of text`, names, make);
  }
  if (new Set(names).size !== names.length) throw fail(`${what} must differ`, names, make);
};

const checkMoments = (what: string, mean: unknown, deviation: unknown): void => {
  if (!Number.isFinite(mean)) throw fail(`the mean of ${what} must be a finite number`, mean, make);
  if (!Number.isFinite(deviation) || !((deviation as number) > 0)) {
    throw fail(`the deviation of ${what} must be a finite number above 0`, deviation, make);
  }
};

/** How many places a column has in the output. */
export const widthOf = (column: EncodedColumn): number =>
  column.type === "category" ? column.categories.length + (column.unknown === "slot" ? 1 : 0) : 1;

/**
 * Checks the columns of an encoder.
 * @throws ValueError, naming the column, for any that is not what it must be.
 */
export const checkColumns = (columns: readonly EncodedColumn[]): void => {
  if (!Array.isArray(columns) || columns.length === 0) throw fail("columns must be a list of columns", columns, make);
  for (const column of columns as readonly EncodedColumn[]) {
    if (typeof column !== "object" || column === null || !Object.hasOwn(known, column.type)) {
      throw fail(`a column must be of type ${Object.keys(known).join(", ")}`, column?.type, make);
    }
    const what = `column ${showValue(column.name)}`;
    checkOptions(`TableEncoder: ${what}`, column, known[column.type]);
    if (typeof column.name !== "string") throw fail("a column must have a name", column.name, make);
    if (column.type === "number") checkMoments(what, column.mean, column.deviation);
    if (column.type === "category") {
      checkNames(`the categories of ${what}`, column.categories);
      if (column.unknown !== undefined && !unknownRules.includes(column.unknown)) {
        throw fail(
          `${what}: unknown must be one of ${unknownRules.join(", ")}`,
          column.unknown,
          "Choose one of these.",
        );
      }
    }
    if (column.missing !== undefined) checkMissing(what, column);
  }
  checkNames(
    "the names of the columns",
    columns.map(({ name }) => name),
  );
  const places = columns.reduce((sum, column) => sum + widthOf(column), 0);
  if (places > mostPlaces) {
    throw fail(
      `the columns may have ${mostPlaces} places together`,
      places,
      "Leave out columns with very many categories.",
    );
  }
};

const checkMissing = (what: string, column: EncodedColumn): void => {
  const { missing } = column;
  const fits =
    column.type === "number"
      ? Number.isFinite(missing)
      : column.type === "boolean"
        ? typeof missing === "boolean"
        : column.categories.includes(missing as string);
  if (!fits) throw fail(`${what}: what takes the place of a missing value must be one of its values`, missing, make);
};

/** @throws ValueError for a target that is not what it must be. */
export const checkTarget = (target: EncodedTarget): void => {
  const names = {
    number: ["name", "type", "mean", "deviation"],
    boolean: ["name", "type"],
    category: ["name", "type", "classes"],
  };
  if (typeof target !== "object" || target === null || !Object.hasOwn(names, target.type)) {
    throw fail(`the target must be of type ${Object.keys(names).join(", ")}`, target?.type, make);
  }
  checkOptions("TableEncoder: the target", target, names[target.type]);
  if (typeof target.name !== "string") throw fail("the target must have a name", target.name, make);
  if (target.type === "number") checkMoments("the target", target.mean, target.deviation);
  if (target.type === "category") checkNames("the classes of the target", target.classes);
};
