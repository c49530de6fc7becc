import type { ElementType } from "../../io/formats/elements.ts";
import type { HostType } from "../core/hostArray.ts";

/** The codes of element types that are read. Texts, complex numbers and those of fewer than 8 bits are not. */
const elementTypes: Readonly<Record<number, ElementType>> = {
  1: "float32",
  2: "uint8",
  3: "int8",
  4: "uint16",
  5: "int16",
  6: "int32",
  7: "int64",
  9: "bool",
  10: "float16",
  11: "float64",
  12: "uint32",
  13: "uint64",
  16: "bfloat16",
};

/** The names of the others, for errors. */
const otherTypes: Readonly<Record<number, string>> = { 8: "string", 14: "complex64", 15: "complex128" };

/** The type of a code; undefined for one that is not read. */
export const elementTypeOf = (code: number): ElementType | undefined =>
  Object.hasOwn(elementTypes, code) ? elementTypes[code] : undefined;

/** A code in errors. */
export const nameOfElementType = (code: number): string => elementTypeOf(code) ?? otherTypes[code] ?? `type ${code}`;

/** What becomes of an element type, by its code or, in old files, by its name in capitals. */
export const hostTypeOf = (code: number | string): HostType | undefined => {
  const names: Readonly<Record<string, ElementType>> = { FLOAT: "float32", DOUBLE: "float64" };
  const type = typeof code === "number" ? elementTypeOf(code) : (names[code] ?? lowered(code));
  if (type === undefined) return undefined;
  if (type === "bool") return "bool";
  return type.includes("float") ? "float32" : "int32";
};

const lowered = (name: string): ElementType | undefined =>
  Object.values(elementTypes).find((type) => type.toUpperCase() === name);
