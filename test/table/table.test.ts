import { inspect } from "node:util";
import { ValueError } from "gradus";
import { type Cell, parseCsv, tableEncoder, tableOf } from "gradus/table";
import { describe, expect, expectTypeOf, it } from "vitest";
import { errorOf } from "../layers/helpers.ts";

const people = parseCsv("name,age,member\nAda,36,true\nAlan,41,false\nGrace,,true\nKurt,71,\n", {
  name: "people.csv",
  types: { name: "category", age: "number", member: "boolean" },
});

describe("Table", () => {
  it("Table has rows, columns and values", () => {
    expect([people.size, people.names]).toEqual([4, ["name", "age", "member"]]);
    expect(people.columns).toEqual([
      { name: "name", type: "category" },
      { name: "age", type: "number" },
      { name: "member", type: "boolean" },
    ]);
    expect(people.row(1)).toEqual({ name: "Alan", age: 41, member: false });
    expect([...people][3]).toEqual({ name: "Kurt", age: 71, member: undefined });
    expect(people.values("age")).toEqual([36, 41, undefined, 71]);
    expect(people.missing).toEqual({ age: 1, member: 1 });
    expect(errorOf(() => people.row(4))).toBe("ValueError: row: there are 4 rows, counted from 0, got 4.");
    expect(errorOf(() => people.values("agee"))).toBe(
      'ValueError: values: there must be a column of the name, got "agee". The columns are name, age, member.',
    );
  });

  it("Table is printed with its columns", () => {
    const text = "Table of 4 rows: name (category), age (number), member (boolean)";
    expect([inspect(people), String(people)]).toEqual([text, text]);
    const wide = tableOf([Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`c${index}`, index]))]);
    expect(inspect(wide)).toMatch(/^Table of 1 row: c0 \(number\), .*, c11 \(number\) and 8 more columns$/);
  });

  it("Table has typed rows", () => {
    expectTypeOf(people.row(0).age).toEqualTypeOf<number | undefined>();
    expectTypeOf(people.row(0).name).toEqualTypeOf<string | undefined>();
    expectTypeOf(people.values("member")).toEqualTypeOf<(boolean | undefined)[]>();
    expectTypeOf(people.select(["age"]).row(0)).toEqualTypeOf<{ readonly age: number | undefined }>();
    const fruit = tableOf([{ kind: "plum", size: 2 }]);
    expectTypeOf(fruit.row(0).size).toEqualTypeOf<number>();
    expectTypeOf(fruit.names[0]).toEqualTypeOf<"kind" | "size">();
    // @ts-expect-error: there is no column of this name.
    expect(() => fruit.values("siez")).toThrow(ValueError);
    const squares = fruit.derive("square", ({ size }) => size ** 2).drop(["kind"]);
    // @ts-expect-error: nor after others were added and left out.
    expect(() => squares.values("kind")).toThrow(ValueError);
    // @ts-expect-error: nor is there to an encoder.
    expect(() => tableEncoder(fruit, { target: "siez" })).toThrow(ValueError);
    interface Fruit {
      readonly kind: "plum" | "pear";
      readonly weight?: number;
      readonly origin: string | null;
    }
    const fruits: readonly Fruit[] = [{ kind: "plum", origin: null }];
    expectTypeOf(tableOf(fruits).sort("kind").row(0)).toEqualTypeOf<{
      readonly kind: "plum" | "pear";
      readonly weight?: number;
      readonly origin: string | undefined;
    }>();
    // Where nothing is known of the objects, every name may be there.
    const loose: readonly Record<string, unknown>[] = fruits.map((fruit) => ({ ...fruit }));
    expect(tableOf(loose).values("kind")).toEqual(["plum"]);
    expect(tableOf(fruits as readonly object[]).values("kind")).toEqual(["plum"]);
    expectTypeOf(tableOf(loose).row(0).kind).toEqualTypeOf<Cell>();
    expectTypeOf(fruit.derive("area", ({ size }) => size * size).row(0).area).toEqualTypeOf<number>();
  });

  it("Table selects and drops columns", () => {
    expect(people.select(["member", "name"]).row(0)).toEqual({ member: true, name: "Ada" });
    expect(people.select(["member", "name"]).names).toEqual(["member", "name"]);
    expect(people.drop(["age"]).names).toEqual(["name", "member"]);
    expect(people.drop(["name", "age", "member"]).size).toBe(4);
    expect(errorOf(() => people.select(["x"]))).toContain('select: there must be a column of the name, got "x"');
    expect(errorOf(() => people.select(["age", "age"]))).toContain("names must be a list of different names");
    expect(errorOf(() => people.drop("age" as never))).toContain("names must be a list of different names");
  });

  it("Table filters, sorts and takes rows", () => {
    expect(people.filter(({ age }) => age !== undefined && age > 40).values("name")).toEqual(["Alan", "Kurt"]);
    expect(people.filter((_, index) => index % 2 === 0).values("name")).toEqual(["Ada", "Grace"]);
    expect(people.filter(() => false).size).toBe(0);
    expect(people.sort("age").values("name")).toEqual(["Ada", "Alan", "Kurt", "Grace"]);
    expect(people.sort("age", { descending: true }).values("name")).toEqual(["Kurt", "Alan", "Ada", "Grace"]);
    expect(people.sort("name", { descending: true }).values("name")).toEqual(["Kurt", "Grace", "Alan", "Ada"]);
    expect(people.sort("member").values("name")).toEqual(["Alan", "Ada", "Grace", "Kurt"]);
    expect(people.take({ from: 1, to: 3 }).values("name")).toEqual(["Alan", "Grace"]);
    expect(people.take({ rows: [3, 0, 0] }).values("name")).toEqual(["Kurt", "Ada", "Ada"]);
    expect(people.take({ to: 0 }).size).toBe(0);
    for (const wrong of [{ from: 2, to: 1 }, { to: 5 }, { from: -1 }, { rows: [4] }, { rows: [0.5] }]) {
      expect(() => people.take(wrong)).toThrow(ValueError);
    }
    expect(errorOf(() => people.take({ from: 0, rows: [1] }))).toContain("either a range or rows may be named");
    // What is wrong is found before anything is made of it.
    expect(errorOf(() => people.take({ to: 2 ** 32 }))).toBe(
      "ValueError: take: rows must be of the 4 that there are, got from=0, to=4294967296. Count them from 0.",
    );
    expect(errorOf(() => people.take({ rows: new Array(1) }))).toContain("got row undefined.");
    for (const rows of [5, "12", null, new Set([1])]) {
      expect(errorOf(() => people.take({ rows: rows as never }))).toMatch(
        /^ValueError: take: rows must be a list of numbers/,
      );
    }
    expect(people.take({ rows: new Int32Array([2]) }).values("name")).toEqual(["Grace"]);
    expect(errorOf(() => people.sort("age", { descending: "no" as never }))).toBe(
      'ValueError: sort: descending must be true or false, got "no".',
    );
  });

  it("Table shuffles the same way with the same seed, and does not change", () => {
    const table = tableOf(Array.from({ length: 50 }, (_, id) => ({ id })));
    const ids = table.shuffle({ seed: 1 }).values("id");
    expect(ids).not.toEqual(table.values("id"));
    expect([...ids].sort((a, b) => a - b)).toEqual(table.values("id"));
    expect(table.shuffle({ seed: 1 }).values("id")).toEqual(ids);
    expect(table.shuffle({ seed: 2 }).values("id")).not.toEqual(ids);
    expect(table.values("id")[0]).toBe(0);
  });

  it("Table.dropMissing drops rows with a missing value", () => {
    expect(people.dropMissing().values("name")).toEqual(["Ada", "Alan"]);
    expect(people.dropMissing(["age"]).values("name")).toEqual(["Ada", "Alan", "Kurt"]);
    expect(people.size - people.dropMissing().size).toBe(2);
  });

  it("Table derives columns", () => {
    const derived = people.derive("old", ({ age }) => (age === undefined ? undefined : age > 40));
    expect(derived.columns.at(-1)).toEqual({ name: "old", type: "boolean" });
    expect(derived.values("old")).toEqual([false, true, undefined, true]);
    const other = people.derive("age", (_, index) => `person ${index}`);
    expect([other.names, other.row(2).age]).toEqual([["name", "age", "member"], "person 2"]);
    expect(errorOf(() => people.derive("x", (_, index) => (index < 2 ? 1 : "a")))).toBe(
      'ValueError: derive: column "x" must hold finite numbers, got "a" in row 2. Convert it, or pass undefined where there is no value.',
    );
    expect(errorOf(() => people.derive("x", () => 1 / 0))).toContain("must hold finite numbers, got Infinity in row 0");
    expect(errorOf(() => people.derive("x", () => ({}) as never))).toContain("got an object in row 0");
    expect(people.derive("x", () => undefined).missing.x).toBe(4);
  });

  it("Table.summary describes its columns", () => {
    expect(people.summary()).toBe(
      [
        "4 rows, 3 columns",
        "name    category             4 different: Ada, Alan, Grace, Kurt",
        "age     number    1 missing  36 to 71, mean 49.33, deviation 15.46",
        "member  boolean   1 missing  true in 2 of 3",
      ].join("\n"),
    );
    expect(tableOf([{ id: 0 }, { id: 199_999 }]).summary()).toContain("0 to 199999, mean 100000, deviation 100000");
    expect(parseCsv("a\n").summary()).toBe("0 rows, 1 columns\na  number    no value");
  });
});

describe("parts of a table", () => {
  const kinds = tableOf(
    Array.from({ length: 100 }, (_, id) => ({ id, kind: id < 60 ? "a" : id < 90 ? "b" : "c", even: id % 2 === 0 })),
  );
  const countsOf = (table: Pick<typeof kinds, "values">): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const kind of table.values("kind")) counts[kind] = (counts[kind] ?? 0) + 1;
    return counts;
  };

  it("parts of a table have no row in common, and the requested sizes", () => {
    for (const stratified of [undefined, "kind", "even"] as const) {
      const parts = kinds.split({ parts: { train: 70, validation: 17, test: 13 }, stratified });
      expect([parts.train.size, parts.validation.size, parts.test.size]).toEqual([70, 17, 13]);
      const ids = Object.values(parts).flatMap((part) => part.values("id"));
      expect(ids.sort((a, b) => a - b)).toEqual(kinds.values("id"));
    }
  });

  it("parts of a table have their share of each class, in a random order", () => {
    const { train, test } = kinds.split({ parts: { train: 0.8, test: 0.2 }, stratified: "kind", seed: 3 });
    expect(countsOf(train)).toEqual({ a: 48, b: 24, c: 8 });
    expect(countsOf(test)).toEqual({ a: 12, b: 6, c: 2 });
    expect(new Set(train.values("kind").slice(0, 12)).size).toBeGreaterThan(1);
    expect(kinds.split({ parts: { train: 0.8, test: 0.2 }, stratified: "kind", seed: 3 }).test.values("id")).toEqual(
      test.values("id"),
    );
    expect(
      kinds.split({ parts: { train: 0.8, test: 0.2 }, stratified: "kind", seed: 4 }).test.values("id"),
    ).not.toEqual(test.values("id"));
    const ordered = kinds.split({ parts: { train: 0.5, test: 0.5 }, stratified: "kind", shuffle: false });
    expect(ordered.train.values("id")).toEqual([...ordered.train.values("id")].sort((a, b) => a - b));
    expect(countsOf(ordered.test)).toEqual({ a: 30, b: 15, c: 5 });
  });

  it("folds of a table have every row in one validation part", () => {
    for (const stratified of [undefined, "kind"] as const) {
      const folds = kinds.kFold({ folds: 5, stratified });
      expect(folds.count).toBe(5);
      const held: number[] = [];
      for (const { train, validation } of folds) {
        expect([train.size, validation.size]).toEqual([80, 20]);
        const trained = new Set(train.values("id"));
        for (const id of validation.values("id")) expect(trained.has(id)).toBe(false);
        if (stratified) expect(countsOf(validation)).toEqual({ a: 12, b: 6, c: 2 });
        held.push(...validation.values("id"));
      }
      expect(held.sort((a, b) => a - b)).toEqual(kinds.values("id"));
    }
  });

  it("parts of a table throw for impossible sizes and folds", () => {
    expect(errorOf(() => kinds.split({ parts: { train: 1 }, stratified: "id" }))).toContain(
      'stratified must name a column of categories or of true and false (or 0 and 1), got "id", which holds numbers',
    );
    expect(errorOf(() => people.kFold({ folds: 2, stratified: "member" }))).toBe(
      'ValueError: kFold: the column of stratified must have a value in every row, got none of "member" in line 5. ' +
        'Leave such rows out: table.dropMissing(["member"]).',
    );
    expect(errorOf(() => kinds.split({ parts: { train: -1, test: 2 } }))).toContain("shares must be finite numbers");
    expect(errorOf(() => kinds.split({ part: { train: 1 } } as never))).toContain('got "part"');
    expect(errorOf(() => kinds.kFold({ folds: 101 }))).toContain("folds must be a whole number from 2 to 100");
    expect(errorOf(() => [...kinds.kFold({ folds: 20, stratified: "kind" })])).toContain(
      "each class must have an example",
    );
  });
});

describe("tableOf", () => {
  it("tableOf makes a table of plain objects", () => {
    const table = tableOf([
      { a: 1, b: "x" },
      { b: null, c: true },
      { a: Number.NaN, b: "y", c: undefined },
    ] as object[]);
    expect(table.columns.map(({ name, type }) => `${name}: ${type}`)).toEqual([
      "a: number",
      "b: category",
      "c: boolean",
    ]);
    expect([...table]).toEqual([
      { a: 1, b: "x", c: undefined },
      { a: undefined, b: undefined, c: true },
      { a: undefined, b: "y", c: undefined },
    ]);
    expect(tableOf([]).size).toBe(0);
    expect(tableOf([{}, {}]).size).toBe(2);
  });

  it("tableOf takes numbers as categories if types says so", () => {
    const table = tableOf([{ level: 2 }, { level: 10 }], { types: { level: "category" } });
    expect(table.values("level")).toEqual(["2", "10"]);
  });

  it("tableOf throws for rows and columns that do not make a table", () => {
    expect(errorOf(() => tableOf(5 as never))).toContain("rows must be a list of objects");
    expect(errorOf(() => tableOf([{ a: 1 }, [1]] as never))).toContain("each row must be an object, got [1] as row 1");
    expect(errorOf(() => tableOf([{ a: 1 }, { a: "1" }], { name: "visits" }))).toBe(
      'ValueError: visits: column "a" must hold finite numbers, got "1" in row 1. Convert it, or pass undefined where there is no value.',
    );
    expect(errorOf(() => tableOf([{ a: new Date(0) }]))).toContain(
      "must hold numbers, text or true and false, got a Date",
    );
    expect(errorOf(() => tableOf([{ a: 1 }], { types: { b: "number" } }))).toContain(
      "types must give columns that exist",
    );
  });
});
