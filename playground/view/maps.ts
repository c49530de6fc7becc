import type { FeatureMaps } from "../messages.ts";
import { create, element, onThemeChange, setText } from "./element.ts";
import { paintMap } from "./paint.ts";

/** What convolutions and poolings compute for the drawn digit, as small pictures. */
export class Maps {
  readonly #card: HTMLElement = element("maps-card", HTMLElement);
  readonly #place: HTMLElement = element("maps", HTMLDivElement);
  #layers: readonly FeatureMaps[] = [];
  #isDue = false;

  constructor() {
    onThemeChange(() => this.#paint());
  }

  /** Whether the network has layers of images: without them the card is not seen. */
  set isConvolutional(isConvolutional: boolean) {
    this.#card.hidden = !isConvolutional;
  }

  show(layers: readonly FeatureMaps[]): void {
    this.#layers = layers;
    setText(
      element("maps-text", HTMLParagraphElement),
      layers.length === 0
        ? "Draw a digit to see what each convolution makes of it."
        : "What each convolution makes of the digit: strong where its filter finds what it looks for.",
    );
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#paint();
    });
  }

  #paint(): void {
    while (this.#place.children.length > this.#layers.length) this.#place.lastElementChild?.remove();
    while (this.#place.children.length < this.#layers.length) this.#place.append(newLayer());
    for (const [index, { name, kind, side, channels, maps }] of this.#layers.entries()) {
      const [title, pictures] = this.#place.children[index].children;
      const pixels = side * side;
      const shown = maps.length / pixels;
      const which = shown < channels ? `the first ${shown} of ${channels} channels` : `${channels} channels`;
      const text = `${name} (${kind}): ${which} of ${side} × ${side}`;
      setText(title as HTMLElement, text);
      pictures.setAttribute("aria-label", text);
      while (pictures.children.length > shown) pictures.lastElementChild?.remove();
      while (pictures.children.length < shown) pictures.append(create("canvas"));
      const largest = maps.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
      for (const [channel, canvas] of [...pictures.children].entries()) {
        paintMap(canvas as HTMLCanvasElement, maps.subarray(channel * pixels, (channel + 1) * pixels), largest);
      }
    }
  }
}

/** The title and the place of the pictures of a layer. */
const newLayer = (): HTMLElement => {
  const layer = create("div");
  const pictures = create("div", { className: "pictures" });
  pictures.role = "img";
  layer.append(create("h3"), pictures);
  return layer;
};
