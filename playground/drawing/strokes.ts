/** A position on the drawing surface; x to the right, y down, in any unit. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The line that a pen draws between touching the surface and leaving it. One point alone is a dot. */
export type Stroke = readonly Point[];

/** A straight piece of a stroke; a dot begins and ends in one point. */
export type Segment = readonly [from: Point, to: Point];

/** The straight pieces of all strokes. */
export const segmentsOf = (strokes: readonly Stroke[]): readonly Segment[] =>
  strokes.flatMap((stroke) =>
    stroke.length === 1
      ? [[stroke[0], stroke[0]] as const]
      : stroke.slice(1).map((to, index) => [stroke[index], to] as const),
  );

/** The squared distance of a position from a segment. */
export const squaredDistanceTo = ([from, to]: Segment, x: number, y: number): number => {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const square = dx * dx + dy * dy;
  const along = square === 0 ? 0 : ((x - from.x) * dx + (y - from.y) * dy) / square;
  const part = Math.max(0, Math.min(1, along));
  const [offX, offY] = [x - from.x - part * dx, y - from.y - part * dy];
  return offX * offX + offY * offY;
};

/** The extent of strokes. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The smallest box around all segments, without the width of their lines. */
export const boxOf = (segments: readonly Segment[]): Box => {
  const xs = segments.flatMap(([from, to]) => [from.x, to.x]);
  const ys = segments.flatMap(([from, to]) => [from.y, to.y]);
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
};

/** The same segments with every point moved. */
export const moved = (segments: readonly Segment[], move: (point: Point) => Point): readonly Segment[] =>
  segments.map(([from, to]) => [move(from), move(to)]);
