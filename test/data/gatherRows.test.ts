import { tensor } from "gradus";
import { describe, expect, test } from "vitest";
import { gatherRows, rowsAt } from "../../src/data/gatherRows.ts";

const x = tensor([
  [0, 1],
  [2, 3],
  [4, 5],
  [6, 7],
]);

describe("rows of examples", () => {
  test("rows go to the array of a tensor that nothing reads any more, when it has their size and dtype", () => {
    const used = gatherRows(x, [0, 1]);
    const rows = gatherRows(x, [9, 3, 2, 9], 1, 3, used);
    expect(rows.toArray()).toEqual([
      [6, 7],
      [4, 5],
    ]);
    expect(rows.storage.array).toBe(used.storage.array);
    expect(rows.storage).not.toBe(used.storage);
  });

  test.each([
    ["another size", gatherRows(x, [1])],
    ["another dtype", gatherRows(tensor(Int32Array.of(1, 2, 3, 4), { shape: [2, 2] }), [0, 1])],
  ])("rows have an array of their own beside one of %s", (_, used) => {
    const before = used.toArray();
    expect(gatherRows(x, [3, 0], 0, 2, used).toArray()).toEqual([
      [6, 7],
      [0, 1],
    ]);
    expect(used.toArray()).toEqual(before);
  });

  test("inputs, targets and weights each go to the array of their own", () => {
    const data = { x, y: tensor([10, 11, 12, 13]), weights: tensor([1, 2, 3, 4]) };
    const used = rowsAt(data, [0, 1]);
    const rows = rowsAt(data, [3, 1], 0, 2, used);
    expect(rows.y.toArray()).toEqual([13, 11]);
    expect(rows.weights?.toArray()).toEqual([4, 2]);
    expect(used.y.toArray()).toEqual([13, 11]);
    expect(used.weights?.toArray()).toEqual([4, 2]);
  });
});
