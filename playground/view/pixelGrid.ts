import { gridSide } from "../drawing/pixels.ts";
import { create, element } from "./element.ts";

const steps: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/**
 * A grid of 8 x 8 cells that shows a picture, and in which the keyboard paints: one cell has the focus, arrows move the focus,
 * Space paints or erases, Shift + arrows draw. A click paints too.
 */
export class PixelGrid {
  readonly #cells: HTMLElement[] = [];
  readonly #shades: Float32Array = new Float32Array(gridSide ** 2);
  readonly #painted: (cells: Float32Array) => void;
  #focus = 0;

  /** @param painted Called with a copy of the cells whenever a cell is painted. */
  constructor(painted: (cells: Float32Array) => void) {
    this.#painted = painted;
    const grid = element("grid", HTMLDivElement);
    for (let y = 0; y < gridSide; y++) {
      const row = create("div");
      row.setAttribute("role", "row");
      for (let x = 0; x < gridSide; x++) row.append(this.#cellAt(y * gridSide + x));
      grid.append(row);
    }
    grid.addEventListener("keydown", (event) => this.#key(event));
    this.show(this.#shades);
  }

  /** Shows a picture of 8 x 8 numbers from 0 to 1. */
  show(picture: Float32Array): void {
    this.#shades.set(picture);
    for (let at = 0; at < this.#cells.length; at++) this.#refresh(at);
  }

  #cellAt(at: number): HTMLElement {
    const cell = create("div");
    cell.setAttribute("role", "gridcell");
    cell.tabIndex = at === 0 ? 0 : -1;
    cell.addEventListener("click", () => {
      this.#moveTo(at);
      this.#toggle(at);
    });
    this.#cells.push(cell);
    return cell;
  }

  #refresh(at: number): void {
    const shade = Math.round(100 * this.#shades[at]);
    const cell = this.#cells[at];
    cell.style.setProperty("--shade", String(shade));
    const [row, column] = [Math.floor(at / gridSide) + 1, (at % gridSide) + 1];
    cell.setAttribute("aria-label", `Row ${row}, column ${column}: ${shade === 0 ? "empty" : `ink ${shade} %`}`);
  }

  #key(event: KeyboardEvent): void {
    const step = steps[event.key];
    if (step) {
      const [x, y] = [(this.#focus % gridSide) + step[0], Math.floor(this.#focus / gridSide) + step[1]];
      const isInside = x >= 0 && x < gridSide && y >= 0 && y < gridSide;
      if (event.shiftKey) this.#paint(this.#focus, 1);
      if (isInside) this.#moveTo(y * gridSide + x);
      if (event.shiftKey) this.#paint(this.#focus, 1);
    } else if (event.key === " " || event.key === "Enter") this.#toggle(this.#focus);
    else if (event.key === "Delete" || event.key === "Backspace") {
      this.show(new Float32Array(gridSide ** 2));
      this.#painted(this.#shades.slice());
    } else if (event.key === "Home") this.#moveTo(this.#focus - (this.#focus % gridSide));
    else if (event.key === "End") this.#moveTo(this.#focus - (this.#focus % gridSide) + gridSide - 1);
    else return;
    event.preventDefault();
  }

  #moveTo(at: number): void {
    this.#cells[this.#focus].tabIndex = -1;
    this.#focus = at;
    this.#cells[at].tabIndex = 0;
    this.#cells[at].focus();
  }

  #toggle(at: number): void {
    this.#paint(at, this.#shades[at] >= 0.5 ? 0 : 1);
  }

  #paint(at: number, shade: number): void {
    this.#shades[at] = shade;
    this.#refresh(at);
    this.#painted(this.#shades.slice());
  }
}
