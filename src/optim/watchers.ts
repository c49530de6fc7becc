import { ValueError } from "../tensor/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Gradients } from "./gradients.ts";

/** What somebody who watches an optimizer sees of a step, before it updates anything. */
export interface WatchedStep {
  /** The number of the step; the first is 1. */
  readonly step: number;
  /** The loss, penalties included; undefined where `applyGradients` was given gradients alone. */
  readonly loss: Tensor | undefined;
  /** The gradients that are about to be applied, neither clipped nor checked: they may be NaN or infinite. */
  readonly gradients: Gradients;
}

/** Those who watch an optimizer. */
export class Watchers {
  /** Undefined while nobody watches, so that a step which nobody watches costs nothing more. */
  #all: readonly ((step: WatchedStep) => void)[] | undefined;

  /** Whether somebody watches. */
  get any(): boolean {
    return this.#all !== undefined;
  }

  /** @returns What ends it. */
  add(optimizer: string, watcher: (step: WatchedStep) => void): () => void {
    if (typeof watcher !== "function") {
      throw new ValueError(`${optimizer}.watch: the watcher must be a function, got ${typeof watcher}. Pass one.`);
    }
    // One that is given twice is called twice, and each call of `watch` ends its own.
    const own = (step: WatchedStep): void => watcher(step);
    this.#all = [...(this.#all ?? []), own];
    return () => {
      const rest = (this.#all ?? []).filter((one) => one !== own);
      this.#all = rest.length > 0 ? rest : undefined;
    };
  }

  show(step: WatchedStep): void {
    for (const watcher of this.#all ?? []) watcher(step);
  }
}
