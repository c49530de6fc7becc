import { expect, test } from "vitest";
import { onnxOperators } from "../../src/graph/onnx/onnxOperators.ts";
import { textOf } from "../docs/pages.ts";

test("the guide lists the operators that are computed, and no others", () => {
  const rows =
    textOf("docs/guides/models-from-elsewhere.md")
      .match(/^\| family[\s\S]*?\n\n/m)?.[0]
      .split("\n")
      .slice(2) ?? [];
  const listed = rows.flatMap((row) => row.split("|")[2]?.trim().split(", ") ?? []).filter((name) => name !== "");
  expect(listed.sort()).toEqual([...Object.keys(onnxOperators), "Constant"].sort());
});
