import type { CurvePoint } from "./messages.ts";

/** The number of points that a screen can show. */
export const mostPoints = 1500;

/** Values that cannot be drawn are left out: 0 does not have a logarithm. */
export const isDrawable = (value: number | undefined, isLogarithmic: boolean): value is number =>
  value !== undefined && Number.isFinite(value) && (!isLogarithmic || value > 0);

/** The points of the curves of one run, thinned out when they become many. */
export class Curves {
  #points: CurvePoint[] = [];
  /** Keeps one point of this many. */
  #every = 1;
  #seen = 0;
  #last: CurvePoint | undefined;

  /** The points that are kept, and the newest. */
  get points(): readonly CurvePoint[] {
    const newest = this.#last;
    return newest === undefined || this.#points.at(-1) === newest ? this.#points : [...this.#points, newest];
  }

  /** The newest value of a curve; undefined before the first. */
  last(curve: Exclude<keyof CurvePoint, "epoch">): number | undefined {
    return this.points.findLast((point) => point[curve] !== undefined)?.[curve];
  }

  add(points: readonly CurvePoint[]): void {
    for (const point of points) {
      this.#last = point;
      if (this.#seen++ % this.#every === 0) this.#points.push(point);
      if (this.#points.length < mostPoints) continue;
      this.#points = this.#points.filter((_, index) => index % 2 === 0);
      this.#every *= 2;
    }
  }

  clear(): void {
    this.#points = [];
    this.#every = 1;
    this.#seen = 0;
    this.#last = undefined;
  }
}
