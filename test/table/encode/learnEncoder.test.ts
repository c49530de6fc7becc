import { DataError, kFold, type TableEncoder, ValueError } from "gradus";
import { encodeRows, parseCsv, readCsv, tableDataset, tableEncoder, tableOf } from "gradus/table";
import { describe, expect, it } from "vitest";
import { errorOf } from "../../layers/helpers.ts";

const fruits = parseCsv(
  "kind,length,colour,fresh\nplum,3,red,true\nplum,,red,true\npear,7,green,\npear,8,,false\napple,6,green,true\n",
  { name: "fruits.csv" },
);
const complete = fruits.dropMissing();

describe("tableEncoder", () => {
  it("tableEncoder learns means, deviations, categories and the target", () => {
    const encoder = tableEncoder(complete, { target: "kind", name: "encoder" });
    expect(encoder.name).toBe("encoder");
    expect(encoder.columns).toEqual([
      { name: "length", type: "number", mean: 4.5, deviation: 1.5 },
      { name: "colour", type: "category", categories: ["green", "red"] },
      { name: "fresh", type: "boolean" },
    ]);
    expect(encoder.target).toEqual({ name: "kind", type: "category", classes: ["apple", "plum"] });
  });

  it("tableEncoder standardizes the selected columns, and turns a column that never varies into 0", () => {
    const table = tableOf([
      { a: 1, b: 0.1, y: 10 },
      { a: 3, b: 0.1, y: 30 },
      { a: 8, b: 0.1, y: 50 },
    ]);
    const encoder = tableEncoder(table, { target: "y" });
    expect(encoder.columns[1]).toEqual({ name: "b", type: "number", mean: 0.1, deviation: 1 });
    const { x, y } = tableDataset(table, encoder);
    expect(Array.from(encoder.call(x).data, (value) => Math.round(value * 1e4) / 1e4)).toEqual([
      -1.019, 0, -0.3397, 0, 1.3587, 0,
    ]);
    expect(y.shape).toEqual([3, 1]);
    expect(y.data[2]).toBeCloseTo(Math.sqrt(1.5), 6);
    const raw = tableEncoder(table, {
      target: "y",
      standardize: ["a"],
      standardizeTarget: false,
      features: ["b", "a"],
    });
    expect(raw.columns).toEqual([
      { name: "b", type: "number", mean: 0, deviation: 1 },
      { name: "a", type: "number", mean: 4, deviation: Math.sqrt(26 / 3) },
    ]);
    expect(tableDataset(table, raw).y.toArray()).toEqual([[10], [30], [50]]);
  });

  it("tableEncoder with minMax scales numbers to 0 to 1, for all columns or some", () => {
    const table = tableOf([
      { a: 2, b: -1, c: 5, y: 1 },
      { a: 4, b: 1, c: 5, y: 2 },
      { a: 10, b: 0, c: 5, y: 3 },
    ]);
    const encoder = tableEncoder(table, { target: "y", minMax: true });
    expect(encoder.call(tableDataset(table, encoder).x).toArray()).toEqual([
      [0, 0, 0],
      [0.25, 1, 0],
      [1, 0.5, 0],
    ]);
    expect(encoder.columns[0]).toEqual({ name: "a", type: "number", mean: 2, deviation: 8 });
    const some = tableEncoder(table, { target: "y", minMax: ["a"] }).columns;
    expect(some[0]).toEqual(encoder.columns[0]);
    expect(some[1]).toEqual(tableEncoder(table, { target: "y" }).columns[1]);
    expect(tableEncoder(table, { minMax: ["a"], standardize: false }).columns[1]).toMatchObject({
      mean: 0,
      deviation: 1,
    });
    expect(errorOf(() => tableEncoder(table, { minMax: ["a"], standardize: true }))).toBe(
      'ValueError: tableEncoder: a column must be scaled in one way, got "a" in standardize and minMax. Leave it out of one.',
    );
    expect(errorOf(() => tableEncoder(table, { minMax: ["z" as "a"] }))).toContain(
      "minMax must be true, false or a list",
    );
    const huge = tableOf([{ x: 1e300 }, { x: -1e300 }]);
    expect(errorOf(() => tableEncoder(huge, { minMax: true }))).toContain("must differ by enough for their size");
  });

  it("tableEncoder throws for missing values, unless a rule replaces them", () => {
    expect(errorOf(() => tableEncoder(fruits, { target: "kind", features: ["length"] }))).toBe(
      'DataError: fruits.csv: column "length" must have a value in every row, got none in line 3. Pass a rule, ' +
        '{ missing: "median" } for example, or leave such rows out: table.dropMissing(["length"]).',
    );
    expect(errorOf(() => tableEncoder(fruits, { target: "kind" }))).toMatch(
      /^DataError: fruits.csv: 3 columns must have a value in every row, got none of "length" in line 3, "colour" in line \d, "fresh" in line \d\. /,
    );
    const fills = (missing: Parameters<typeof tableEncoder>[1] extends { missing?: infer M } | undefined ? M : never) =>
      tableEncoder(fruits, { target: "kind", missing }).columns.map((column) => column.missing);
    expect(fills("mean")).toEqual([6, "green", true]);
    expect(fills("median")).toEqual([6.5, "green", true]);
    expect(fills("mostFrequent")).toEqual([3, "green", true]);
    expect(fills({ length: { value: -1 }, colour: { value: "none" }, fresh: { value: false } })).toEqual([
      -1,
      "none",
      false,
    ]);
    const own = tableEncoder(fruits, { missing: { length: "mean", colour: { value: "none" }, fresh: "mostFrequent" } });
    expect(own.features).toContain("colour=none");
    expect(tableDatasetRows(own)[3].slice(4, 7)).toEqual([0, 1, 0]);
    expect(
      errorOf(() => tableEncoder(fruits, { missing: { colour: { value: 3 }, length: "mean", fresh: "mostFrequent" } })),
    ).toContain('what takes the place of missing values of "colour" must be a category, got 3');
    expect(errorOf(() => tableEncoder(fruits, { missing: { color: "mean" } as never }))).toContain('got "color"');
    expect(errorOf(() => tableEncoder(fruits, { missing: "middle" as "mean" }))).toContain("missing must be a rule");
    expect(errorOf(() => tableEncoder(fruits, { missing: { length: "middle" as "mean" } }))).toContain(
      "missing must be a rule",
    );
  });

  const tableDatasetRows = (encoder: TableEncoder): number[][] =>
    encoder.call(encodeRows(encoder, fruits)).toArray() as number[][];

  it("tableEncoder counts rare categories as unknown", () => {
    const table = tableOf(["a", "a", "b", "b", "c"].map((letter) => ({ letter })));
    const encoder = tableEncoder(table, { minCount: 2, unknown: "slot" });
    expect(encoder.features).toEqual(["letter=a", "letter=b", "letter: unknown"]);
    expect(encodeRows(encoder, table).data).toEqual(Float32Array.of(0, 0, 1, 1, -1));
    expect(errorOf(() => tableEncoder(table, { minCount: 2 }))).toContain("minCount makes categories unknown");
    expect(errorOf(() => tableEncoder(table, { maxCategories: 2 }))).toContain(
      'column "letter" must have from 1 to 2 categories, got 3 in 5 rows',
    );
  });

  it("tableEncoder orders categories independently of the rows", () => {
    const levels = (list: string[]): unknown =>
      (tableEncoder(tableOf(list.map((a) => ({ a })))).columns[0] as { categories?: unknown }).categories;
    expect(levels(["10", "9", "-1", "9"])).toEqual(["-1", "9", "10"]);
    expect(levels(["b", "B", "a", "10"])).toEqual(["10", "B", "a", "b"]);
  });

  it("tableEncoder throws for numbers that float32 cannot tell apart", () => {
    const seconds = tableOf(Array.from({ length: 10 }, (_, index) => ({ time: 1.7e9 + index })));
    expect(() => tableEncoder(seconds)).toThrow(DataError);
    expect(errorOf(() => tableEncoder(seconds))).toContain("got 1700000000 to 1700000009 with deviation 2.87");
    expect(tableEncoder(seconds.derive("time", ({ time }) => time - 1.7e9)).features).toEqual(["time"]);
    expect(errorOf(() => tableEncoder(tableOf([{ a: 1e39 }, { a: 2e39 }])))).toContain("float32 has 24 bits");
  });

  it("tableEncoder learns only from the rows that it receives", async () => {
    const iris = await readCsv("data/tabular/iris.csv");
    const folds = iris.kFold({ folds: 5, stratified: "species" });
    const means = [...folds].map(({ train }) => {
      const values = train.values("petal_width_cm").map(Number);
      const [, , , column] = tableEncoder(train, { target: "species" }).columns;
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(column).toMatchObject({ name: "petal_width_cm", mean: expect.closeTo(mean, 12) });
      return mean;
    });
    expect(new Set(means).size).toBe(5);
    // A data set of a table goes wherever others do.
    const data = tableDataset(iris, tableEncoder(iris, { target: "species" }));
    expect([...kFold(data, { folds: 3 })]).toHaveLength(3);
  });

  it("tableEncoder names itself in errors about a table without a name", () => {
    const train = tableOf([
      { size: 1, kind: "plum" },
      { size: 2, kind: "pear" },
    ]);
    const gaps = parseCsv("size,kind\n1,plum\n,pear\n3,fig\n4,\n");
    expect(errorOf(() => tableEncoder(gaps, { features: ["size"] }))).toBe(
      'DataError: tableEncoder: column "size" must have a value in every row, got none in line 3. ' +
        'Pass a rule, { missing: "median" } for example, or leave such rows out: table.dropMissing(["size"]).',
    );
    const encoder = tableEncoder(train, { target: "kind", missing: "mean" });
    expect(errorOf(() => tableDataset(gaps, encoder))).toBe(
      'DataError: tableDataset: column "kind" must have a value in every row, got none in line 5. ' +
        'Leave such rows out: table.dropMissing(["kind"]).',
    );
    expect(errorOf(() => tableDataset(gaps.take({ to: 3 }), encoder))).toContain(
      'DataError: tableDataset: the target "kind" must be a class of the training rows, got "fig" in line 4.',
    );
    expect(tableDataset(train, encoder).name).toBeUndefined();
  });

  it("tableEncoder throws for columns that it cannot learn", () => {
    const error = (options: object, table = complete): string => errorOf(() => tableEncoder(table, options));
    expect(error({ target: "sort" })).toContain('there must be a column of the name, got "sort"');
    expect(error({ target: "kind", features: ["kind"] })).toContain("features must name a column, and not the target");
    expect(error({ features: [] })).toContain("features must name a column");
    expect(error({ target: "kind" }, complete.select(["kind"]) as never)).toBe(
      "ValueError: tableEncoder: features must name a column, and not the target, got []. The table has no other column: " +
        "read more of them, or derive one.",
    );
    expect(error({ features: ["size"] })).toContain('got "size"');
    expect(error({ unknown: "drop" })).toContain(
      'unknown must be a rule, or rules by column, got "drop". The rules are error, zeros, slot.',
    );
    expect(error({ minCount: 0 })).toContain("minCount must be a whole number from 1");
    expect(error({ standardize: ["size"] })).toContain("standardize must be true, false or a list of features");
    expect(error({ standardizeTarget: 1 })).toContain("standardizeTarget must be true or false");
    expect(error({ targt: "kind" })).toContain('got "targt"');
    expect(error({}, complete.take({ to: 0 }))).toContain("an encoder is made from training rows, got none");
    expect(error({ target: "kind" }, complete.take({ to: 1 }))).toBe(
      'DataError: fruits.csv: the target "kind" must have at least 2 classes, got "plum" alone in 1 rows. Add rows of other ' +
        "classes, or name another target.",
    );
    expect(error({ target: "kind", features: ["length"], maxCategories: 1 })).toContain(
      'the target "kind" may have 1 classes, got 2.',
    );
    const empty = fruits.derive("nothing", () => undefined as number | undefined);
    expect(errorOf(() => tableEncoder(empty, { missing: "mean" }))).toContain(
      'column "nothing" must have a value, got none in 5 rows',
    );
    expect(error({ target: "length" }, fruits)).toContain(
      '2 columns must have a value in every row, got none of "colour" in line 5, "fresh" in line 4',
    );
    const named = tableOf([
      { probabilities: "a", b: 1 },
      { probabilities: "c", b: 2 },
    ]);
    expect(errorOf(() => tableEncoder(named, { target: "probabilities" }))).toContain(
      'may not be named "probabilities"',
    );
  });
});

it("tableEncoder throws for numbers beyond float32, in a target and as the replacement of missing values", () => {
  const train = tableOf([
    { size: 1, price: 2 },
    { size: undefined, price: 3 },
  ]);
  for (const standardizeTarget of [true, false]) {
    const encoder = tableEncoder(train, { target: "price", missing: "mean", standardizeTarget });
    const other = tableOf([
      { size: 1, price: 2 },
      { size: 2, price: -1e300 },
    ]);
    expect(errorOf(() => tableDataset(other, encoder))).toBe(
      'DataError: tableDataset: the target "price" must be finite, also in float32, got -1e+300 in row 1. Correct it, or drop such rows.',
    );
  }
  expect(errorOf(() => tableEncoder(train, { target: "price", missing: { size: { value: 1e300 } } }))).toBe(
    'ValueError: tableEncoder: what takes the place of missing values of "size" must be a number, finite also in float32, got 1e+300. Correct it.',
  );
});

describe("tableDataset", () => {
  it("tableDataset makes labels of classes, and of true and false", () => {
    const encoder = tableEncoder(complete, { target: "kind" });
    const { x, y, size, name } = tableDataset(complete, encoder);
    expect([x.shape, size, name, y.dtype]).toEqual([[2, 3], 2, "fruits.csv", "int32"]);
    expect(x.toArray()).toEqual([
      [3, 1, 1],
      [6, 0, 1],
    ]);
    expect(y.toArray()).toEqual([1, 0]);
    const table = fruits.dropMissing(["fresh"]).select(["kind", "fresh"]);
    expect(tableDataset(table, tableEncoder(table, { target: "fresh" })).y.toArray()).toEqual([1, 1, 0, 1]);
    expect(tableDataset(complete.take({ to: 0 }), encoder).x.shape).toEqual([0, 3]);
  });

  it("tableDataset names rows and columns that do not fit", () => {
    const encoder = tableEncoder(complete, { target: "kind" });
    expect(
      errorOf(() => tableDataset(fruits.dropMissing(["length", "colour", "fresh"]), tableEncoder(complete))),
    ).toContain("the encoder must know what is predicted");
    expect(errorOf(() => tableDataset(fruits, encoder))).toBe(
      'DataError: fruits.csv: "length" must be a number, got nothing in line 3. Give a value, or make the encoder with a rule: ' +
        "tableEncoder(train, { missing: ... }).",
    );
    const other = parseCsv("kind,length,colour,fresh\nkiwi,3,red,true\n", { name: "more.csv" });
    expect(errorOf(() => tableDataset(other, encoder))).toContain(
      'more.csv: the target "kind" must be a class of the training rows, got "kiwi" in line 2',
    );
    const blue = other.derive("colour", () => "blue");
    expect(errorOf(() => tableDataset(blue, encoder))).toContain(
      '"colour" must be one of "green", "red", got "blue" in line 2',
    );
    expect(
      errorOf(() =>
        tableDataset(
          other.derive("kind", () => 3),
          encoder,
        ),
      ),
    ).toContain('the target "kind" must be of type category, as in the training rows, got number');
    expect(errorOf(() => tableDataset(other.drop(["length"]), encoder))).toContain('got "length"');
  });
});

describe("encodeRows", () => {
  const encoder = tableEncoder(fruits, {
    target: "kind",
    missing: { length: "mean", colour: "mostFrequent", fresh: "mostFrequent" },
  });

  it("encodeRows takes keys in any order, and missing values that a rule replaces", () => {
    const rows = [
      { fresh: false, colour: "red", length: 2, id: 7 },
      { colour: null, length: undefined, fresh: Number.NaN },
    ];
    expect(encodeRows(encoder, rows).toArray()).toEqual([
      [2, 1, 0],
      [Number.NaN, Number.NaN, Number.NaN],
    ]);
    expect(encodeRows(encoder, []).shape).toEqual([0, 3]);
  });

  it("encodeRows names the key, the row and the expected type in errors", () => {
    const good = { fresh: false, colour: "red", length: 2 };
    const error = (row: unknown): string => errorOf(() => encodeRows(encoder, [good, row] as object[]));
    expect(error({ fresh: false, length: 2, color: "red" })).toBe(
      'ValueError: encodeRows: each row must have "colour", one of "green", "red", got fresh, length, color in row 1. ' +
        'Add it; undefined says that it is missing. Or pass { absent: "missing" }.',
    );
    expect(error({ ...good, length: "2" })).toBe(
      'ValueError: encodeRows: "length" must be a number, got "2" in row 1. Convert it.',
    );
    expect(error({ ...good, length: 1e39 })).toContain("got 1e+39 in row 1. It must be finite, also in float32.");
    expect(error({ ...good, length: 1n })).toContain("must be a number, got 1n");
    expect(error({ ...good, fresh: 1 })).toContain('"fresh" must be true or false, got 1 in row 1');
    expect(error({ ...good, colour: "blue" })).toContain(
      'must be one of "green", "red", got "blue" in row 1. Correct it',
    );
    expect(error({ ...good, colour: 3 })).toContain("got 3 in row 1. Categories are text.");
    expect(error(Object.create(good))).toContain("got no key in row 1");
    expect(error(null)).toContain("each row must be an object, got null as row 1");
    expect(() => encodeRows(encoder, good as never)).toThrow(ValueError);
    const strict = tableEncoder(complete, { target: "kind" });
    expect(errorOf(() => encodeRows(strict, [{ ...good, length: null }]))).toContain(
      '"length" must be a number, got nothing in row 0',
    );
  });
});
