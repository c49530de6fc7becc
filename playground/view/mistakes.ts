import { count, percent } from "../format.ts";
import type { Mistake } from "../messages.ts";
import { create, element, onThemeChange, setText } from "./element.ts";
import { paintInk } from "./paint.ts";

/** The table of the test digits that the network reads wrongly. */
export class Mistakes {
  readonly #body: HTMLTableSectionElement = element("mistakes", HTMLTableSectionElement);
  readonly #look: (mistake: Mistake) => void;
  #shown: readonly Mistake[] = [];

  /** @param look Called with the mistake that a user selects as the input. */
  constructor(look: (mistake: Mistake) => void) {
    this.#look = look;
    onThemeChange(() => this.#fill());
  }

  show(wrong: number, of: number, worst: readonly Mistake[]): void {
    const right = of === 0 ? "" : ` (${percent(1 - wrong / of)} are right)`;
    const which = wrong > worst.length ? ` The ${worst.length} most certain:` : "";
    setText(
      element("mistakes-text", HTMLParagraphElement),
      `${count(wrong)} of ${count(of)} test digits${right}; it has never been trained on them.${which}`,
    );
    this.#shown = worst;
    this.#fill();
  }

  /** Fills the existing rows, so that a button keeps the focus. */
  #fill(): void {
    while (this.#body.rows.length > this.#shown.length) this.#body.deleteRow(-1);
    while (this.#body.rows.length < this.#shown.length) this.#body.append(this.#row(this.#body.rows.length));
    for (const [index, { picture, label, predicted, probability }] of this.#shown.entries()) {
      const [image, is, read, sure] = this.#body.rows[index].cells;
      const canvas = image.querySelector("canvas");
      if (canvas) paintInk(canvas, picture);
      canvas?.setAttribute("aria-label", `A ${label}`);
      setText(is, String(label));
      if (read.firstElementChild instanceof HTMLElement) setText(read.firstElementChild, String(predicted ?? "–"));
      setText(sure, percent(probability));
    }
  }

  #row(index: number): HTMLElement {
    const row = create("tr");
    const canvas = create("canvas");
    canvas.setAttribute("role", "img");
    const [image, read, last] = [create("td"), create("td"), create("td")];
    image.append(canvas);
    read.append(create("b"));
    const button = create("button", { text: "Look" });
    button.type = "button";
    button.setAttribute("aria-label", `Look at digit ${index + 1} of this table`);
    button.addEventListener("click", () => this.#look(this.#shown[index]));
    last.append(button);
    row.append(image, create("td"), read, create("td"), last);
    return row;
  }
}
