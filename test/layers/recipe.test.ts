import { readFileSync } from "node:fs";
import { constant, encodeModel, l2, loadModel, registerLayer, Sequential, tensor } from "gradus";
import { expect, test } from "vitest";
import { blocksOf } from "../docs/pages.ts";
import { Scale } from "./recipe/scale.ts";

test("CONTRIBUTING shows the layer that is compiled and tested here", () => {
  const fixture = readFileSync(new URL("./recipe/scale.ts", import.meta.url), "utf8")
    .replaceAll("../../../src/layers/", "./")
    .replaceAll("../../../src/", "../");
  const shown = blocksOf("CONTRIBUTING.md").filter(({ marker }) => marker.includes("src/layers/scale.ts"));
  expect(shown.map(({ code }) => code)).toEqual([fixture.slice(fixture.indexOf("/** Options of"))]);
});

test("the layer of the recipe computes, is saved, and is loaded", async () => {
  const layer = new Scale({ offset: 1, scaleInitializer: constant(2), scaleRegularizer: l2(1) });
  const model = new Sequential({ inputShape: [2], layers: [layer] });
  expect(model.predict(tensor([[2, 3]])).toArray()).toEqual([[5, 7]]);
  expect(model.losses().map((penalty) => penalty.item())).toEqual([4]);
  registerLayer("Scale", Scale);
  const copy = await loadModel(encodeModel(model));
  expect(copy.predict(tensor([[2, 3]])).toArray()).toEqual([[5, 7]]);
});
