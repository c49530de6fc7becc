import type { Variable } from "../../autograd/variable.ts";
import type { WatchedStep } from "../../optim/optimizer/watchers.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import type { VariableInspection } from "../../train/history/inspection.ts";
import { histogramOf } from "../analysis/histogram.ts";

/** What is known of a variable before the optimizer changes it. */
interface Before {
  readonly gradientNorm: number;
  readonly values: TypedArray;
}

/** What one step does to the variables of a model. */
export class VariableWatch {
  readonly #before = new Map<Variable, Before>();

  /** Within the step, before the update. */
  see({ gradients }: WatchedStep): void {
    this.#before.clear();
    for (const { variable, gradient } of gradients) {
      const values = variable.read().storage.view().slice();
      this.#before.set(variable, { gradientNorm: normOf(gradient.storage.view()), values });
    }
  }

  /** What was seen belongs to a step that is over. */
  forget(): void {
    this.#before.clear();
  }

  /** After the step; or after one that failed, which has changed nothing. */
  inspect(variables: readonly Variable[], withHistograms: boolean): readonly VariableInspection[] {
    return variables.map((variable) => {
      const values = variable.read().storage.view();
      const before = this.#before.get(variable);
      const norm = normOf(values);
      const gradientNorm = before?.gradientNorm;
      const areFinite = Number.isFinite(norm) && Number.isFinite(gradientNorm ?? 0);
      return {
        name: variable.name,
        ...finite("norm", norm),
        ...finite("gradientNorm", gradientNorm),
        ...finite("updateRatio", before && distance(values, before.values) / normOf(before.values)),
        ...(withHistograms ? { histogram: histogramOf(values) } : {}),
        ...(areFinite ? {} : { isNonFinite: true }),
      };
    });
  }
}

/** A property, where its value is a finite number. */
export const finite = <Name extends string>(
  name: Name,
  value: number | undefined,
): { readonly [Key in Name]?: number } =>
  value !== undefined && Number.isFinite(value) ? ({ [name]: value } as { readonly [Key in Name]: number }) : {};

/** ‖values‖ = √Σ v², added up in double. */
const normOf = (values: TypedArray): number => {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index] * values[index];
  return Math.sqrt(sum);
};

/** ‖values - others‖ */
const distance = (values: TypedArray, others: TypedArray): number => {
  let sum = 0;
  for (let index = 0; index < values.length; index++) {
    const difference = values[index] - others[index];
    sum += difference * difference;
  }
  return Math.sqrt(sum);
};
