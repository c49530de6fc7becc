import { allSamples } from "../samples.ts";
import { checkOperation } from "./operations.ts";
import type { Row } from "./table.ts";

/** Runs the whole gradient-check suite: a row for every operation, layer, loss and small network. */
export const runGradcheck = (): Row[] => [...allSamples.map(checkOperation)];
