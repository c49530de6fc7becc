import { realpathSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setBackend } from "../../src/index.ts";
import { drawActivations } from "./activations.ts";
import { drawAugmentation } from "./augmentation.ts";
import { drawInputs, drawMoving, drawRates } from "./batchNorm.ts";
import { drawPadding, drawPooling, drawSliding } from "./convolution.ts";
import { drawGap, drawMasks } from "./dropout.ts";
import { drawFastSteps } from "./fastSteps.ts";
import { drawSchedules } from "./schedules.ts";
import { drawSignals } from "./signals.ts";
import { drawStep } from "./step.ts";

/** The folder of the pictures of the guides. */
export const imagesFolder: URL = new URL("../images/", import.meta.url);

/** The function that draws each picture; most of them train a network on the built-in digits. */
export const pictures: Readonly<Record<string, () => Promise<string> | string>> = {
  "signals.svg": drawSignals,
  "activations.svg": drawActivations,
  "batch-norm-inputs.svg": drawInputs,
  "batch-norm-rates.svg": drawRates,
  "batch-norm-moving.svg": drawMoving,
  "dropout-masks.svg": drawMasks,
  "dropout-gap.svg": drawGap,
  "training-step.svg": drawStep,
  "schedules.svg": drawSchedules,
  "fast-steps.svg": drawFastSteps,
  "convolution-kernel.svg": drawSliding,
  "convolution-padding.svg": drawPadding,
  "pooling.svg": drawPooling,
  "augmentation.svg": drawAugmentation,
};

if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === realpathSync(process.argv[1])) {
  // This backend has the same bits on every machine, and so draws the same pictures.
  setBackend("simd");
  for (const [name, draw] of Object.entries(pictures)) {
    const start = performance.now();
    writeFileSync(new URL(name, imagesFolder), await draw());
    console.log(`docs/images/${name}  ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
}
