import { ShapeError, ValueError } from "../../base/errors.ts";
import { formatRows, type Shape } from "../../tensor/shape.ts";

/**
 * The channels of a group of a layer's input.
 * @throws ShapeError unless the channels are a multiple of the groups.
 */
export const channelsPerGroup = (path: string, row: Shape, groups: number): number => {
  const channels = row[row.length - 1];
  if (channels % groups === 0) return channels / groups;
  throw new ShapeError(
    `${path}: the channels of the input must be a multiple of the groups, got shape ${formatRows(row)}, groups=${groups}. Change one of them.`,
  );
};

/** @throws ValueError unless the filters are a multiple of the groups. */
export const checkFilters = (where: string, filters: number, groups: number): void => {
  if (filters % groups === 0) return;
  throw new ValueError(
    `${where}: filters must be a multiple of groups, got filters=${filters}, groups=${groups}. Change one of them.`,
  );
};
