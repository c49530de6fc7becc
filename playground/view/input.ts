import { gridSide, resized, strokesOfPainting } from "../drawing/pixels.ts";
import { pictureOf } from "../drawing/preprocess.ts";
import { element, onThemeChange } from "./element.ts";
import { Pad } from "./pad.ts";
import { paintInk } from "./paint.ts";
import { PixelGrid } from "./pixelGrid.ts";

/** The input of the network: drawn with a pen, painted in the grid, or a picture of the data. */
export class Input {
  readonly #changed: (look: number, picture: Float32Array | undefined) => void;
  readonly #pad: Pad = new Pad(() => this.#draw());
  readonly #grid: PixelGrid = new PixelGrid((cells) => this.#paint(cells));
  readonly #seen: HTMLCanvasElement = element("seen", HTMLCanvasElement);
  #side: number = gridSide;
  /** The painted cells, if the grid was used last. */
  #cells: Float32Array | undefined;
  /** Whether the cells are pixels of a picture that the user changes, and not the lines of a pen. */
  #arePixels = false;
  #picture: Float32Array | undefined;
  /** The number of pictures so far. */
  look = 0;
  /** The right answer, for a picture of the data. */
  answer: number | undefined;

  constructor(changed: (look: number, picture: Float32Array | undefined) => void) {
    this.#changed = changed;
    element("clear", HTMLButtonElement).addEventListener("click", () => this.clear());
    onThemeChange(() => this.#show());
    this.#show();
  }

  /** The side of the pictures that the network reads. The current drawing is prepared again for it. */
  set side(side: number) {
    if (side === this.#side) return;
    this.#side = side;
    if (this.#cells) this.#paint(this.#cells);
    else if (this.#pad.strokes.length > 0) this.#draw();
    else this.clear();
  }

  clear(): void {
    this.#pad.clear();
    this.#cells = undefined;
    this.#use(undefined);
    this.#grid.show(new Float32Array(gridSide ** 2));
  }

  /** Looks at a picture of the data. */
  lookAt(picture: Float32Array, answer: number): void {
    this.#pad.clear();
    this.#cells = undefined;
    this.#use(picture, answer);
    this.#grid.show(resized(picture, this.#side, gridSide));
  }

  #draw(): void {
    this.#cells = undefined;
    const picture = pictureOf(this.#pad.strokes, this.#side);
    this.#use(picture);
    if (picture) this.#grid.show(resized(picture, this.#side, gridSide));
  }

  #paint(cells: Float32Array): void {
    if (cells.every((shade) => shade === 0)) {
      this.clear();
      return;
    }
    this.#pad.clear();
    // On an empty grid the user draws. A line of one cell is thinner than any line in the data, so it becomes strokes of a pen.
    if (!this.#cells) this.#arePixels = this.#picture !== undefined;
    this.#cells = cells;
    const isPicture = this.#arePixels && this.#side === gridSide;
    this.#use(isPicture ? cells : pictureOf(strokesOfPainting(cells, gridSide), this.#side));
  }

  #use(picture: Float32Array | undefined, answer?: number): void {
    this.#picture = picture;
    this.answer = answer;
    this.#show();
    this.look++;
    this.#seen.dataset.look = String(this.look);
    this.#changed(this.look, picture);
  }

  #show(): void {
    const isInGrid = this.#side === gridSide && (this.#cells === undefined || this.#arePixels);
    element("grid-title", HTMLHeadingElement).classList.toggle("painted", !isInGrid);
    element("seen-part", HTMLDivElement).hidden = isInGrid;
    paintInk(this.#seen, this.#picture ?? new Float32Array(this.#side ** 2));
  }
}
