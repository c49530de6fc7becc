import { type Dynamic, dynamic } from "../../base/dynamic.ts";
import type { Value } from "./hostArray.ts";

/** Sees the tensors that graphs compute, with their names in the graphs; undefined where nothing does. */
export const watchGraphs: Dynamic<((tensor: string, value: Value) => void) | undefined> = /* @__PURE__ */ dynamic<
  ((tensor: string, value: Value) => void) | undefined
>(undefined);
