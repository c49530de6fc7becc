import { at, type Case } from "../case.ts";
import { fed, number, wholeNumber, wholes } from "../node.ts";

/** Types and shapes. */
export const shapesCases: readonly Case[] = [
  ["Cast", [fed([1, 0], { dtype: "int32" })], [1, 0], at(13, { to: 1 })],
  ["Cast", [fed([1.9, -1.9])], [1, -1], at(13, { to: 7 })],
  ["Cast", [fed([0.5, 0])], [1, 0], at(13, { to: 9 })],
  ["Cast", [wholes(3)], [3], at(13, { to: 10 })],
  ["Cast", [fed([2])], [2], at(5 + 1, { to: 11 })],
  ["Shape", [fed([[1, 2, 3]])], [1, 3]],
  ["Shape", [fed([[[1, 2, 3]]])], [1, 3], at(15, { start: 1 })],
  ["Shape", [fed([[[1, 2, 3]]])], [1], at(15, { start: -2, end: -1 })],
  ["Size", [fed([[1, 2, 3]])], 3],
  ["ConstantOfShape", [wholes(2)], [0, 0]],
  ["ConstantOfShape", [wholes(1, 2)], [[7, 7]], at(9, { value: { tensor: wholes(7) } })],
  ["Range", [wholeNumber(1), wholeNumber(7), wholeNumber(3)], [1, 4]],
  ["Range", [number(1), number(0), number(-0.5)], [1, 0.5]],
];
