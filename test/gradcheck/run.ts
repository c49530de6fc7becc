import { allSamples } from "../samples/support/all.ts";
import { checkComposition } from "./checkComposition.ts";
import { compositions } from "./compositions.ts";
import { checkOperation } from "./operations.ts";
import type { Row } from "./table.ts";

/** Runs the whole gradient-check suite: a row for every operation, loss, layer and small network. */
export const runGradcheck = (): Row[] => [...allSamples.map(checkOperation), ...compositions.map(checkComposition)];
