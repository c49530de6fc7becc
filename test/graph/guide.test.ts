import { expect, test } from "vitest";
import { onnxOperators } from "../../src/graph/onnx/onnxOperators.ts";
import { tensorflowOperators } from "../../src/graph/tensorflow/tensorflowOperators.ts";
import { textOf } from "../docs/pages.ts";

/** The operators in the tables of families, in their order. */
const tables = Array.from(
  textOf("docs/guides/models-from-elsewhere.md").matchAll(/^\| family[\s\S]*?\n\n/gm),
  ([table]) => table.split("\n").slice(2),
).map((rows) => rows.flatMap((row) => row.split("|")[2]?.trim().split(", ") ?? []).filter((name) => name !== ""));

test("the guide lists the operators of ONNX that are computed, and no others", () => {
  expect(tables[0].sort()).toEqual([...Object.keys(onnxOperators), "Constant"].sort());
});

test("the guide lists the operators of TensorFlow that are computed, and no others", () => {
  const read = ["Const", "Placeholder", "PlaceholderV2", "Variable", "VariableV2", "VarHandleOp"];
  // Those that no file has: what the reader makes of a flag, and of a constant in a branch.
  const own = ["Training", "Guard"];
  const computed = Object.keys(tensorflowOperators).filter((op) => !own.includes(op));
  expect(tables[1].sort()).toEqual([...computed, ...read].sort());
});
