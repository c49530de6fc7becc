import fc from "fast-check";
import { DataError } from "gradus";
import { type CsvOptions, parseCsv } from "gradus/table";
import { describe, expect, it } from "vitest";
import { cellReader } from "../../src/table/csv/cellReader.ts";
import { csvRules } from "../../src/table/csv/csvOptions.ts";
import { CsvReader } from "../../src/table/csv/csvReader.ts";

const delimiters = [",", ";", "\t", "|"] as const;
const name = fc.string({ minLength: 1, maxLength: 6 }).map((text) => `n${text.trim()}`);
const cell = fc.oneof(
  { weight: 3, arbitrary: fc.string({ minLength: 1, maxLength: 12 }) },
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 5 }),
  fc.string({ unit: fc.constantFrom('"', ",", ";", "\n", "\r", " ", "a", "\t"), minLength: 1, maxLength: 8 }),
);

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

describe("the reader of CSV", () => {
  it("the reader of CSV returns every text that is written in quotes, however the text is cut into pieces", () => {
    const tables = fc
      .uniqueArray(name, { minLength: 1, maxLength: 4 })
      .chain((names) =>
        fc.tuple(
          fc.constant(names),
          fc.array(fc.array(cell, { minLength: names.length, maxLength: names.length }), { maxLength: 6 }),
        ),
      );
    const layout = fc.record({
      delimiter: fc.constantFrom(...delimiters),
      newline: fc.constantFrom("\n", "\r\n"),
      last: fc.boolean(),
      cuts: fc.array(fc.nat(200), { maxLength: 6 }),
    });
    fc.assert(
      fc.property(tables, layout, ([names, rows], { delimiter, newline, last, cuts }) => {
        const lines = [names, ...rows].map((row) => row.map(quoted).join(delimiter));
        const text = lines.join(newline) + (last ? newline : "");
        const options: CsvOptions = {
          delimiter,
          trim: false,
          missing: [],
          types: Object.fromEntries(names.map((name) => [name, "category"])),
        };
        const reader = new CsvReader({ operation: "fuzz", name: undefined }, csvRules("fuzz", options));
        let at = 0;
        for (const cut of [...cuts, text.length]) {
          reader.push(text.slice(at, at + cut));
          at = Math.min(text.length, at + cut);
        }
        const table = reader.finish();
        // A row of one field that is blank is an empty line.
        const kept = names.length > 1 ? rows : rows.filter(([field]) => field.trim() !== "");
        expect(table.size).toBe(kept.length);
        for (const [index, name] of names.entries()) {
          const expected = kept.map((row) => row[index]);
          const got = table.values(name);
          // A \r at the very end of a row is taken for half of a line break, also where quotes say that it is text.
          const isLast = index === names.length - 1;
          expect(got).toEqual(isLast ? expected.map((value) => value.replace(/\r$/, "")) : expected);
        }
      }),
      { numRuns: 400 },
    );
  });

  it("the reader of CSV returns every number that was written", () => {
    const numbers = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(numbers, (values) => {
        const table = parseCsv(`x\n${values.map(String).join("\n")}\n`);
        expect(table.values("x")).toEqual(values.map((value) => (Object.is(value, -0) ? 0 : value)));
      }),
    );
    const { number } = cellReader({ decimal: ".", thousands: undefined });
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), (text) => {
        const value = number(text);
        if (value !== undefined) expect(value).toBe(Number(text));
        else expect(/^[+-]?(\d+(\.\d+)?|\.\d+)(e[+-]?\d{1,2})?$/.test(text)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it("the reader of CSV makes a table of any text, or says what is wrong", () => {
    const pieces = fc.constantFrom(
      '"',
      '""',
      ",",
      ";",
      "\n",
      "\r\n",
      "\r",
      " ",
      "\t",
      "a",
      "1",
      "-",
      "é",
      "\ufeff",
      "NA",
      "b,c\n",
    );
    const any = fc.oneof(
      fc.array(pieces, { maxLength: 60 }).map((list) => list.join("")),
      fc.string({ maxLength: 60 }),
    );
    let tables = 0;
    fc.assert(
      fc.property(any, fc.boolean(), (text, header) => {
        try {
          const table = parseCsv(text, { header });
          for (const row of table) expect(Object.keys(row)).toHaveLength(table.columns.length);
          tables++;
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
          expect(String(error)).toMatch(/^DataError: parseCsv: .+, got .+\. .+\.$/s);
        }
      }),
      { numRuns: 2000 },
    );
    expect(tables).toBeGreaterThan(100);
  });
});

describe("hostile CSV text", () => {
  const limits: readonly [string, () => string, string][] = [
    [
      "a line of 10 MB",
      () => `a,b\n${"x".repeat(1e7)},1\n`,
      "a row may have 4194304 characters, got more from line 2 on",
    ],
    ["a quote that swallows 10 MB", () => `a,b\n"${"x,\n".repeat(3.4e6)}`, "that every quote is closed"],
    ["a million columns", () => `${Array.from({ length: 1e6 }, (_, i) => `c${i}`).join(",")}\n`, "a row may have"],
    ["a hundred thousand columns", () => `${"a,".repeat(1e5)}\n`, "a table may have 65536 columns, got 100001"],
    ["quotes before blanks", () => `a,b\n"${'"a'.repeat(2e5)}${" ".repeat(2e5)}`, "there may be 1000 blanks together"],
    ["a million quotes", () => `a,b\n"${'"a'.repeat(5e5)}"\n`, "text behind a closing quote"],
  ];
  it.each(limits)("the reader of CSV throws for %s", (_, text, message) => {
    expect(() => parseCsv(text())).toThrow(DataError);
    expect(() => parseCsv(text())).toThrow(message);
  });

  it("the reader of CSV shortens long texts in errors", () => {
    const long = "x".repeat(1e5);
    const message = (() => {
      try {
        parseCsv(`a,b\n1,2\n2,2\n${long},2\n`);
      } catch (error) {
        return String(error);
      }
      return "";
    })();
    expect(message).toContain('got "xxxx');
    expect(message.length).toBeLessThan(400);
  });
});
