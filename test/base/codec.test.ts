import { describe, expect, it } from "vitest";
import {
  anything,
  decode,
  flag,
  list,
  map,
  number,
  object,
  oneOf,
  optional,
  type Reader,
  record,
  text,
  tuple,
  whole,
} from "../../src/base/codec.ts";
import { DataError } from "../../src/base/errors.ts";

interface Tree {
  readonly name: string;
  readonly size?: number;
  readonly children?: readonly Tree[];
}

const tree: Reader<Tree> = record<Tree>(() => ({
  name: text,
  size: optional(whole),
  children: optional(list(tree, 3)),
}));

const errorOf = (reader: Reader<unknown>, value: unknown): string => {
  try {
    decode("file", "root", reader, value);
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    return (error as DataError).message;
  }
  throw new Error("the value must throw");
};

describe("record", () => {
  it("record reads the fields of its interface, also its own kind, and drops the others", () => {
    const leaf = { name: "leaf", size: 2 };
    const value = { name: "root", extra: 1, children: [leaf] };
    expect(decode("file", "root", tree, value)).toEqual({ name: "root", children: [leaf] });
  });

  it("record does not compile without a field, or with the wrong kind of field", () => {
    // @ts-expect-error: name is missing.
    record<Tree>(() => ({ size: optional(whole), children: optional(list(tree)) }));
    // @ts-expect-error: size may be missing in a tree, so it must be optional here.
    record<Tree>(() => ({ name: text, size: whole, children: optional(list(tree)) }));
    // @ts-expect-error: name is required in a tree.
    record<Tree>(() => ({ name: optional(text), size: optional(whole), children: optional(list(tree)) }));
    // @ts-expect-error: name is text.
    record<Tree>(() => ({ name: number, size: optional(whole), children: optional(list(tree)) }));
  });
});

describe("decode", () => {
  it("decode names the position of a mismatch, the expected kind, and a short form of the value", () => {
    const children = [{ name: "a" }, { name: "b", size: -1 }];
    expect(errorOf(tree, { name: "root", children })).toBe(
      "file: root.children[1].size must be a whole number from 0, got -1. Check that this is a sound file of gradus.",
    );
    expect(errorOf(map(list(number)), { a: [1], b: [2, "3"] })).toContain('root.b[1] must be a number, got "3".');
    expect(errorOf(flag, 1)).toContain("root must be true or false, got 1.");
    expect(errorOf(object, [1, 2])).toContain("root must be an object, got a list of length 2.");
    expect(errorOf(object, null)).toContain("root must be an object, got null.");
    expect(errorOf(oneOf("even", "odd"), { a: 1 })).toContain("root must be one of even, odd, got an object.");
    expect(errorOf(tuple<[number, string]>(number, text), [1])).toContain("root must be a list of length 2, got");
    expect(errorOf(tree, {})).toContain("root.name must be text of at most 16777216 characters, got nothing.");
    expect(errorOf(number, "x".repeat(1000))).toContain(`got "${"x".repeat(80)}..." (1000 characters).`);
    expect(errorOf(map(number), { ["k".repeat(1000)]: "" })).toContain(`root.${"k".repeat(80)} must be a number`);
  });

  it("decode passes other errors on", () => {
    const broken = (): never => {
      throw new RangeError("broken");
    };
    expect(() => decode("file", "root", list(broken), [1])).toThrow(RangeError);
  });
});

describe("bounds", () => {
  it("decode checks bounds before it reads anything", () => {
    const never = (): never => {
      throw new Error("an entry must not be read");
    };
    expect(errorOf(list(never), new Array(2 ** 20 + 1))).toContain("a list of at most 1048576 entries, got a list of");
    expect(errorOf(list(never, 2), [1, 2, 3])).toContain("a list of at most 2 entries, got a list of length 3.");
    expect(errorOf(map(never, 1), { a: 1, b: 2 })).toContain("an object of at most 1 fields, got an object.");
    expect(errorOf(text, "x".repeat(2 ** 24 + 1))).toContain("(16777217 characters).");
    expect(decode("file", "root", list(anything, 2), [undefined, null])).toEqual([undefined, null]);
  });
});
