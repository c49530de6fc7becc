import { type Dynamic, dynamic } from "../../base/dynamic.ts";
import { ownTensor, type Tensor } from "../tensor.ts";

const double: Dynamic<boolean> = /* @__PURE__ */ dynamic(false);

/** Whether float32 tensors are promoted to float64 wherever they are used. */
export const isDoublePrecision = (): boolean => double.get();

/** The float type that results have. */
export const floatType = (): "float32" | "float64" => (double.get() ? "float64" : "float32");

/** Runs the body in float64: every float32 tensor, also a captured constant or a variable, is promoted where it is used. */
export const inDoublePrecision = <T>(body: () => T): T => double.during(true, body);

/** A float32 tensor as float64; other tensors as they are. */
export const promote = (value: Tensor): Tensor =>
  value.dtype === "float32" ? ownTensor(value.axes, "float64", Float64Array.from(value.storage.view())) : value;
