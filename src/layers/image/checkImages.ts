import { ShapeError } from "../../base/errors.ts";
import { formatRows, type Shape } from "../../tensor/shape.ts";

const axisNames = ["length", "height, width"] as const;

/**
 * Checks that the rows of a layer's input are sequences [length, channels] or images [height, width, channels], when it is built.
 * @throws ShapeError that names the layer and the axes.
 */
export const checkImages = (path: string, row: Shape, axes: 1 | 2): void => {
  if (row.length === axes + 1) return;
  const names = axisNames[axes - 1];
  throw new ShapeError(
    `${path}: the input must be [rows, ${names}, channels], got shape ${formatRows(row)}. ` +
      `Put a Reshape({ shape: [${names}, channels] }) before the layer; grayscale images have 1 channel.`,
  );
};
