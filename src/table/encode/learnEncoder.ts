import { DataError, ValueError } from "../../base/errors.ts";
import { anything, checkOptions, copyOptions, flag, type OptionRules, whole } from "../../base/options.ts";
import { showEntries, showValue } from "../../base/showValue.ts";
import { type UnknownRule, unknownRules } from "../../layers/preprocessing/oneHotLayer.ts";
import type { EncodedColumn, EncodedTarget } from "../../layers/preprocessing/tableColumns.ts";
import { TableEncoder } from "../../layers/preprocessing/tableEncoder.ts";
import type { TableRow } from "../column.ts";
import { checkTable, type Table } from "../table.ts";
import type { ColumnName } from "../tableTypes.ts";
import { encodedColumn, type MissingRule, refuseAllMissing } from "./encodedColumn.ts";
import { encodedTarget } from "./encodedTarget.ts";

/** Options of `tableEncoder`. */
export interface TableEncoderFit<Name extends string = string> {
  /** The column that is predicted. */
  readonly target?: Name;
  /** The columns that it is predicted from. Default: all but the target. */
  readonly features?: readonly Name[];
  /**
   * What takes the place of missing values, for all columns or by column; where there is no rule, a missing value is an error.
   * Columns of categories and of true and false have no mean and median: they take the most frequent value.
   */
  readonly missing?: MissingRule | { readonly [Column in Name]?: MissingRule };
  /**
   * What becomes of categories that are not among the training rows: "error"; "zeros", nothing; "slot", a place of their own,
   * which only says something where `minCount` puts rare categories there in training. Default: "error".
   */
  readonly unknown?: UnknownRule | { readonly [Column in Name]?: UnknownRule };
  /** Categories that fewer training rows have count as unknown. Default: 1. */
  readonly minCount?: number;
  /** Whether numbers are brought to mean 0 and deviation 1; or the columns where they are. Default: true. */
  readonly standardize?: boolean | readonly Name[];
  /**
   * Whether numbers are brought from 0, the least of the training rows, to 1, the largest, instead of being standardized; or the
   * columns where they are. Rows that come later may lie outside. Default: false.
   */
  readonly minMax?: boolean | readonly Name[];
  /** Whether a target of numbers is standardized. Default: true. Losses are then in deviations of the target; `predictRows` undoes it. */
  readonly standardizeTarget?: boolean;
  /** A column with more categories is refused, unless it is embedded: names and dates are not learnt by one-hot. Default: 256. */
  readonly maxCategories?: number;
  /**
   * The columns of categories that become trained vectors instead of one-hot ones, and the lengths of these vectors: for columns
   * with many categories, of which similar ones are to become similar. Default: none.
   */
  readonly embed?: { readonly [Column in Name]?: number };
  /** The name of the layer. Default: "table_encoder". */
  readonly name?: string;
}

const optionRules = (): OptionRules<TableEncoderFit> => ({
  target: anything,
  features: anything,
  missing: anything,
  unknown: anything,
  minCount: whole({ from: 1 }),
  standardize: anything,
  minMax: anything,
  standardizeTarget: flag,
  maxCategories: whole({ from: 1 }),
  embed: anything,
  name: anything,
});

/**
 * The first layer of a model on a table, made from its training rows: it remembers the columns, their means and deviations,
 * their categories, what takes the place of missing values, and what is predicted. It is saved with the model, and does the
 * same to every row that comes later.
 *
 * Pass the training part alone. What is learnt from rows of the test would tell the model of them, and the test would promise
 * more than new data keep.
 * @throws DataError, naming column and line, for a value that is missing without a rule, a column without values, with too
 * many categories, or with numbers that float32 cannot tell apart; ValueError for options out of range.
 * @example
 * const table = tableOf([
 *   { size: 2, colour: "red", kind: "plum" },
 *   { size: 8, colour: "green", kind: "pear" },
 * ]);
 * const encoder = tableEncoder(table, { target: "kind" });
 * encoder.features; // ["size", "colour=green", "colour=red"]
 * const data = tableDataset(table, encoder);
 * encoder.call(data.x).toArray(); // [[-1, 0, 1], [1, 1, 0]]
 */
export const tableEncoder = <Row extends TableRow>(
  table: Table<Row>,
  options: TableEncoderFit<ColumnName<Row>> = {},
): TableEncoder => {
  checkTable("tableEncoder", table);
  checkOptions("tableEncoder", options, optionRules());
  const { target, minCount = 1, maxCategories = 256, minMax = false, standardizeTarget = true } = options;
  const features: readonly string[] = options.features ?? table.names.filter((name) => name !== target);
  if (
    !Array.isArray(features) ||
    features.length === 0 ||
    features.some((name) => typeof name !== "string" || name === target)
  ) {
    const others = table.names.filter((name) => name !== target);
    throw new ValueError(
      `tableEncoder: features must name a column, and not the target, got ${showValue(features)}. ` +
        (others.length > 0
          ? `Choose some of ${others.join(", ")}.`
          : "The table has no other column: read more of them, or derive one."),
    );
  }
  if (table.size === 0) {
    throw new DataError(
      `${table.where("tableEncoder")}: an encoder is made from training rows, got none. Pass a table that has some.`,
    );
  }
  const embed = copyOptions<Readonly<Record<string, number | undefined>>>(
    "tableEncoder: embed",
    (options.embed ?? {}) as Readonly<Record<string, number>>,
    Object.fromEntries(features.map((name) => [name, whole({ from: 1 })])),
  );
  const ranged = namesOf("minMax", minMax, features);
  const standardized = namesOf(
    "standardize",
    options.standardize ?? features.filter((name) => !ranged.has(name)),
    features,
  );
  const both = features.find((name) => ranged.has(name) && standardized.has(name));
  if (both !== undefined) {
    throw new ValueError(
      `tableEncoder: a column must be scaled in one way, got ${showValue(both)} in standardize and minMax. Leave it out of one.`,
    );
  }
  const missing = byColumn("missing", options.missing, features, isMissingRule);
  const unknown = byColumn("unknown", options.unknown, features, isUnknownRule);
  refuseAllMissing(
    table,
    features.filter((name) => missing(name) === undefined).map((name) => table.column("tableEncoder", name)),
  );
  const columns: EncodedColumn[] = features.map((name) =>
    encodedColumn(table, table.column("tableEncoder", name), {
      missing: missing(name),
      unknown: unknown(name) ?? "error",
      minCount,
      maxCategories,
      embed: embed[name],
      scale: standardized.has(name) ? "standardize" : ranged.has(name) ? "minMax" : "none",
    }),
  );
  const learnt: EncodedTarget | undefined =
    target === undefined ? undefined : encodedTarget(table, target, { standardize: standardizeTarget, maxCategories });
  return new TableEncoder({ columns, target: learnt, name: options.name });
};

const isMissingRule = (rule: unknown): rule is MissingRule =>
  rule === "mean" ||
  rule === "median" ||
  rule === "mostFrequent" ||
  (typeof rule === "object" && rule !== null && Object.keys(rule).join() === "value");

const isUnknownRule = (rule: unknown): rule is UnknownRule => unknownRules.includes(rule as UnknownRule);

const namesOf = (option: string, value: unknown, features: readonly string[]): ReadonlySet<string> => {
  if (typeof value === "boolean") return new Set(value ? features : []);
  if (Array.isArray(value) && value.every((name) => features.includes(name as string))) return new Set(value);
  throw new ValueError(
    `tableEncoder: ${option} must be true, false or a list of features, got ${showValue(value)}. The features are ${features.join(", ")}.`,
  );
};

/** One rule for all columns, or a rule for each that is named. */
const byColumn = <Rule>(
  option: string,
  rules: unknown,
  features: readonly string[],
  isRule: (value: unknown) => value is Rule,
): ((name: string) => Rule | undefined) => {
  if (rules === undefined) return () => undefined;
  const refuse = (rule: unknown): ValueError =>
    new ValueError(
      `tableEncoder: ${option} must be a rule, or rules by column, got ${showEntries(rule)}. ` +
        (option === "missing"
          ? 'The rules are "mean", "median", "mostFrequent" and { value: ... }.'
          : `The rules are ${unknownRules.join(", ")}.`),
    );
  // A table may have a column named "value": a record of rules has rules in it.
  if (
    isRule(rules) &&
    !(typeof rules === "object" && isRule((rules as { value?: unknown }).value) && features.includes("value"))
  ) {
    return () => rules;
  }
  if (typeof rules !== "object" || rules === null || Array.isArray(rules)) throw refuse(rules);
  checkOptions<object>(
    `tableEncoder: ${option}`,
    rules,
    Object.fromEntries(features.map((feature) => [feature, anything])),
  );
  const ruleOf = new Map(Object.entries(rules).filter(([, rule]) => rule !== undefined));
  for (const rule of ruleOf.values()) if (!isRule(rule)) throw refuse(rule);
  return (name) => ruleOf.get(name) as Rule | undefined;
};
