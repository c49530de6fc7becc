import type { ElementType } from "../elements.ts";

/** TensorFlow's numbers for types (types.proto, DataType). */
export const tensorflowTypes: ReadonlyMap<number, ElementType> = /* @__PURE__ */ new Map([
  [1, "float32"],
  [2, "float64"],
  [3, "int32"],
  [4, "uint8"],
  [5, "int16"],
  [6, "int8"],
  [9, "int64"],
  [10, "bool"],
  [14, "bfloat16"],
  [17, "uint16"],
  [19, "float16"],
  [22, "uint32"],
  [23, "uint64"],
]);
