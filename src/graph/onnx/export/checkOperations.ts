import { ValueError } from "../../../base/errors.ts";
import { exporters } from "./exporters.ts";
import type { Trace } from "./traceCalls.ts";

/** Whether a primitive is written as nodes. */
export const isExported = (primitive: string): boolean => Object.hasOwn(exporters, primitive);

/** @throws ValueError that lists all primitives that ONNX does not have, with the layers that use them. */
export const checkOperations = (where: string, { calls }: Trace): void => {
  const problems = new Map<string, Set<string>>();
  for (const { primitive, layer } of calls) {
    if (isExported(primitive)) continue;
    problems.set(primitive, (problems.get(primitive) ?? new Set()).add(layer));
  }
  if (problems.size > 0) throw cannotWrite(where, problems);
};

/** The error about what is in the way, with the paths of the layers. */
export const cannotWrite = (where: string, problems: ReadonlyMap<string, ReadonlySet<string>>): ValueError => {
  const lists = Array.from(problems, ([problem, layers]) => {
    const paths = [...layers].filter((path) => path !== "");
    return paths.length > 0 ? `${problem} in ${paths.join(", ")}` : problem;
  });
  return new ValueError(
    `${where}: every operation must be one that ONNX has, got ${lists.join("; ")}. ` +
      "Compute this outside of the model, or with other operations.",
  );
};
