import { descriptionOf } from "../../../base/describe.ts";
import type { Optimizer } from "../../../optim/optimizer/optimizer.ts";
import { pythonFlag, pythonNumber, pythonTuple } from "../network/pythonText.ts";
import { optimizerClasses } from "./optimizerHelpers.ts";

type Numbers = Readonly<Record<string, unknown>>;

/** An optimizer of gradus in PyTorch. */
export interface OptimizerText {
  /** The expression that makes it, for `parameters`; the learning rate is set before each step. */
  readonly expression: string;
  /** The class that it is, where PyTorch has none. */
  readonly classes: readonly string[];
  /** The names that PyTorch gives the slots. Others are left out. */
  readonly slots: Readonly<Record<string, string>>;
  /** Whether PyTorch counts the updates of each parameter. */
  readonly counts: boolean;
  /** Numbers beside the slots, from the number of updates. */
  readonly numbers?: (updates: number) => Readonly<Record<string, number>>;
}

/** Arguments of a constructor in Python. */
const call = (name: string, values: Readonly<Record<string, number | boolean | readonly number[]>>): string => {
  const texts = Object.entries(values).map(([argument, value]) => {
    const text =
      typeof value === "number"
        ? pythonNumber(value)
        : typeof value === "boolean"
          ? pythonFlag(value)
          : pythonTuple(value);
    return `${argument}=${text}`;
  });
  return `${name}(parameters, ${["lr=learning_rate(0)", ...texts].join(", ")})`;
};

const numberOf = (options: Numbers, name: string, usual: number): number =>
  (options[name] as number | undefined) ?? usual;

const betasOf = (options: Numbers): readonly number[] => [
  numberOf(options, "beta1", 0.9),
  numberOf(options, "beta2", 0.999),
];

const plain = (expression: string, slots: Readonly<Record<string, string>>, counts: boolean = true): OptimizerText => ({
  expression,
  classes: [],
  slots,
  counts,
});

const sgdText = (options: Numbers, nesterov: boolean): OptimizerText => {
  const momentum = numberOf(options, "momentum", 0);
  const decay = { weight_decay: numberOf(options, "weightDecay", 0) };
  // Without momentum PyTorch keeps nothing, and throws for nesterov.
  if (momentum === 0) return plain(call("torch.optim.SGD", decay), {}, false);
  const dampening = numberOf(options, "dampening", 0);
  return plain(
    call("torch.optim.SGD", {
      momentum,
      ...(dampening === 0 ? {} : { dampening }),
      ...decay,
      ...(nesterov ? { nesterov } : {}),
    }),
    { momentum: "momentum_buffer" },
    false,
  );
};

const adamText = (name: string, options: Numbers, weight_decay: number): OptimizerText => {
  const amsgrad = options.amsgrad === true;
  return plain(
    call(`torch.optim.${name}`, {
      betas: betasOf(options),
      eps: numberOf(options, "epsilon", 1e-8),
      weight_decay,
      ...(amsgrad ? { amsgrad } : {}),
    }),
    { m: "exp_avg", v: "exp_avg_sq", ...(amsgrad ? { vhat: "max_exp_avg_sq" } : {}) },
  );
};

const rmsPropText = (options: Numbers): OptimizerText => {
  const momentum = numberOf(options, "momentum", 0);
  const centered = options.centered === true;
  return plain(
    call("torch.optim.RMSprop", {
      alpha: numberOf(options, "decay", 0.99),
      eps: numberOf(options, "epsilon", 1e-8),
      ...(momentum === 0 ? {} : { momentum }),
      ...(centered ? { centered } : {}),
    }),
    { mean_square: "square_avg", mean_gradient: "grad_avg", momentum: "momentum_buffer" },
  );
};

const adaGradText = (options: Numbers): OptimizerText =>
  plain(
    call("torch.optim.Adagrad", {
      lr_decay: numberOf(options, "learningRateDecay", 0),
      initial_accumulator_value: numberOf(options, "initialAccumulator", 0),
      eps: numberOf(options, "epsilon", 1e-10),
    }),
    { accumulator: "sum" },
  );

/** The variants differ in their defaults alone. */
const adadeltaText = (options: Numbers): OptimizerText => {
  const [decay, epsilon] =
    options.variant === "pytorch" ? [0.9, 1e-6] : options.variant === "keras" ? [0.95, 1e-7] : [0.95, 1e-8];
  return plain(
    call("torch.optim.Adadelta", {
      rho: numberOf(options, "decay", decay),
      eps: numberOf(options, "epsilon", epsilon),
    }),
    { accum: "square_avg", accum_update: "acc_delta" },
  );
};

const adamaxText = (options: Numbers): OptimizerText =>
  plain(call("torch.optim.Adamax", { betas: betasOf(options), eps: numberOf(options, "epsilon", 1e-8) }), {
    m: "exp_avg",
    v: "exp_inf",
  });

const nAdamText = (options: Numbers): OptimizerText => {
  const decay = numberOf(options, "momentumDecay", 0.004);
  const [beta1] = betasOf(options);
  const expression = call("NAdam", {
    betas: betasOf(options),
    eps: numberOf(options, "epsilon", 1e-8),
    momentum_decay: decay,
  });
  return {
    expression,
    classes: [optimizerClasses.NAdam],
    slots: { m: "exp_avg", v: "exp_avg_sq" },
    counts: true,
    numbers: (updates) => {
      let product = 1;
      for (let count = 1; count <= updates; count++) product *= beta1 * (1 - 0.5 * 0.96 ** (count * decay));
      return { mu_product: product };
    },
  };
};

const lionText = (options: Numbers): OptimizerText => ({
  ...plain(
    call("Lion", {
      betas: [numberOf(options, "beta1", 0.9), numberOf(options, "beta2", 0.99)],
      weight_decay: numberOf(options, "weightDecay", 0),
    }),
    { momentum: "exp_avg" },
    false,
  ),
  classes: [optimizerClasses.Lion],
});

interface Known {
  readonly write: (options: Numbers) => OptimizerText;
  /** The variants whose formula is not PyTorch's; the first is the default. */
  readonly others: readonly string[];
  readonly usual?: string;
}

const known: Readonly<Record<string, Known>> = {
  SGD: { write: (options) => sgdText(options, false), others: [] },
  Momentum: { write: (options) => sgdText(options, false), others: ["keras"] },
  Nesterov: { write: (options) => sgdText(options, true), others: ["keras"] },
  Adam: {
    write: (options) => adamText("Adam", options, numberOf(options, "weightDecay", 0)),
    others: ["tensorflow1", "keras"],
  },
  AdamW: {
    write: (options) => adamText("AdamW", options, numberOf(options, "weightDecay", 0.01)),
    others: ["keras"],
    usual: "keras",
  },
  RMSProp: { write: rmsPropText, others: ["tensorflow1", "keras"] },
  AdaGrad: { write: adaGradText, others: ["tensorflow1", "keras"] },
  Adadelta: { write: adadeltaText, others: [] },
  Adamax: { write: adamaxText, others: ["keras"], usual: "keras" },
  NAdam: { write: nAdamText, others: ["keras"], usual: "keras" },
  Lion: { write: lionText, others: [] },
};

/**
 * An optimizer in PyTorch; its schedule and its clip are written elsewhere.
 * @param refuse Notes what has no counterpart in PyTorch.
 */
export const optimizerText = (optimizer: Optimizer, refuse: (what: string) => void): OptimizerText | undefined => {
  const { name, schedule, clip } = optimizer;
  const optimizerKnown = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!optimizerKnown) {
    refuse(`the optimizer ${name}`);
    return undefined;
  }
  // Functions without a description have been noted, and no config holds them.
  if ((schedule && !descriptionOf(schedule)) || (clip && !descriptionOf(clip))) return undefined;
  const options = optimizer.config();
  const variant = (options.variant as string | undefined) ?? optimizerKnown.usual ?? "tensorflow1";
  if (optimizerKnown.others.includes(variant)) {
    refuse(`${name} with variant: "${variant}", whose formula is another one (pass { variant: "pytorch" })`);
    return undefined;
  }
  return optimizerKnown.write({ ...options, variant });
};
