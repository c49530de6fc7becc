import type { Tensor } from "../tensor.ts";
import type { GradientRows } from "./primitive.ts";

/** The rows of a tensor that may differ from zero, where these are known, for as long as its step runs. */
export const rowsOf = ({ storage, axes: shape }: Tensor): GradientRows | undefined =>
  storage.rowsFor(shape) as GradientRows | undefined;
