import { DataError } from "../base/errors.ts";
import type { Dialect } from "./core/dialect.ts";
import { onnxDialect } from "./onnx/onnxDialect.ts";

/** The sets of operators that saved graphs may be written in. */
const dialects: Map<string, Dialect> = /* @__PURE__ */ new Map([["onnx", onnxDialect]]);

/** Adds operators under a name: so a program carries only those of the formats that it loads. */
export const addDialect = (name: string, dialect: Dialect): void => {
  dialects.set(name, dialect);
};

/** @throws DataError for an unknown name. */
export const dialectOf = (where: string, name: string): Dialect => {
  const dialect = dialects.get(name);
  if (dialect) return dialect;
  // Bundlers leave out what a program does not name.
  const advice =
    name === "tensorflow" ? "Import loadMetaGraph and name it in this program: it brings them." : "Use a newer gradus.";
  throw new DataError(
    `${where}: a graph must have operators of ${[...dialects.keys()].join(" or ")}, got "${name}". ${advice}`,
  );
};
