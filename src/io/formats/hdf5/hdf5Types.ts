import type { ElementType } from "../elements.ts";
import { damagedHdf5, type Hdf5Cursor, unsupportedHdf5 } from "./hdf5Cursor.ts";

/** What the elements of a dataset or an attribute are. */
export type Hdf5Type =
  | { readonly kind: "number"; readonly size: number; readonly type: ElementType; readonly littleEndian: boolean }
  | { readonly kind: "text"; readonly size: number }
  | { readonly kind: "variableText"; readonly size: number }
  | { readonly kind: "other"; readonly size: number; readonly name: string };

/** The classes by their numbers; those without a reader are named in errors. */
const classNames = [
  "whole numbers",
  "floats",
  "times",
  "texts",
  "bit fields",
  "opaque data",
  "records",
  "references",
  "enumerations",
  "lists of variable length",
  "arrays",
];

const variableClass = 9;
const enumerationClass = 8;

/** Reads a datatype message. */
export const readType = (cursor: Hdf5Cursor): Hdf5Type => {
  const first = cursor.byte();
  const version = first >> 4;
  if (version < 1 || version > 3) {
    throw unsupportedHdf5(cursor.where, "the version of a datatype must be 1 to 3", String(version));
  }
  const bits = cursor.byte() | (cursor.short() << 8);
  const size = cursor.int();
  if (size === 0) throw damagedHdf5(cursor.where, "a datatype must have bytes", "0");
  const other = (name: string): Hdf5Type => ({ kind: "other", size, name });
  const classNumber = first & 15;
  const littleEndian = (bits & 1) === 0;
  switch (classNumber) {
    case 0: {
      const isWhole = cursor.short() === 0 && cursor.short() === 8 * size && [1, 2, 4, 8].includes(size);
      if (!isWhole) return other(`whole numbers of ${size} bytes with unused bits`);
      const type = `${(bits & 8) === 0 ? "u" : ""}int${8 * size}` as ElementType;
      return { kind: "number", size, type, littleEndian };
    }
    case 1: {
      const isWhole = cursor.short() === 0 && cursor.short() === 8 * size && (bits & 0x40) === 0;
      cursor.byte();
      const exponentBits = cursor.byte();
      const type = isWhole ? floats[`${size}, ${exponentBits}`] : undefined;
      return type ? { kind: "number", size, type, littleEndian } : other(`floats of ${size} bytes`);
    }
    case 3:
      return { kind: "text", size };
    case enumerationClass: {
      // h5py's bool: the numbers 0 and 1 in a byte, named FALSE and TRUE.
      const names = new TextDecoder("latin1").decode(cursor.bytes.subarray(cursor.at));
      const isBool = size === 1 && (bits & 0xffff) === 2 && names.includes("FALSE\0") && names.includes("TRUE\0");
      return isBool ? { kind: "number", size, type: "bool", littleEndian } : other("enumerations");
    }
    case variableClass:
      if ((bits & 15) !== 1) return other(classNames[variableClass]);
      if (size !== 16) throw damagedHdf5(cursor.where, "a reference to text must have 16 bytes", String(size));
      return { kind: "variableText", size };
    default:
      return other(classNames[classNumber] ?? `elements of class ${classNumber}`);
  }
};

/** The floats of IEEE 754 and bfloat16, by their bytes and the bits of their exponents. */
const floats: Readonly<Record<string, ElementType | undefined>> = {
  "2, 5": "float16",
  "2, 8": "bfloat16",
  "4, 8": "float32",
  "8, 11": "float64",
};

/** HDF5 has at most 32 axes. */
const maxAxes = 32;

/** Reads a dataspace message: the lengths of the axes; undefined for a space without elements. */
export const readSpace = (cursor: Hdf5Cursor): readonly number[] | undefined => {
  const version = cursor.version("a dataspace", 1, 2);
  const rank = cursor.byte();
  cursor.byte();
  const kind = cursor.byte();
  if (version === 1) cursor.skip(4);
  else if (kind === 2) return undefined;
  if (rank > maxAxes) throw damagedHdf5(cursor.where, `there are at most ${maxAxes} axes`, String(rank));
  return Array.from({ length: rank }, () => cursor.long());
};
