import { Adadelta } from "../../optim/adadelta.ts";
import { AdaGrad, type AdaGradOptions } from "../../optim/adaGrad.ts";
import { Adam } from "../../optim/adam.ts";
import { Adamax } from "../../optim/adamax.ts";
import { AdamW } from "../../optim/adamW.ts";
import { Lion } from "../../optim/lion.ts";
import { Momentum, type MomentumOptions } from "../../optim/momentum.ts";
import { NAdam } from "../../optim/nAdam.ts";
import { Nesterov, type NesterovOptions } from "../../optim/nesterov.ts";
import type { Optimizer } from "../../optim/optimizer/optimizer.ts";
import { RMSProp, type RMSPropOptions } from "../../optim/rmsProp.ts";
import { SGD, type SGDOptions } from "../../optim/sgd.ts";

type Make = (options: Readonly<Record<string, unknown>>) => Optimizer;

/** How to make an optimizer from its config, by its name. The constructor checks the config. */
export const optimizerMakers: ReadonlyMap<string, Make> = /* @__PURE__ */ new Map<string, Make>([
  ["Adadelta", (options) => new Adadelta(options)],
  ["AdaGrad", (options) => new AdaGrad(options as unknown as AdaGradOptions)],
  ["Adam", (options) => new Adam(options)],
  ["Adamax", (options) => new Adamax(options)],
  ["AdamW", (options) => new AdamW(options)],
  ["Lion", (options) => new Lion(options)],
  ["Momentum", (options) => new Momentum(options as unknown as MomentumOptions)],
  ["NAdam", (options) => new NAdam(options)],
  ["Nesterov", (options) => new Nesterov(options as unknown as NesterovOptions)],
  ["RMSProp", (options) => new RMSProp(options as unknown as RMSPropOptions)],
  ["SGD", (options) => new SGD(options as unknown as SGDOptions)],
]);
