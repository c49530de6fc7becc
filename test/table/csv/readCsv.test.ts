import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataError, DTypeError, GradusError, ValueError } from "gradus";
import { parseCsv, readCsv } from "gradus/table";
import { afterAll, describe, expect, it } from "vitest";
import { readPieces } from "../../../src/platform/browser.ts";

const folder = mkdtempSync(join(tmpdir(), "gradus-csv-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe("readCsv", () => {
  it("readCsv reads the tables of the repository: 150 irises, 178 wines, 569 tumours", async () => {
    const iris = await readCsv("data/tabular/iris.csv");
    expect(iris.size).toBe(150);
    expect(iris.columns.map(({ type }) => type)).toEqual(["number", "number", "number", "number", "category"]);
    expect(iris.row(0)).toEqual({
      sepal_length_cm: 5.1,
      sepal_width_cm: 3.5,
      petal_length_cm: 1.4,
      petal_width_cm: 0.2,
      species: "setosa",
    });
    const [wine, cancer] = [await readCsv("data/tabular/wine.csv"), await readCsv("data/tabular/breast-cancer.csv")];
    expect([wine.size, wine.columns.length, cancer.size, cancer.columns.length]).toEqual([178, 14, 569, 31]);
    expect(cancer.filter(({ diagnosis }) => diagnosis === "malignant").size).toBe(212);
    expect([iris.missing, wine.missing, cancer.missing]).toEqual([{}, {}, {}]);
  });

  it("readCsv reads a file, a Blob and bytes alike, also if lines, quotes and letters are cut between pieces", async () => {
    // Three megabytes: pieces end anywhere, within "€" (three bytes) too.
    const rows = Array.from({ length: 60_000 }, (_, row) => `${row},"€ ""${row % 7}""\r\n, €€€€€€€€€€",${row / 8}\r\n`);
    const text = `\ufeffid,text,value\r\n${rows.join("")}`;
    const whole = parseCsv(text);
    expect([whole.size, whole.values("value")[59_999], whole.values("text")[8]]).toEqual([
      60_000,
      59_999 / 8,
      '€ "1"\r\n, €€€€€€€€€€',
    ]);
    const bytes = new TextEncoder().encode(text);
    expect(bytes.length).toBeGreaterThan(3 * 2 ** 20);
    for (const source of [file("large.csv", bytes), new Blob([bytes]), bytes, bytes.buffer]) {
      const table = await readCsv(source);
      expect(table.values("id")).toEqual(whole.values("id"));
      expect(table.values("text")).toEqual(whole.values("text"));
    }
  });

  it("readCsv reads other encodings if an option names them", async () => {
    const path = file(
      "latin.csv",
      Uint8Array.from([..."stadt,n\nKöln,1\n"].map((character) => character.charCodeAt(0))),
    );
    await expect(readCsv(path)).rejects.toThrow(
      `${path}: the file must be text in utf-8, got bytes that are not. Name its encoding, { encoding: "windows-1252" }`,
    );
    for (const [encoding, bytes] of [
      ["utf-16le", [0xff, 0xfe, 0x61, 0, 0x0a, 0, 0x37, 0, 0x0a, 0]],
      ["utf-16be", [0xfe, 0xff, 0, 0x61, 0, 0x0a, 0, 0x37, 0, 0x0a]],
    ] as const) {
      await expect(readCsv(Uint8Array.from(bytes))).rejects.toThrow(
        `readCsv: the file must be text in utf-8, got the byte-order mark of ${encoding}. Pass { encoding: "${encoding}" }.`,
      );
      expect((await readCsv(Uint8Array.from(bytes), { encoding })).row(0)).toEqual({ a: 7 });
      const unmarked = Uint8Array.from(bytes.slice(2));
      await expect(readCsv(unmarked)).rejects.toThrow(
        `got a byte of 0 in its first letter, as in ${encoding}. Pass { encoding: "${encoding}" }.`,
      );
      expect((await readCsv(unmarked, { encoding })).row(0)).toEqual({ a: 7 });
    }
    expect((await readCsv(path, { encoding: "windows-1252" })).row(0)).toEqual({ stadt: "Köln", n: 1 });
    await expect(readCsv(path, { encoding: "klingon" })).rejects.toThrow(ValueError);
  });

  it("readCsv names the file in errors", async () => {
    const path = file("bad.csv", "a,b\n1,2\n1\n");
    await expect(readCsv(path)).rejects.toThrow(`${path}: every row must have 2 fields, got 1 in line 3`);
    await expect(readCsv(path, { name: "my table" })).rejects.toThrow("my table: every row");
    await expect(readCsv(join(folder, "none.csv"))).rejects.toThrow("the file must exist, got file not found");
    await expect(readCsv(folder)).rejects.toThrow("this must be a plain file, got a folder");
    await expect(readCsv(file("cut.csv", Uint8Array.from([97, 10, 0xe2, 0x82])))).rejects.toThrow(DataError);
    await expect(readCsv(5 as unknown as string)).rejects.toThrow(DTypeError);
  });

  it("readCsv throws for a path on a page, and says that a page has no files", async () => {
    await expect(async () => {
      for await (const _ of readPieces("a.csv", { pieceBytes: 8 }));
    }).rejects.toThrow(GradusError);
  });
});
