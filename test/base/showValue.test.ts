import { Dense, tensor, Variable } from "gradus";
import { describe, expect, test } from "vitest";
import { showEntries, showFunction, showValue } from "../../src/base/showValue.ts";

const circle: unknown[] = [];
circle.push(circle);

describe("showValue", () => {
  test.each<readonly [title: string, value: unknown, shown: string]>([
    ["text in quotes, so that it is not taken for a number", "42", '"42"'],
    ["a bigint with its n, so that it is not taken for a number", 42n, "42n"],
    ["the first characters of long text", "a".repeat(1000), `"${"a".repeat(80)}..."`],
    ["an array with its texts in quotes", ["a", 1, null, undefined], '["a", 1, null, undefined]'],
    [
      "the first entries of a long array",
      Array.from({ length: 1e6 }, (_, index) => index),
      "[0, 1, 2, 3, 4, 5, 6, 7, ...]",
    ],
    ["the nesting of arrays", [[1, 2], [3]], "[[1, 2], [3]]"],
    ["an array that holds itself", circle, "[[[[...]]]]"],
    ["a symbol in an array", [Symbol("s")], "[Symbol(s)]"],
    ["an object without a prototype", Object.create(null), "an object"],
    ["an object", { toString: "x" }, "an object"],
    ["a tensor by dtype and shape", tensor([[1, 2]]), "float32 [1, 2]"],
    ["a variable as one", new Variable(tensor([1, 2])), "variable float32 [2]"],
    ["another object by its class", new Date(0), "a Date"],
    ["another object by its class, with its article", new AbortController(), "an AbortController"],
    ["a typed array without its numbers", new Uint8Array(1e6), "a Uint8Array"],
    ["a regular expression", /a/, "/a/"],
    ["a function", () => 1, "a function"],
  ])("shows %s", (_, value, shown) => {
    expect(showValue(value)).toBe(shown);
  });

  test("showFunction shows a function by its name", () => {
    expect(showFunction(Dense)).toBe("the function Dense");
    expect(showFunction([1])).toBe("[1]");
  });

  test("showEntries shows plain objects by their entries", () => {
    expect(showEntries({ train: 0.8, names: ["a"], rule: { value: 3n } })).toBe(
      '{ train: 0.8, names: ["a"], rule: { value: 3n } }',
    );
    expect(showEntries({})).toBe("{}");
    const round: Record<string, unknown> = {};
    round.own = round;
    expect(showEntries(round)).toBe("{ own: { own: { own: an object } } }");
    expect(showEntries(Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`k${index}`, index])))).toMatch(
      /^\{ k0: 0, .*, k7: 7, \.\.\. \}$/,
    );
  });
});
