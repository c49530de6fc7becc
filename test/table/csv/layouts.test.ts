import { gzipSync } from "node:zlib";
import { type CsvOptions, parseCsv, readCsv, tableOf } from "gradus/table";
import { describe, expect, it } from "vitest";
import { errorOf } from "../../layers/helpers.ts";

/** What other programs write around a table: no header, an index, comments, gzip; and all bad columns at once. */

const rowsOf = (text: string, options?: CsvOptions): unknown => [...parseCsv(text, options)];

describe("a first row that looks like data", () => {
  it.each([
    ["text in the last column", "5.1,3.5,setosa\n4.9,3,setosa\n7,3.2,versicolor\n", '"5.1", "3.5" in line 1'],
    ["a single text value", "5.1,3.5,setosa\n7,3.2,versicolor\n", '"5.1", "3.5" in line 1'],
    ["text in the first column that comes again", "setosa,5,3\nsetosa,4,3\n", '"5", "3" in line 1'],
    ["text behind it alone", "1,2,x\n3,4,y\n", '"1", "2" in line 1'],
    ["true and false", "1,true\n2,false\n", '"1", "true" in line 1'],
    ["a missing value", "1,NA,x\n2,3,y\n", '"1" in line 1'],
    ["pixels with a label", "0,255,1,cat\n3,4,5,dog\n", '"0", "255", "1" in line 1'],
  ])("parseCsv throws for a first row that looks like data with %s", (_, text, got) => {
    const message = errorOf(() => parseCsv(text));
    expect(message).toContain(`names of columns must not be numbers above numbers, got ${got}`);
    expect(message).toContain("Pass { header: false } or, with names, { header: false, names: [...] };");
    expect(parseCsv(text, { header: false }).size).toBe(text.split("\n").length - 1);
    expect(parseCsv(text, { header: true }).size).toBe(text.split("\n").length - 2);
  });

  it.each([
    ["years above text", "2019,2020\nhigh,low\nlow,low\n", ["2019", "2020"]],
    ["years behind a first column of text", "country,2019,2020\nItaly,1,2\nPeru,3,4\n", ["country", "2019", "2020"]],
    ["years behind a number with a name", "id,2019\n1,5\n2,6\n", ["id", "2019"]],
    ["a column of numbers with a name", "7,size\n1,2\n3,4\n", ["7", "size"]],
    ["numbers behind an index", ",0,1\n0,1.5,2.5\n1,3.5,4.5\n", ["0", "1"]],
    ["only text", "a,b\nx,y\n", ["a", "b"]],
    ["no rows", "country,2019\n", ["country", "2019"]],
  ])("parseCsv takes the first row as names with %s", (_, text, names) => {
    expect(parseCsv(text).names).toEqual(names);
  });

  it("parseCsv throws for a header of numbers above numbers, without rows, or with repeated numbers", () => {
    for (const text of ["1,2\n3,4\n", "1,2\n", "0,0,1\nx,y,z\n", "2019,2020\n1,high\n2,low\n"]) {
      expect(errorOf(() => parseCsv(text))).toContain("the first row must name the columns, got only numbers");
    }
    expect(errorOf(() => parseCsv("0,255,0,cat\n1,2,3,dog\n"))).toMatch(
      /"0" for fields 1 and 3 .* Pass \{ header: false \}/,
    );
  });

  it("parseCsv with { header: true } takes numbers as names, and { names } replaces them", () => {
    expect(rowsOf("0,1\n5,6\n", { header: true })).toEqual([{ 0: 5, 1: 6 }]);
    expect(rowsOf("0,1,label\n5,6,x\n", { names: ["a", "b", "c"] })).toEqual([{ a: 5, b: 6, c: "x" }]);
  });
});

describe("an index without a name", () => {
  it("parseCsv leaves out the index that pandas and R write", () => {
    expect(rowsOf(",a,b\n0,1,x\n1,2,y\n")).toEqual([
      { a: 1, b: "x" },
      { a: 2, b: "y" },
    ]);
    expect(rowsOf('"","mpg","cyl"\n"Mazda RX4",21,6\n"Datsun 710",22.8,4\n')).toEqual([
      { mpg: 21, cyl: 6 },
      { mpg: 22.8, cyl: 4 },
    ]);
    // Tables that were put together count again.
    expect(parseCsv(",a\n0,1\n1,2\n0,3\n").names).toEqual(["a"]);
    expect(parseCsv(",a\n0,1\n", { columns: ["a"] }).names).toEqual(["a"]);
    expect(parseCsv(",a\n0,1\n", { names: ["row", "a"] }).names).toEqual(["row", "a"]);
  });

  it("parseCsv throws for any other column without a name", () => {
    expect(errorOf(() => parseCsv(",a\nx,1\nx,2\n"))).toContain("a first column without a name must be an index");
    expect(errorOf(() => parseCsv(",a\n0.5,1\n1.5,2\n"))).toContain("a first column without a name must be an index");
    expect(errorOf(() => parseCsv("a,\n1,2\n"))).toContain("got none for field 2 of line 1");
    expect(errorOf(() => parseCsv(",,a\n1,2,3\n"))).toContain("got none for field 2 of line 1");
  });
});

describe("a header of R that is one name short", () => {
  const cars = '"mpg","cyl"\n"Mazda RX4",21,6\n"Datsun 710",22.8,4\n';
  const rows = [
    { mpg: 21, cyl: 6 },
    { mpg: 22.8, cyl: 4 },
  ];

  it("csv: row names that differ are left out, whatever the delimiter", () => {
    expect(rowsOf(cars)).toEqual(rows);
    expect(rowsOf(cars.replaceAll(",", "\t"))).toEqual(rows);
    expect(rowsOf(cars.replaceAll(",", " "), { delimiter: " " })).toEqual(rows);
    expect(parseCsv(cars, { columns: ["cyl"] }).names).toEqual(["cyl"]);
  });

  it("csv: row names that count from 1 are left out", () => {
    expect(rowsOf('"a","b"\n"1",5,"x"\n"2",6,"y"\n')).toEqual([
      { a: 5, b: "x" },
      { a: 6, b: "y" },
    ]);
  });

  it("csv: names may name the column of row names too", () => {
    expect(rowsOf(cars, { names: ["car", "mpg", "cyl"] })).toEqual([
      { car: "Mazda RX4", mpg: 21, cyl: 6 },
      { car: "Datsun 710", mpg: 22.8, cyl: 4 },
    ]);
    expect(errorOf(() => parseCsv(cars, { names: ["car", "x", "mpg", "cyl"] }))).toContain(
      "names must name every column",
    );
  });

  it("csv: another field too many stays an error: the values would go to other columns", () => {
    const advice = "got other values. Pass { names: [...] } to name all columns.";
    expect(errorOf(() => parseCsv('"a","b"\n"7",1,2\n"9",3,4\n'))).toContain(advice);
    expect(errorOf(() => parseCsv('"a","b"\n"x",1,2\n"x",3,4\n'))).toContain(advice);
    // A delimiter at the end of each row.
    expect(errorOf(() => parseCsv('"a","b"\n"1","2",\n"2","3",\n'))).toContain(
      "every row must have 2 fields, got 3 in line 2",
    );
    expect(errorOf(() => parseCsv("a,b\n1,2\n2,3,4\n"))).toContain("every row must have 2 fields, got 3 in line 3");
    expect(errorOf(() => parseCsv('"a","b"\n"1",2,3\n2,3\n'))).toContain(
      "every row must have 3 fields, got 2 in line 3",
    );
    // Without quotes, it may as well be a name that is missing at the end.
    expect(errorOf(() => parseCsv("a,b\nx,1,2\ny,3,4\n"))).toContain(
      'pass { names: ["row", ...] }, a name for every field',
    );
    expect(rowsOf("a,b\nx,1,2\n", { names: ["row", "a", "b"] })).toEqual([{ row: "x", a: 1, b: 2 }]);
    expect(errorOf(() => parseCsv("1,2,3\n1,2,3,4\n", { header: false }))).toContain("every row must have 3 fields");
  });
});

describe("lines that are not rows", () => {
  it("parseCsv leaves out comments and skipped lines, and counts them in errors", () => {
    const text = '# made by hand\na,b\n1,"x\n# text"\n# 2,y\n3,z\n#end';
    expect(rowsOf(text, { comment: "#" })).toEqual([
      { a: 1, b: "x\n# text" },
      { a: 3, b: "z" },
    ]);
    expect(rowsOf("# one\r\na,b\r\n# two\r\n1,x\r\n", { comment: "#" })).toEqual([{ a: 1, b: "x" }]);
    expect(rowsOf("// a\na;b\n1;2\n", { comment: "//" })).toEqual([{ a: 1, b: 2 }]);
    expect(rowsOf("Report, 2024\n\na,b\n1,2\n", { skipRows: 2 })).toEqual([{ a: 1, b: 2 }]);
    expect(rowsOf("unit\rkg\ra\r1\r", { skipRows: 2 })).toEqual([{ a: 1 }]);
    expect(rowsOf("x\n1,2\n", { skipRows: 1, header: false, names: ["a", "b"] })).toEqual([{ a: 1, b: 2 }]);
    for (const quoted of ["x", '"x"', '"x\ny"']) {
      const bad = `#\n#\na,b\n#\n1,${quoted}\n#\n#\n2\n`;
      const line = quoted.includes("\n") ? 9 : 8;
      expect(errorOf(() => parseCsv(bad, { comment: "#" }))).toContain(`got 1 in line ${line}`);
      expect(errorOf(() => parseCsv(`skip\n${bad}`, { comment: "#", skipRows: 1 }))).toContain(`in line ${line + 1}`);
    }
    expect(errorOf(() => parseCsv("a\n1\n", { skipRows: 5 }))).toContain("there must be a row with the names");
    expect(errorOf(() => parseCsv("title\na,b\n1,2\n"))).toContain("skipRows");
    expect(errorOf(() => parseCsv("a\n1\n", { comment: "" }))).toContain("comment must be text");
    expect(errorOf(() => parseCsv("a\n1\n", { skipRows: -1 }))).toContain("skipRows must be a whole number from 0");
  });

  it("readCsv leaves out comments that are cut between the pieces of a long file", async () => {
    const lines = Array.from(
      { length: 200_000 },
      (_, row) => `${row % 3 === 0 ? '# a comment, with a "quote\n' : ""}${row},x`,
    );
    const table = await readCsv(new Blob([`a,b\n${lines.join("\n")}\n`]), { comment: "#" });
    expect([table.size, table.row(199_999)]).toEqual([200_000, { a: 199_999, b: "x" }]);
  });
});

it("readCsv unpacks gzipped files, and names damaged ones", async () => {
  const text = `a,b\n${Array.from({ length: 300_000 }, (_, row) => `${row},x`).join("\n")}\n`;
  const packed = gzipSync(text);
  const table = await readCsv(new Uint8Array(packed));
  expect([table.size, table.row(299_999)]).toEqual([300_000, { a: 299_999, b: "x" }]);
  expect((await readCsv(new Blob([packed]))).size).toBe(300_000);
  await expect(readCsv(new Uint8Array(packed.subarray(0, -100)), { name: "cut" })).rejects.toThrow(
    "cut: the gzip file must be complete, got damaged data. Get the file again.",
  );
  await expect(readCsv(new Uint8Array(gzipSync("a,b\n1\n")))).rejects.toThrow("got 1 in line 2");
});

it("parseCsv names all columns with wrong values in one error", () => {
  const message = errorOf(() => parseCsv("a,b,c,d\n1,2,x,3\n4,5,y,6\nm,7,z,8\n9,n,w,10\n", { name: "lab" }));
  expect(message).toContain(
    'lab: every column must hold values of one type, got 2 that do not:\n  column "a" seems to',
  );
  expect(message).toContain('got "m" in line 4');
  expect(message).toContain('\n  column "b" seems to hold numbers, got "n" in line 5');
  const wide = `${Array.from({ length: 30 }, (_, index) => `c${index}`)}\n${"1,".repeat(29)}1\n${"2,".repeat(29)}2\n${"x,".repeat(29)}x\n`;
  expect(errorOf(() => parseCsv(wide))).toMatch(/got 30 that do not:\n(?:.*\n){20} {2}and 10 more$/);
});

it("tableOf takes columns as an object of arrays", () => {
  const table = tableOf({ kind: ["plum", "pear"], length: Float32Array.of(3.5, 9), fresh: [true, null] });
  expect([...table]).toEqual([
    { kind: "plum", length: 3.5, fresh: true },
    { kind: "pear", length: 9, fresh: undefined },
  ]);
  expect(tableOf({ a: [] }).names).toEqual(["a"]);
  expect(tableOf({ zip: [123, 456] }, { types: { zip: "category" } }).columns[0].type).toBe("category");
  expect(errorOf(() => tableOf({ a: [1, 2], b: [1] }))).toContain(
    'tableOf: columns must have one length, got 1 for "b" beside 2.',
  );
  expect(errorOf(() => tableOf({ a: 1 } as never))).toContain('each column must be an array, got 1 as "a"');
  expect(errorOf(() => tableOf({ a: [1, "x"] }))).toContain('column "a" must hold finite numbers, got "x" in row 1');
  for (const wrong of [5, "x", null, {}, Float32Array.of(1)]) {
    expect(errorOf(() => tableOf(wrong as never))).toContain("rows must be a list of objects, or an object of columns");
  }
});
