import { checkOption, checkOptions, text } from "../../base/options.ts";
import type { Callback, TrainingRun } from "./callback.ts";
import { epochLine, progressOf, StepClock } from "./progressText.ts";

/** An element of a page, such as `document.getElementById("progress")` gives. */
export interface ProgressHost {
  /** The page. */
  readonly ownerDocument: {
    /** Makes an element. */
    createElement(name: string): object;
  };
  /** Adds elements at its end. */
  append(...children: never[]): void;
}

/** Options of `progressElement`. */
export interface ProgressElementOptions {
  /** What screen readers call the bar. Default: "training". */
  readonly label?: string;
}

/** What is used of the elements of a page. Types of the DOM would be missing in Node. */
interface PageElement {
  textContent: string;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  append(...children: PageElement[]): void;
  remove(): void;
}

/**
 * A callback that shows in a page how training goes: a progress bar, the numbers of the running epoch, and a line for the
 * last epoch, which screen readers speak. It adds elements to the given one, and takes its own place again in the next run.
 * @param element An element of a page.
 * @throws ValueError for anything else.
 * @example
 * const progress = document.createElement("div");
 * document.body.append(progress);
 * const { train } = await loadDigits();
 * const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })] });
 * const callbacks = [progressElement(progress)];
 * await fit(model, train, { optimizer: new SGD({ learningRate: 0.1 }), epochs: 2, callbacks });
 */
export const progressElement = (element: ProgressHost, options: ProgressElementOptions = {}): Callback => {
  const { label = "training" } = checkOptions("progressElement", options, { label: text });
  checkOption("progressElement", "the host", element, {
    words: "a DOM element",
    holds: (value) => {
      const { append, ownerDocument } = (value ?? {}) as Partial<ProgressHost>;
      return typeof append === "function" && typeof ownerDocument?.createElement === "function";
    },
    required: true,
  });
  let shown: Shown | undefined;
  const clock = new StepClock();
  const draw = (run: TrainingRun): void => {
    const { label: epoch, count, numbers, done } = progressOf(run, clock.stepsPerSecond);
    shown?.at(done, [epoch.trim(), count, ...numbers].join(" · "));
  };
  return {
    onTrainBegin: () => {
      shown?.remove();
      shown = new Shown(element, label);
      clock.start();
    },
    onStep: (run) => {
      if (clock.step()) draw(run);
    },
    onEpochEnd: (run, record) => {
      if (clock.hasDrawn) draw(run);
      shown?.say(epochLine(run, record).replaceAll(/ +/g, " "));
    },
    onTrainEnd: ({ error, history, epochs }) => {
      if (error !== undefined) shown?.end(`failed: ${error instanceof Error ? error.message : String(error)}`);
      else if (history.stopped !== undefined) shown?.end(`stopped: ${history.stopped}`);
      else shown?.end(`${epochs} epochs done`, 1);
    },
  };
};

/** The elements. Texts are set as text, so that nothing in them is taken for markup. */
class Shown {
  readonly #group: PageElement;
  readonly #bar: PageElement;
  readonly #numbers: PageElement;
  readonly #line: PageElement;

  constructor(element: ProgressHost, label: string) {
    const make = (name: string): PageElement => element.ownerDocument.createElement(name) as PageElement;
    this.#group = make("div");
    this.#bar = make("progress");
    this.#numbers = make("div");
    this.#line = make("div");
    this.#bar.setAttribute("max", "1");
    this.#bar.setAttribute("aria-label", label);
    // Spoken when it changes, once an epoch; the numbers that change all the time are not.
    this.#line.setAttribute("role", "status");
    this.#group.append(this.#bar, this.#numbers, this.#line);
    (element as { append(child: PageElement): void }).append(this.#group);
  }

  at(done: number | undefined, numbers: string): void {
    // Without a value the bar shows activity, but no fraction.
    if (done === undefined) this.#bar.removeAttribute("value");
    else this.#bar.setAttribute("value", String(Math.min(1, done)));
    this.#numbers.textContent = numbers;
  }

  say(line: string): void {
    this.#line.textContent = line;
  }

  end(numbers: string, done?: number): void {
    if (done !== undefined) this.#bar.setAttribute("value", String(done));
    this.#numbers.textContent = numbers;
  }

  remove(): void {
    this.#group.remove();
  }
}
