import type { Point, Stroke } from "../drawing/strokes.ts";
import { element, onThemeChange, themed } from "./element.ts";

/** The width of the pen, as a fraction of the surface. */
const penWidth = 0.07;

/** The surface for drawing with mouse, finger or pen. Points are fractions of its side, from 0 to 1. */
export class Pad {
  readonly #canvas: HTMLCanvasElement = element("pad", HTMLCanvasElement);
  readonly #invitation: HTMLElement = element("invitation", HTMLParagraphElement);
  readonly #changed: (strokes: readonly Stroke[]) => void;
  #strokes: Stroke[] = [];
  #current: Point[] | undefined;
  #isDue = false;

  /** @param changed Called, at most once per frame, while something is drawn. */
  constructor(changed: (strokes: readonly Stroke[]) => void) {
    this.#changed = changed;
    const canvas = this.#canvas;
    canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"] as const) {
      canvas.addEventListener(end, () => {
        this.#current = undefined;
      });
    }
    onThemeChange(() => this.#paint());
  }

  get strokes(): readonly Stroke[] {
    return this.#strokes;
  }

  clear(): void {
    this.#strokes = [];
    this.#current = undefined;
    this.#paint();
  }

  #begin(event: PointerEvent): void {
    if (event.button !== 0) return;
    event.preventDefault();
    this.#canvas.setPointerCapture(event.pointerId);
    this.#current = [this.#placeOf(event)];
    this.#strokes.push(this.#current);
    this.#note();
  }

  #move(event: PointerEvent): void {
    const at = this.#current;
    if (!at) return;
    // A pen moves several times between two frames; the browser keeps these events.
    const events = event.getCoalescedEvents?.() ?? [];
    for (const moved of events.length > 0 ? events : [event]) {
      const place = this.#placeOf(moved);
      const last = at[at.length - 1];
      if (Math.hypot(place.x - last.x, place.y - last.y) > 0.012) at.push(place);
    }
    this.#note();
  }

  #placeOf({ clientX, clientY }: PointerEvent): Point {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    return { x: (clientX - left) / width, y: (clientY - top) / height };
  }

  #note(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#paint();
      if (this.#strokes.length > 0) this.#changed(this.#strokes);
    });
  }

  #paint(): void {
    this.#invitation.hidden = this.#strokes.length > 0;
    const context = this.#canvas.getContext("2d");
    if (!context) return;
    const { width } = this.#canvas;
    context.clearRect(0, 0, width, width);
    context.lineWidth = penWidth * width;
    context.lineCap = "round";
    context.lineJoin = "round";
    context.strokeStyle = themed("--ink");
    for (const [first, ...rest] of this.#strokes) {
      context.beginPath();
      context.moveTo(first.x * width, first.y * width);
      // A dot is a line that ends where it begins.
      for (const { x, y } of rest.length > 0 ? rest : [first]) context.lineTo(x * width, y * width);
      context.stroke();
    }
  }
}
