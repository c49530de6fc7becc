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

  /** @param look The number of the picture. @param answer The right answer, if it is known. */
  show(look: number, probabilities: Float32Array | undefined, answer?: number): void {
    this.#verdict.dataset.look = String(look);
    const isBroken = probabilities?.some(Number.isNaN) ?? false;
    const best = probabilities && !isBroken ? probabilities.indexOf(Math.max(...probabilities)) : undefined;
    for (const [digit, { item, bar, share }] of this.#items.entries()) {
      const value = (!isBroken && probabilities?.[digit]) || 0;
      bar.style.transform = `scaleX(${value.toFixed(4)})`;
      setText(share, percent(probabilities?.[digit]));
      item.classList.toggle("best", digit === best);
    }
    if (isBroken) setText(this.#verdict, "The network cannot read any more: its weights have overflowed.");
    else if (best === undefined) setText(this.#verdict, "Draw a digit, and the network says what it reads.");
    else this.#say(best, answer);
  }

  /** The sentence leaves out the probability: it changes all the time, and a screen reader would read each change. */
  #say(best: number, answer: number | undefined): void {
    const rest = answer === undefined ? "." : answer === best ? ", and that is right." : `. In fact it is ${answer}.`;
    if (this.#verdict.textContent === `It reads ${best}${rest}`) return;
    this.#verdict.replaceChildren("It reads ", create("b", { text: String(best) }), rest);
  }
}
