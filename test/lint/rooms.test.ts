import { describe, expect, test } from "vitest";
import { filesOfSource } from "./imports.ts";
import { crowded, mostFiles, namesakes } from "./rooms.ts";

const paths = Object.keys(filesOfSource());

describe("src", () => {
  test("has no folder with more than 20 files beside each other", () => {
    expect(paths.length).toBeGreaterThan(100);
    expect(crowded(paths), "divide it into rooms by subject").toEqual([]);
  });

  test("has no two files of one name but index.ts", () => {
    expect(namesakes(paths), "name a file after its main export").toEqual([]);
  });
});

describe("the rule of rooms reports", () => {
  const filled = (count: number): string[] => Array.from({ length: count }, (_, index) => `ops/op${index}.ts`);

  test("the 21st file of a folder, without the files of the folders in it", () => {
    const others = ["ops/shape/slice.ts", "ops/shape/gather.ts", "optim/sgd.ts"];
    expect(crowded([...filled(mostFiles), ...others])).toEqual([]);
    expect(crowded([...filled(mostFiles + 1), ...others])).toEqual(["ops has 21 files"]);
  });

  test("a name that two folders have, but not index.ts", () => {
    expect(namesakes(["index.ts", "report/index.ts", "ops/shape/slice.ts", "data/take.ts"])).toEqual([]);
    expect(namesakes(["ops/shape/slice.ts", "data/slice.ts", "data/take.ts"])).toEqual([
      "ops/shape/slice.ts and data/slice.ts",
    ]);
  });
});
