import type { Experiment } from "./experiment.ts";
import { activations } from "./experiments/activations.ts";
import { batchNorm } from "./experiments/batchNorm.ts";
import { caching } from "./experiments/caching.ts";
import { clipping } from "./experiments/clipping.ts";
import { depth } from "./experiments/depth.ts";
import { initializers } from "./experiments/initializers.ts";
import { optimizers } from "./experiments/optimizers.ts";
import { regularization } from "./experiments/regularization.ts";
import { reuse } from "./experiments/reuse.ts";
import { stretchPants } from "./experiments/stretchPants.ts";
import { units } from "./experiments/units.ts";

/** All experiments, by the names that `--only` takes. */
export const experiments: Readonly<Record<string, Experiment>> = {
  depth,
  units,
  activations,
  optimizers,
  batchNorm,
  regularization,
  clipping,
  initializers,
  stretchPants,
  reuse,
  caching,
};
