import { DataError, ValueError } from "gradus";
import { type CsvOptions, parseCsv } from "gradus/table";
import { describe, expect, it } from "vitest";
import { errorOf } from "../../layers/helpers.ts";

const rowsOf = (text: string, options?: CsvOptions): unknown => [...parseCsv(text, options)];
const typesOf = (text: string, options?: CsvOptions): string =>
  parseCsv(text, options)
    .columns.map(({ name, type }) => `${name}: ${type}`)
    .join(", ");

describe("what a CSV file may look like", () => {
  it.each([
    ["quotes, with delimiter, line break and quotes in them", 'a,b\n"x, ""y""",1\n"li\nne",2\n'],
    ["line breaks of Windows", 'a,b\r\n"x, ""y""",1\r\n"li\nne",2\r\n'],
    ["quotes in the last field", 'b,a\r\n1,"x, ""y"""\r\n2,"li\nne"'],
    ["the mark of Windows' programs, and no last line break", '\ufeffa,b\n"x, ""y""",1\n"li\nne",2'],
    ["semicolons", 'a;b\n"x, ""y""";1\n"li\nne";2\n'],
    ["tabs", 'a\tb\n"x, ""y"""\t1\n"li\nne"\t2\n'],
    ["bars", 'a|b\n"x, ""y"""|1\n"li\nne"|2\n'],
    ["empty lines", '\na,b\n\n"x, ""y""",1\n  \n"li\nne",2\n\n\n'],
    ["blanks around fields", ' a , b\n"x, ""y"""  , 1\n"li\nne"   ,2 \n'],
  ])("parseCsv reads %s", (_, text) => {
    expect([...parseCsv(text)]).toEqual([
      { a: 'x, "y"', b: 1 },
      { a: "li\nne", b: 2 },
    ]);
  });

  it("parseCsv reads line breaks of old Macs", () => {
    expect(rowsOf("a,b\r1,2\r3,4\r")).toEqual([
      { a: 1, b: 2 },
      { a: 3, b: 4 },
    ]);
  });

  it("parseCsv reads a file that ends within a line break of two characters", () => {
    expect(rowsOf('a,b\r\n1,"x"\r')).toEqual([{ a: 1, b: "x" }]);
    expect(rowsOf("a,b\r")).toEqual([]);
  });

  it("parseCsv reads one column, one row, and no row", () => {
    expect(rowsOf("a\n1\n2\n")).toEqual([{ a: 1 }, { a: 2 }]);
    expect(rowsOf("a,b\nx,y")).toEqual([{ a: "x", b: "y" }]);
    expect(rowsOf("a,b\n")).toEqual([]);
    expect(parseCsv("a,b").names).toEqual(["a", "b"]);
  });

  it("parseCsv reads files without a header, with or without names in its place", () => {
    expect(rowsOf("1,x\n2,y", { header: false })).toEqual([
      { column1: 1, column2: "x" },
      { column1: 2, column2: "y" },
    ]);
    expect(rowsOf("1,x\n2,y", { header: false, names: ["n", "t"] })).toEqual([
      { n: 1, t: "x" },
      { n: 2, t: "y" },
    ]);
    expect(rowsOf("a,a,\n1,2,3", { names: ["p", "q", "r"] })).toEqual([{ p: 1, q: 2, r: 3 }]);
  });

  it("parseCsv reads only the selected columns", () => {
    expect(rowsOf("a,b,c\n1,12abc,3\n2,5,4\n3,6,5\n", { columns: ["c", "a"] })).toEqual([
      { a: 1, c: 3 },
      { a: 2, c: 4 },
      { a: 3, c: 5 },
    ]);
  });

  it("parseCsv reads short rows if an option allows them", () => {
    expect(rowsOf("a,b,c\n1,2\n4,5,6\n7\n", { ragged: "pad" })).toEqual([
      { a: 1, b: 2, c: undefined },
      { a: 4, b: 5, c: 6 },
      { a: 7, b: undefined, c: undefined },
    ]);
    expect(() => parseCsv("a,b\n1,2,3\n", { ragged: "pad" })).toThrow("got 3 in line 2");
  });

  it("parseCsv reads columns with the names of properties that every object has", () => {
    const [row] = parseCsv("__proto__,constructor,toString\n1,2,3\n");
    expect(Object.entries(row)).toEqual([
      ["__proto__", 1],
      ["constructor", 2],
      ["toString", 3],
    ]);
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
  });

  it("parseCsv keeps blanks that belong to the text", () => {
    expect(rowsOf('a,b\n" x ", 1\n', { trim: false })).toEqual([{ a: " x ", b: 1 }]);
    expect(rowsOf('a,b\n" x ", 1\n')).toEqual([{ a: "x", b: 1 }]);
  });
});

describe("types", () => {
  it("parseCsv detects types from the values", () => {
    expect(typesOf("n,c,b,m\n1,x,true,\n-.5e3,2,FALSE,\n+7.,y,False,NA\n")).toBe(
      "n: number, c: category, b: boolean, m: number",
    );
  });

  it.each(["0", "-0", "12", "+3.5", "-.5", "7.", "1e3", "1E-3", "0.5", "9007199254740992"])(
    "parseCsv reads %s as a number",
    (text) => {
      const table = parseCsv(`a\n${text}\n`);
      expect(table.columns[0].type).toBe("number");
      expect(table.values("a")).toEqual([Number(text)]);
    },
  );

  it.each(["12abc", "0x10", "Infinity", "1e999", "1_000", "1 000", "--1", "1.2.3", ".", "e5", "+", "½", "１"])(
    "parseCsv reads %s as text",
    (text) => {
      expect(typesOf(`a\n${text}\n`)).toBe("a: category");
      expect(() => parseCsv(`a\n${text}\n`, { types: { a: "number" } })).toThrow(
        `column "a" must hold numbers, got "${text}" in line 2`,
      );
    },
  );

  it("parseCsv reads a column as text if it has a code, whose digits a number would lose", () => {
    for (const code of ["01234", "007", "00", "12345678901234567890", "9007199254740993"]) {
      const zips = parseCsv(`zip\n98052\n${code}\n10115\n`);
      expect(zips.columns[0].type).toBe("category");
      expect(zips.values("zip")).toEqual(["98052", code, "10115"]);
    }
  });

  it("parseCsv reads a code as a number if types says so and no digit is lost", () => {
    const options = { name: "x.csv", types: { n: "number" } } as const;
    expect(parseCsv("n\n01234\n7\n", options).values("n")).toEqual([1234, 7]);
    expect(errorOf(() => parseCsv("n\n1\n12345678901234567890\n", options))).toBe(
      'DataError: x.csv: column "n" must hold numbers whose digits float64 keeps, as up to 2^53, got "12345678901234567890" in ' +
        'line 3. Read it as text: { types: { "n": "category" } }.',
    );
  });

  it("parseCsv throws for a code that comes after the first thousand values", () => {
    const numbers = `n\n${"1\n".repeat(1000)}`;
    expect(() => parseCsv(`${numbers}01234\n`)).toThrow(
      'column "n" seems to hold numbers, got "01234" in line 1002. Correct it, or pass { types: { "n": "category" } }',
    );
    expect(() => parseCsv(`${numbers}12345678901234567890\n`)).toThrow("must hold numbers whose digits float64 keeps");
  });

  it("parseCsv throws for a column where most values are numbers, but not all", () => {
    expect(errorOf(() => parseCsv('a,b\n1,"x\ny"\n2,x\n12abc,x\n3,x\n', { name: "ages.csv" }))).toBe(
      'DataError: ages.csv: column "a" seems to hold numbers, got "12abc" in line 5. Correct it, or pass { types: { "a": ' +
        '"category" } }, or, for a missing value, { missing: ["", "12abc"] }.',
    );
    expect(rowsOf("a\n1\n2\n12abc\n", { types: { a: "category" } })).toEqual([{ a: "1" }, { a: "2" }, { a: "12abc" }]);
    expect(rowsOf("a\n1\n2\nnone\n", { missing: ["none"] })).toEqual([{ a: 1 }, { a: 2 }, { a: undefined }]);
  });

  it("parseCsv does not change a type after the first thousand values", () => {
    const text = `a,b\n${"1,x\n".repeat(1000)}y,2\n`;
    expect(() => parseCsv(text)).toThrow('column "a" seems to hold numbers, got "y" in line 1002');
    expect(parseCsv(text, { types: { a: "category" } }).size).toBe(1001);
    const late = parseCsv(`a,b\n${",1\n".repeat(5000)}7,1\n`);
    expect(late.columns[0].type).toBe("number");
    expect(late.row(5000)).toEqual({ a: 7, b: 1 });
    expect(() => parseCsv("a\ntrue\n1\n", { types: { a: "boolean" } })).toThrow(
      'column "a" must hold true and false, got "1" in line 3',
    );
  });

  it("parseCsv throws for numbers with commas, and names the options for them", () => {
    const german = "price;kind\n1,5;x\n12;x\n1.234,5;y\n";
    expect(() => parseCsv(german)).toThrow('got numbers with commas, "1,5" in line 2. Pass { decimal: "," }');
    expect(parseCsv(german, { decimal: ",", thousands: "." }).values("price")).toEqual([1.5, 12, 1234.5]);
    expect(parseCsv('a,b\n"1,234",x\n"12,345,678.5",y\n', { thousands: "," }).values("a")).toEqual([1234, 12345678.5]);
    // Groups are of three digits.
    expect(() => parseCsv('a\n"1,23"\n', { thousands: ",", types: { a: "number" } })).toThrow('got "1,23"');
    expect(parseCsv("a;b\n1 234;2\n", { thousands: " " }).values("a")).toEqual([1234]);
  });
});

describe("missing values", () => {
  it("parseCsv recognizes missing values by their texts", () => {
    const table = parseCsv("n,c\n,\nNA,N/A\nNaN,nan\nnull,NULL\n ? ,?\n1,x\n");
    expect(table.missing).toEqual({ n: 5, c: 5 });
    expect(table.row(0)).toEqual({ n: undefined, c: undefined });
    expect(table.dropMissing().size).toBe(1);
  });

  it("parseCsv takes other texts for missing values with an option", () => {
    expect(parseCsv("n,c\n-999,NA\n1,-\n", { missing: ["-999", "-"] }).missing).toEqual({ n: 1, c: 1 });
    expect(parseCsv("c\nNA\nx\n", { missing: [] }).values("c")).toEqual(["NA", "x"]);
  });
});

describe("files and options that parseCsv throws for", () => {
  it.each([
    ["", "there must be a row with the names of the columns, got no text"],
    ["\n \n", "there must be a row with the names of the columns, got no text"],
    ["a,b\n1,2\n3\n", "every row must have 2 fields, got 1 in line 3"],
    ["a,b\n1,2,3\n", "every row must have 2 fields, got 3 in line 2"],
    ['a,b\n"x\ny",1\n2\n', "every row must have 2 fields, got 1 in line 4"],
    ["a,b,a\n1,2,3\n", 'each column must have a name of its own, got "a" for fields 1 and 3 of line 1'],
    ["\na,\n1,2\n", "each column must have a name of its own, got none for field 2 of line 2"],
    ["1,2\n3,4\n", 'the first row must name the columns, got only numbers, "1, 2"'],
    ['a,b\n1,"x\n2,3\n', "got a quote that is never closed in the row that begins in line 2"],
    ['a,b\n1,2\n"x"y,2\n', "got text behind a closing quote in the row that begins in line 3"],
  ])("parseCsv throws for %j", (text, message) => {
    expect(() => parseCsv(text)).toThrow(DataError);
    expect(() => parseCsv(text)).toThrow(message);
  });

  it.each<[CsvOptions, string]>([
    [{ delimiter: ",," }, "delimiter must be one character"],
    [{ delimiter: '"' }, "delimiter must be one character"],
    [{ decimal: ";" as "," }, 'decimal must be "." or ","'],
    [{ decimal: ",", delimiter: "," }, "delimiter and decimal must differ"],
    [{ thousands: "." }, "decimal and thousands must differ"],
    [{ thousands: "1" }, "thousands must be a comma"],
    [{ header: 1 as unknown as boolean }, "header must be true or false"],
    [{ names: ["a", "a"] }, "names must differ"],
    [{ columns: "a" as unknown as string[] }, "columns must be a list of text"],
    [{ types: { a: "text" as "category" } }, 'the type of "a" must be one of number, category, boolean, got "text"'],
    [{ ragged: "drop" as "pad" }, "ragged must be one of error, pad"],
    [{ delimeter: ";" } as CsvOptions, 'got "delimeter"'],
  ])("parseCsv throws for %j", (options, message) => {
    expect(() => parseCsv("a,b\n1,2\n", options)).toThrow(ValueError);
    expect(() => parseCsv("a,b\n1,2\n", options)).toThrow(message);
  });

  it("parseCsv throws for options that do not fit the file", () => {
    const refused = (options: CsvOptions): string => errorOf(() => parseCsv("a,b\n1,2\n", options));
    expect(refused({ columns: ["z"] })).toContain(
      'columns must name columns that exist, got "z". The columns are a, b.',
    );
    expect(refused({ types: { z: "number" } })).toContain('types must name columns that exist, got "z"');
    expect(refused({ names: ["a"] })).toContain("names must name every column, got 1 for the 2 fields of line 1");
    expect(errorOf(() => parseCsv(new Uint8Array(3) as unknown as string))).toContain(
      "CSV must be text, got a Uint8Array",
    );
  });
});
