import { sgdPrimitive } from "../../src/optim/sgd.ts";
import { type UpdateSamples, updateSamples } from "./support/update.ts";

export const sgdSamples: UpdateSamples<typeof sgdPrimitive> = updateSamples(sgdPrimitive, {}, [[{}, { rate: 0.1 }]]);
