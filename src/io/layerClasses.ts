import { Activation, type ActivationOptions } from "../layers/activation.ts";
import type { ActivationName } from "../layers/activations.ts";
import { BatchNorm } from "../layers/batchNorm.ts";
import { Dense, type DenseOptions } from "../layers/dense.ts";
import { Dropout } from "../layers/dropout.ts";
import type { Layer } from "../layers/layer.ts";
import type { LayerConfig } from "../layers/layerOptions.ts";
import { PReLU } from "../layers/prelu.ts";
import { RReLU } from "../layers/rrelu.ts";

interface BuiltIn {
  readonly of: object;
  readonly make: (config: LayerConfig) => Layer;
}

/**
 * The layers that saved models know without being told. Their constructors check every option, so that a config of a
 * file is passed on as it is. `Sequential` is missing: its layers are made first (see architecture.ts).
 */
export const builtInLayers: ReadonlyMap<string, BuiltIn> = /* @__PURE__ */ new Map<string, BuiltIn>([
  [
    "Activation",
    {
      of: Activation,
      make: ({ activation, ...options }) => new Activation(activation as ActivationName, options as ActivationOptions),
    },
  ],
  ["BatchNorm", { of: BatchNorm, make: (config) => new BatchNorm(config) }],
  ["Dense", { of: Dense, make: (config) => new Dense(config as unknown as DenseOptions) }],
  ["Dropout", { of: Dropout, make: (config) => new Dropout(config) }],
  ["PReLU", { of: PReLU, make: (config) => new PReLU(config) }],
  ["RReLU", { of: RReLU, make: (config) => new RReLU(config) }],
]);
