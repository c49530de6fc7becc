import { DataError } from "../base/errors.ts";
import type { Dialect } from "./core/dialect.ts";
import { onnxDialect } from "./onnx/onnxDialect.ts";

/** The sets of operators that saved graphs may be written in. */
const dialects: Readonly<Record<string, Dialect>> = { onnx: onnxDialect };

/** @throws DataError for an unknown name. */
export const dialectOf = (where: string, name: string): Dialect => {
  if (Object.hasOwn(dialects, name)) return dialects[name];
  throw new DataError(
    `${where}: a graph must have operators of ${Object.keys(dialects).join(" or ")}, got "${name}". Use a newer gradus.`,
  );
};
