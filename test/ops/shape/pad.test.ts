import { grad, mul, type PadOptions, pad, sum, type Tensor, tensor } from "gradus";
import { expect, test } from "vitest";
import { availableBackends } from "../../../src/tensor/interpret/backend.ts";
import { textOf } from "../../autograd/textOf.ts";
import { onBackend } from "../../gradcheck/kernels.ts";

const matrix = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);
const around = [
  [1, 0],
  [1, 2],
] as const;

test.each(availableBackends())("pad adds zeros, a value, or x mirrored as numpy.pad does, on %s", (backend) =>
  onBackend(backend, () => {
    expect(pad(matrix, around).toArray()).toEqual([
      [0, 0, 0, 0, 0, 0],
      [0, 1, 2, 3, 0, 0],
      [0, 4, 5, 6, 0, 0],
    ]);
    expect(pad(matrix, around, { value: -2.5 }).toArray()).toEqual([
      [-2.5, -2.5, -2.5, -2.5, -2.5, -2.5],
      [-2.5, 1, 2, 3, -2.5, -2.5],
      [-2.5, 4, 5, 6, -2.5, -2.5],
    ]);
    expect(pad(matrix, around, { mode: "reflect" }).toArray()).toEqual([
      [5, 4, 5, 6, 5, 4],
      [2, 1, 2, 3, 2, 1],
      [5, 4, 5, 6, 5, 4],
    ]);
  }),
);

test.each(availableBackends())("pad keeps whole numbers, bytes and booleans what they are, on %s", (backend) =>
  onBackend(backend, () => {
    const whole = pad(tensor([7, 8], { dtype: "int32" }), [[1, 1]], { value: -70_000 });
    expect([whole.dtype, whole.toArray()]).toEqual(["int32", [-70_000, 7, 8, -70_000]]);
    const bytes = pad(tensor(Uint8Array.of(1, 2), { scale: 0.5 }), [[3, 2]], { value: 201 });
    expect([bytes.dtype, bytes.scale, [...bytes.data]]).toEqual(["uint8", 0.5, [201, 201, 201, 1, 2, 201, 201]]);
    const flags = pad(tensor([1, 0], { dtype: "bool" }), [[1, 2]], { value: 1 });
    expect([flags.dtype, [...flags.data]]).toEqual(["bool", [1, 1, 0, 1, 1]]);
    expect(pad(bytes, [[2, 0]], { mode: "reflect" }).data).toEqual(
      Uint8Array.of(201, 201, 201, 201, 201, 1, 2, 201, 201),
    );
  }),
);

test("pad adds infinities and NaN", () => {
  expect(pad(tensor([1]), [[1, 0]], { value: -Infinity }).toArray()).toEqual([-Infinity, 1]);
  expect(pad(tensor([1]), [[0, 1]], { value: NaN }).toArray()).toEqual([1, NaN]);
});

test("pad works at every rank, and with nothing to add", () => {
  expect(pad(tensor(3), []).toArray()).toBe(3);
  expect(pad(matrix, [[0, 0], [0, 0]]).toArray()).toEqual(matrix.toArray()); // biome-ignore format: one line
  expect(pad(tensor([], { shape: [0, 2] }), [[1, 0], [0, 1]], { value: 4 }).toArray()).toEqual([[4, 4, 4]]); // biome-ignore format: one line
  const x = tensor([5], { shape: [1, 1, 1, 1, 1, 1] });
  const padded = pad(
    x,
    x.shape.map(() => [0, 1] as const),
  );
  expect([padded.shape, padded.data[0], padded.size]).toEqual([[2, 2, 2, 2, 2, 2], 5, 64]);
});

test("the gradient of pad counts how often an element is there", () => {
  const gradient = (options: PadOptions): unknown =>
    grad((x: Tensor) => sum(mul(pad(x, [[2, 1]], options), tensor([1, 2, 3, 4, 5, 6]))))(tensor([1, 2, 3])).toArray();
  expect(gradient({ value: 9 })).toEqual([3, 4, 5]);
  expect(gradient({ mode: "reflect" })).toEqual([3, 12, 6]);
});

/** A value that only plain JavaScript passes. */
const wrong = (value: unknown): never => value as never;

test.each([
  [
    () => pad(matrix, [[1, 1]]),
    "ShapeError: pad: paddings must be [before, after] for every axis, whole numbers from 0, got [[1, 1]] for shape [2, 3].",
  ],
  [
    () => pad(tensor([1]), [[-1, 1]]),
    "ShapeError: pad: paddings must be [before, after] for every axis, whole numbers from 0, got [[-1, 1]] for shape [1].",
  ],
  [
    () => pad(tensor([1, 2, 3]), [[0, 3]], { mode: "reflect" }),
    "ShapeError: pad: a mirrored padding must be shorter than its axis, got [[0, 3]] for shape [3]. " +
      "The elements at the ends are not repeated.",
  ],
  [
    () => pad(tensor(Uint8Array.of(1)), [[0, 1]], { value: 256 }),
    "ValueError: pad: value must be one that uint8 holds, got 256.",
  ],
  [
    () => pad(tensor([1], { dtype: "int32" }), [[0, 1]], { value: 0.5 }),
    "ValueError: pad: value must be one that int32 holds, got 0.5.",
  ],
  [
    () => pad(tensor([1]), [[0, 1]], { mode: wrong("symmetric") }),
    'ValueError: pad: mode must be one of constant, reflect, got "symmetric".',
  ],
  [
    () => pad(wrong([1, 2]), [[0, 1]]),
    "DTypeError: pad: x must be a tensor, got [1, 2]. Wrap values with tensor(...).",
  ],
])("%s throws what is wrong with the padding", (call, expected) => {
  expect(textOf(call)).toBe(expected);
});
