import type { Report } from "../messages.ts";
import { create, element, onThemeChange, setText } from "./element.ts";
import { paintWeights } from "./paint.ts";

type WeightsReport = Extract<Report, { readonly type: "weights" }>;

/** The weights of the first layer as small pictures. */
export class Weights {
  readonly #place: HTMLElement = element("weights", HTMLDivElement);
  #pictures: Float32Array = new Float32Array();
  #side = 1;
  #isDue = false;

  constructor() {
    onThemeChange(() => this.#paint());
  }

  show({ side, units, pictures, kind }: WeightsReport): void {
    this.#side = side;
    this.#pictures = pictures;
    const shown = pictures.length / (side * side || 1);
    const which = shown < units ? `The first ${shown} of ${units} ${kind}` : `${units} ${kind}`;
    setText(
      element("weights-text", HTMLParagraphElement),
      units === 0
        ? "The weights of the first layer of this network are not pictures."
        : `${which}. Blue: ink here speaks for it. Orange: ink here speaks against it.`,
    );
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#paint();
    });
  }

  #paint(): void {
    const pixels = this.#side * this.#side;
    const shown = Math.floor(this.#pictures.length / (pixels || 1));
    while (this.#place.children.length > shown) this.#place.lastElementChild?.remove();
    while (this.#place.children.length < shown) this.#place.append(create("canvas"));
    for (const [index, canvas] of [...this.#place.children].entries()) {
      paintWeights(canvas as HTMLCanvasElement, this.#pictures.subarray(index * pixels, (index + 1) * pixels));
    }
  }
}
