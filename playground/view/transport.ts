import { duration, percent, roughly } from "../format.ts";
import type { EngineFacts, Progress, Request, RunState } from "../messages.ts";
import { element, setText } from "./element.ts";

/** The buttons that start and stop training, and the numbers beside them. */
export class Transport {
  readonly #start: HTMLButtonElement = element("start", HTMLButtonElement);
  #state: RunState = "ready";

  /** @param canTrain Called before training starts, resumes or does a step; announces why it cannot. */
  constructor(send: (request: Request) => void, canTrain: () => boolean, reset: () => void) {
    this.#start.addEventListener("click", () => {
      if (this.#state === "running") send({ type: "pause" });
      else if (canTrain()) send({ type: "start" });
    });
    element("step", HTMLButtonElement).addEventListener("click", () => {
      if (canTrain()) send({ type: "step" });
    });
    element("reset", HTMLButtonElement).addEventListener("click", reset);
    const speed = element("speed", HTMLSelectElement);
    const sendSpeed = (): void =>
      send({ type: "speed", perSecond: speed.value === "" ? undefined : Number(speed.value) });
    speed.addEventListener("change", sendSpeed);
    sendSpeed();
  }

  show(progress: Progress, accuracy: number | undefined): void {
    const { state, epoch, batch, batches, stepTime, examplesPerSecond } = progress;
    this.#state = state;
    this.#start.classList.toggle("running", state === "running");
    const text = this.#start.querySelector<HTMLElement>(".text");
    if (text)
      setText(
        text,
        { running: "Pause", ready: "Train", paused: "Resume", finished: "Train more", failed: "Try again" }[state],
      );
    // A long epoch also shows the part that is done.
    const isLong = batches > 300 && batch > 0 && batch < batches;
    setText(
      element("epoch", HTMLElement),
      isLong ? `${epoch} + ${Math.floor((100 * batch) / batches)} %` : String(epoch),
    );
    setText(element("accuracy", HTMLElement), percent(accuracy));
    setText(element("step-time", HTMLElement), duration(stepTime));
    setText(element("throughput", HTMLElement), roughly(examplesPerSecond));
  }

  showEngine({ backend, threads }: EngineFacts): void {
    setText(element("engine", HTMLElement), `${backend}, ${threads} ${threads === 1 ? "thread" : "threads"}`);
  }
}
