import { mul } from "../../ops/elementwise/arithmetic.ts";
import { sum } from "../../ops/shape/broadcast.ts";
import { withInterpreter } from "../../tensor/interpret/bind.ts";
import { inDoublePrecision } from "../../tensor/interpret/precision.ts";
import { rolledBack } from "../../tensor/interpret/rollback.ts";
import { runStep, withoutEffects } from "../../tensor/memory/step.ts";
import { freshSeed, seedSource } from "../../tensor/random.ts";
import type { Shape } from "../../tensor/shape.ts";
import { ownTensor, type Tensor } from "../../tensor/tensor.ts";
import { checkResult, differentiate } from "../grad.ts";
import type { Variable } from "../variable.ts";
import { type Evaluation, TermRecorder } from "./terms.ts";

/** An input or a variable, as float64. */
export interface Source {
  readonly name: string;
  readonly shape: Shape;
  readonly values: Float64Array;
  readonly variable?: Variable;
}

/**
 * The function of a gradient check. Each evaluation is a step in float64 that leaves no change of state, and draws the same
 * random numbers as the others, also without a seed.
 */
export class CheckedFunction {
  readonly #f: (...inputs: readonly Tensor[]) => Tensor;
  readonly #sources: readonly Source[];
  /** The seeds of the generators that f makes without one, in their order. */
  #seeds: number[] = [];

  constructor(f: (...inputs: readonly Tensor[]) => Tensor, sources: readonly Source[]) {
    this.#f = f;
    this.#sources = sources;
  }

  /** The numbers of the result at the sources' own values. */
  value(): Float64Array {
    const evaluate = (): Float64Array =>
      this.#isolated(() => Float64Array.from(this.#call(this.#place()).storage.view()));
    const first = evaluate();
    if (this.#seeds.length === 0) return first;
    // Layers make their generators in the first call, and keep them: from the second call on, all evaluations are alike.
    this.#seeds = [];
    return evaluate();
  }

  /** The result at other values of the sources, summed with the weights. */
  termsAt(values: readonly Float64Array[], weights: Float64Array): Evaluation {
    return this.#isolated(() => {
      const placed = this.#place(values);
      const recorder = new TermRecorder(placed);
      const result = withInterpreter(recorder, () => this.#call(placed));
      return {
        terms: recorder.termsOf(result, weights),
        result: { values: Float64Array.from(result.storage.view()), weights },
      };
    });
  }

  /** Σ |weight·term| at values of the sources. */
  sizeAt(values: readonly Float64Array[], weights: Float64Array): number {
    const { terms } = this.termsAt(values, weights);
    return terms.values.reduce((total, value, index) => total + Math.abs(value * terms.weights[index]), 0);
  }

  /** The gradients of the result summed with the weights. */
  gradients(weights: Float64Array): Float64Array[] {
    return this.#isolated(() => {
      const placed = this.#place();
      const { gradients } = differentiate("gradientCheck", placed, () => {
        const result = this.#call(placed);
        return weights.length === 1 ? result : sum(mul(result, ownTensor(result.axes, "float64", weights)));
      });
      return gradients.map(({ storage }) => Float64Array.from(storage.view()));
    });
  }

  #isolated<T>(body: () => T): T {
    let drawn = 0;
    const replay = (): number => {
      this.#seeds[drawn] ??= freshSeed();
      return this.#seeds[drawn++];
    };
    const evaluation = (): T => withoutEffects(() => rolledBack(() => seedSource.during(replay, body)));
    return runStep(
      () => inDoublePrecision(evaluation),
      () => {},
    );
  }

  /** Puts the sources in place: variables get the values for the time of the check, inputs are tensors of them. */
  #place(values: readonly Float64Array[] = this.#sources.map((source) => source.values)): Tensor[] {
    return this.#sources.map(({ shape, variable }, index) => {
      const placed = ownTensor(shape, "float64", values[index]);
      variable?.override(placed);
      return placed;
    });
  }

  #call(placed: readonly Tensor[]): Tensor {
    const result = this.#f(...placed.filter((_, index) => this.#sources[index].variable === undefined));
    checkResult("gradientCheck", result);
    return result;
  }
}
