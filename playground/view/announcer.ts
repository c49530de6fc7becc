import { percent } from "../format.ts";
import type { Progress } from "../messages.ts";
import { element } from "./element.ts";

/** The shortest time between two announcements of progress, in milliseconds. */
const calm = 10_000;

/** Announces the progress of training to screen readers: changes of state at once, epochs at a calm pace. */
export class Announcer {
  readonly #region: HTMLElement = element("announcer", HTMLParagraphElement);
  #state: Progress["state"] = "ready";
  #steps = 0;
  #at = 0;

  say(text: string): void {
    this.#region.textContent = text;
    this.#at = performance.now();
  }

  progress(progress: Progress, accuracy: number | undefined): void {
    const { state, epoch, steps } = progress;
    // A single step begins and ends in a pause.
    const hasChanged = state !== this.#state || (state === "paused" && steps !== this.#steps);
    this.#state = state;
    this.#steps = steps;
    const result = accuracy === undefined ? "" : `, validation accuracy ${percent(accuracy)}`;
    if (!hasChanged) {
      if (state === "running" && performance.now() - this.#at > calm) this.say(`Epoch ${epoch}${result}.`);
      return;
    }
    if (state === "running") this.say("Training.");
    else if (state === "paused")
      this.say(`Paused after ${steps} ${steps === 1 ? "step" : "steps"}, in epoch ${epoch + 1}${result}.`);
    else if (state === "finished") this.say(`Training has finished after ${epoch} epochs${result}.`);
    // The alert that comes with it gives the reason.
    else if (state === "failed") this.say(`Training has failed, in epoch ${epoch + 1}.`);
    else if (state === "ready") this.say("A new network is ready.");
  }
}
