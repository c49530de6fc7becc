import { recorded } from "../autograd/grad.ts";
import { type Origin, originOfGradient, originOfValue } from "../autograd/origin.ts";
import { Tape } from "../autograd/tape.ts";
import { Variable } from "../autograd/variable.ts";
import { ValueError } from "../tensor/errors.ts";
import { checkFlag } from "../tensor/optionChecks.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkDistinct, type Gradients } from "./gradients.ts";
import { penalizedLoss } from "./penalties.ts";

/** What `computeGradients` finds. */
export interface LossAndGradients {
  /** The loss, penalties included. */
  readonly loss: Tensor;
  /** The gradient of each variable that the loss depends on. */
  readonly gradients: Gradients;
}

/** Options of `minimize` and `computeGradients`. */
export interface MinimizeOptions {
  /**
   * Whether the penalties of regularizers are added to the loss. With false they are left to the loss function, which
   * finds them in `model.losses()`. Default: true.
   */
  readonly regularize?: boolean;
}

/** A loss that was computed in the running step, penalties included, and what it was computed from. */
export class DifferentiableLoss {
  readonly loss: Tensor;
  readonly #where: string;
  readonly #tape = new Tape();
  readonly #variables: readonly Variable[] | undefined;
  /** What was read and is trained, with the tensor that was read. */
  readonly #sources: ReadonlyMap<Variable, Tensor>;

  /**
   * Computes it.
   * @throws ValueError as `minimize` does, and what `loss` throws.
   */
  constructor(where: string, loss: () => Tensor, variables: readonly Variable[] | undefined, options: MinimizeOptions) {
    checkOptions(where, options, ["regularize"]);
    const regularize = checkFlag(where, "regularize", options.regularize ?? true);
    const listed = variables && checkVariables(where, variables);
    const sources = new Map<Variable, Tensor>();
    this.#where = where;
    this.#variables = variables;
    this.#sources = sources;
    this.loss = recorded(where, this.#tape, () =>
      penalizedLoss(where, this.#tape, loss, { listed, sources, regularize }),
    );
  }

  /** @throws ValueError when it depends on none of the variables. */
  gradients(): Gradients {
    const order: Variable[] = [];
    const watched: Tensor[] = [];
    for (const variable of this.#variables ?? this.#sources.keys()) {
      const source = this.#sources.get(variable);
      if (!source) continue;
      order.push(variable);
      watched.push(source);
    }
    const found = this.#tape.gradients(this.loss, watched);
    const gradients: { variable: Variable; gradient: Tensor }[] = [];
    for (let index = 0; index < order.length; index++) {
      const gradient = found[index];
      if (gradient) gradients.push({ variable: order[index], gradient });
    }
    if (gradients.length === 0) throw unreached(this.#where, this.#variables);
    return gradients;
  }

  /** Where the loss went wrong, or else its gradients; undefined when all was finite. */
  origin(): Origin | undefined {
    return originOfValue(this.#tape) ?? originOfGradient(this.#tape, this.loss, [...this.#sources.values()]);
  }

  /** The variable whose value a tensor is. */
  variableOf(tensor: Tensor): Variable | undefined {
    for (const [variable, source] of this.#sources) if (source === tensor) return variable;
    return undefined;
  }
}

const checkVariables = (where: string, variables: readonly Variable[]): ReadonlySet<Variable> => {
  const isList = Array.isArray(variables) && variables.every((one) => one instanceof Variable);
  if (!isList || variables.length === 0) {
    throw new ValueError(
      `${where}: variables must be a list of at least one Variable, got ${isList ? "an empty list" : "something else"}. ` +
        `${isList ? "Unfreeze a layer, or leave" : "Leave"} it out to update what the loss reads.`,
    );
  }
  return checkDistinct(where, variables);
};

const unreached = (where: string, variables: readonly Variable[] | undefined): ValueError => {
  const got = variables
    ? `none of ${variables.map(({ name, trainable }) => `"${name}"${trainable ? "" : " (not trainable)"}`).join(", ")}`
    : "none";
  return new ValueError(
    `${where}: the loss must depend on at least one trainable variable, got ${got}. ` +
      "Read variables with variable.read() inside the loss function.",
  );
};
