import type { DType, TensorType } from "../../../tensor/dtype.ts";

/** An input of the file. */
export interface ExportInput {
  readonly name: string;
  /** The length of each axis; undefined for the number of rows. */
  readonly shape: readonly (number | undefined)[];
  /** undefined for floats or, where the model does not take them, whole numbers. */
  readonly dtype: DType | undefined;
}

/** The types of the inputs for a number of rows. */
export const typesOf = (inputs: readonly ExportInput[], rows: number, dtype: DType): readonly TensorType[] =>
  inputs.map((input) => ({ shape: input.shape.map((length) => length ?? rows), dtype: input.dtype ?? dtype }));
