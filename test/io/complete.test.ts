import { readdirSync, readFileSync } from "node:fs";
import * as gradus from "gradus";
import { describe, expect, it } from "vitest";
import { builtInFunctions } from "../../src/io/model/functions.ts";
import { builtInLayers } from "../../src/io/model/layerClasses.ts";
import { optimizerMakers } from "../../src/io/model/optimizerClasses.ts";
import { everyLayer } from "./everyLayer.ts";

const classesOf = (Base: { readonly prototype: object }): readonly string[] =>
  Object.entries(gradus)
    .filter(
      ([, value]) =>
        typeof value === "function" && Object.prototype.isPrototypeOf.call(Base.prototype, value.prototype ?? {}),
    )
    .map(([name]) => name);

/** The functions that the named files of a folder export, without those that only other files use. */
const exported = (folder: string, files: RegExp, except: readonly string[]): readonly string[] =>
  readdirSync(new URL(`../../src/${folder}`, import.meta.url), { recursive: true, encoding: "utf8" })
    .filter((file) => files.test(file))
    .flatMap((file) => [
      ...readFileSync(new URL(`../../src/${folder}/${file}`, import.meta.url), "utf8").matchAll(
        /^export const (\w+)/gm,
      ),
    ])
    .map(([, name]) => name)
    .filter((name) => name in gradus && !except.includes(name));

describe("saved models and checkpoints", () => {
  it("saved models support every layer, and each is tested", () => {
    const layers = classesOf(gradus.Layer);
    expect(layers.length).toBeGreaterThan(6);
    for (const name of layers) expect(Object.keys(everyLayer)).toContain(name);
    // The layers inside of models are made first, by architecture.ts.
    expect([...builtInLayers.keys(), "Model", "Sequential"].sort()).toEqual([...layers].sort());
  });

  it.each([
    ["layers", gradus.Layer],
    ["optim", gradus.Optimizer],
  ])("every class of src/%s is exported", (room, Base) => {
    const folder = new URL(`../../src/${room}/`, import.meta.url);
    const classes = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) => [...readFileSync(new URL(file, folder), "utf8").matchAll(/^export class (\w+) extends/gm)])
      .map(([, name]) => name)
      // Not a layer: it is called with one.
      .filter((name) => name !== "SymbolTensor");
    expect(classes.sort()).toEqual([...classesOf(Base)].sort());
  });

  it("saved models support every optimizer", () => {
    const optimizers = classesOf(gradus.Optimizer);
    expect([...optimizerMakers.keys()].sort()).toEqual([...optimizers].sort());
  });

  it("saved models support every initializer, regularizer, constraint, clip and schedule", () => {
    const names = [
      ...exported("layers", /(initializers|regularizers|constraints)\.ts$/, []),
      ...exported("optim", /(gradientClipping|schedule\w*)\.ts$/, []),
      ...exported("train", /reduceOnPlateau\.ts$/, []),
    ];
    expect(names.length).toBeGreaterThan(20);
    for (const name of names) expect([...builtInFunctions().keys()]).toContain(name);
  });
});
