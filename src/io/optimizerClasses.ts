import { AdaGrad, type AdaGradOptions } from "../optim/adaGrad.ts";
import { Adam } from "../optim/adam.ts";
import { AdamW } from "../optim/adamW.ts";
import { Momentum, type MomentumOptions } from "../optim/momentum.ts";
import { Nesterov, type NesterovOptions } from "../optim/nesterov.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { RMSProp, type RMSPropOptions } from "../optim/rmsProp.ts";
import { SGD, type SGDOptions } from "../optim/sgd.ts";

type Make = (options: Readonly<Record<string, unknown>>) => Optimizer;

/** Makes an optimizer from its config, which its constructor checks; by the names that optimizers have. */
export const optimizerMakers: ReadonlyMap<string, Make> = /* @__PURE__ */ new Map<string, Make>([
  ["AdaGrad", (options) => new AdaGrad(options as unknown as AdaGradOptions)],
  ["Adam", (options) => new Adam(options)],
  ["AdamW", (options) => new AdamW(options)],
  ["Momentum", (options) => new Momentum(options as unknown as MomentumOptions)],
  ["Nesterov", (options) => new Nesterov(options as unknown as NesterovOptions)],
  ["RMSProp", (options) => new RMSProp(options as unknown as RMSPropOptions)],
  ["SGD", (options) => new SGD(options as unknown as SGDOptions)],
]);
