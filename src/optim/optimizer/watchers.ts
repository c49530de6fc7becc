import { ValueError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import { decide, perform } from "../../tensor/interpret/hostWork.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Gradients } from "./gradients.ts";

/** A step as watchers see it, before the update. */
export interface WatchedStep {
  /** The number of the step; the first is 1. */
  readonly step: number;
  /** The loss, penalties included; undefined in `applyGradients`, which gets gradients alone. */
  readonly loss: Tensor | undefined;
  /** The gradients that are about to be applied, neither clipped nor checked: they may be NaN or infinite. */
  readonly gradients: Gradients;
}

/** The watchers of an optimizer. */
export class Watchers {
  /** Undefined without watchers, so that such steps cost nothing more. */
  #all: readonly ((step: WatchedStep) => void)[] | undefined;

  /** Whether the step is done again, after a replay that ended early: watchers have seen it. */
  #isShown = false;

  /** @returns A function that ends it. */
  add(optimizer: string, watcher: (step: WatchedStep) => void): () => void {
    if (typeof watcher !== "function") {
      throw new ValueError(`${optimizer}.watch: the watcher must be a function, got ${showValue(watcher)}.`);
    }
    // A watcher that is added twice is called twice, and each returned function ends its own.
    const own = (step: WatchedStep): void => watcher(step);
    this.#all = [...(this.#all ?? []), own];
    return () => {
      const rest = (this.#all ?? []).filter((other) => other !== own);
      this.#all = rest.length > 0 ? rest : undefined;
    };
  }

  /** Shows a step to all of them, also when it is replayed. @param step Makes what they get. */
  show(gradients: Gradients, step: () => WatchedStep): void {
    if (!decide(() => this.#all !== undefined)) return;
    // Elements that nothing has asked for yet.
    for (const { gradient } of gradients) gradient.storage.check();
    perform(
      () => {
        const isShown = this.#isShown;
        this.#isShown = false;
        if (isShown) return;
        const shown = step();
        for (const watcher of this.#all ?? []) watcher(shown);
      },
      () => {
        this.#isShown = true;
      },
    );
  }
}
