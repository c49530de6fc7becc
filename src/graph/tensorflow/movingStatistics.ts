import { DataError } from "../../base/errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** What moving statistics are called, where no update op names them. */
const statisticName = /(^|\/)moving_(mean|variance)$/;

export const isStatisticName = (name: string): boolean => statisticName.test(name);

const isAll = (value: Tensor, number: number): boolean => value.data.every((element) => element === number);

/**
 * Reports moving statistics that are of no use: with NaN in them, or all as they were initialized.
 * @param statistics By the names of the variables.
 * @throws DataError for them.
 */
export const checkStatistics = (statistics: ReadonlyMap<string, Tensor>, where: string): void => {
  const advice = "Pass { checkStatistics: false } to load it all the same.";
  const broken = [...statistics].filter(([, value]) => !value.data.every(Number.isFinite)).map(([name]) => name);
  if (broken.length > 0) {
    throw new DataError(`${where}: moving statistics must be finite, got others in ${broken.join(", ")}. ${advice}`);
  }
  const values = [...statistics.values()];
  const [means, variances] = [values.filter((value) => isAll(value, 0)), values.filter((value) => isAll(value, 1))];
  if (means.length === 0 || variances.length === 0 || means.length + variances.length < values.length) return;
  throw new DataError(
    `${where}: moving statistics must have followed the data, got means of 0 and variances of 1 in ${[...statistics.keys()].join(", ")}: ` +
      `the run that saved them did not run tf.GraphKeys.UPDATE_OPS, so that inference does not normalize. ${advice}`,
  );
};
