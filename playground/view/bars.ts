import { percent } from "../format.ts";
import { create, element, setText } from "./element.ts";

/** The ten probabilities as bars with numbers, and in a sentence. */
export class Bars {
  readonly #items: { readonly item: HTMLElement; readonly bar: HTMLElement; readonly share: HTMLElement }[] = [];
  readonly #verdict: HTMLElement = element("verdict", HTMLParagraphElement);

  constructor() {
    const list = element("bars", HTMLOListElement);
    for (let digit = 0; digit < 10; digit++) {
      const item = create("li");
      const track = create("span", { className: "track" });
      const bar = create("span");
      const share = create("span", { className: "share", text: "–" });
      track.append(bar);
      item.append(create("span", { text: String(digit) }), track, share);
      list.append(item);
      this.#items.push({ item, bar, share });
    }
  }

  /** @param look Which picture it is of. @param answer The right answer, where it is known. */
  show(look: number, probabilities: Float32Array | undefined, answer?: number): void {
    this.#verdict.dataset.look = String(look);
    const best = probabilities?.indexOf(Math.max(...probabilities)) ?? -1;
    for (const [digit, { item, bar, share }] of this.#items.entries()) {
      const value = probabilities?.[digit] ?? 0;
      bar.style.transform = `scaleX(${value.toFixed(4)})`;
      setText(share, probabilities ? percent(value) : "–");
      item.classList.toggle("best", digit === best);
    }
    this.#say(best, answer);
  }

  /** Only what was read is said, not how sure it is: that changes all the time, and a screen reader would read it out. */
  #say(best: number, answer: number | undefined): void {
    const isTold = this.#verdict.dataset.told === `${best} ${answer}`;
    if (isTold) return;
    this.#verdict.dataset.told = `${best} ${answer}`;
    if (best < 0) {
      this.#verdict.textContent = "Draw a digit, and the network says what it reads.";
      return;
    }
    this.#verdict.replaceChildren("It reads ", create("b", { text: String(best) }));
    if (answer !== undefined)
      this.#verdict.append(answer === best ? ", and that is right." : `. In fact it is ${answer}.`);
    else this.#verdict.append(".");
  }
}
