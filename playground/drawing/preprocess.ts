import { boxOf, moved, type Segment, type Stroke, segmentsOf, squaredDistanceTo } from "./strokes.ts";

/** The side of the pictures of the built-in digits. */
export const digitsSide = 8;

/**
 * A drawing as the input of the network: a picture of `side` x `side` numbers from 0 (paper) to 1 (ink), row by row,
 * prepared like the training data. A network only reads pictures that look like its data.
 * @returns undefined if nothing was drawn.
 */
export const pictureOf = (strokes: readonly Stroke[], side: number): Float32Array | undefined => {
  const segments = segmentsOf(strokes);
  if (segments.length === 0) return undefined;
  return side === digitsSide ? likeDigits(segments) : likeMnist(segments, side);
};

/** NIST's forms were read in bitmaps of 32 x 32, in which a digit fills a box of 20 x 32. */
const bitmapSide = 32;
const boxWidth = 20;
/** Narrow digits are widened by up to this, against their height. */
const mostWidening = 1.3;
/** Pixels of ink in a bitmap: every built-in digit has 302 to 332 of 1024, because its strokes were thickened or thinned. */
const inkPixels = 312;

/**
 * Prepares a drawing as NIST's programs prepared the built-in digits: the slant is removed, the digit is scaled to a box of
 * 20 x 32 pixels (narrow digits are widened), strokes get the width at which 312 of the 1024 pixels are ink, and each block
 * of 4 x 4 becomes one number, its fraction of ink.
 * @see Garris et al., "NIST Form-Based Handprint Recognition System", 1997; Alpaydin and Kaynak, 1998.
 */
const likeDigits = (drawn: readonly Segment[]): Float32Array => {
  const upright = withoutSlant(drawn);
  const { left, right, top, bottom } = boxOf(upright);
  // The width of the strokes depends on their length in the box, and the room for their middle lines depends on their width.
  let halfWidth = 2.5;
  let distances = new Float64Array();
  for (let turn = 0; turn < 4; turn++) {
    const down = finite(factorTo(bitmapSide - 2 * halfWidth, bottom - top));
    const across = Math.min(mostWidening * down, factorTo(boxWidth - 2 * halfWidth, right - left));
    distances = distancesIn(placed(upright, bitmapSide, { across, down }), bitmapSide);
    halfWidth = Math.min(quantile(distances, inkPixels), boxWidth / 2 - 1);
  }
  const threshold = quantile(distances, inkPixels);
  const picture = new Float32Array(digitsSide ** 2);
  for (let pixel = 0; pixel < distances.length; pixel++) {
    if (distances[pixel] > threshold) continue;
    const [x, y] = [pixel % bitmapSide, Math.floor(pixel / bitmapSide)];
    picture[(y >> 2) * digitsSide + (x >> 2)] += 1 / 16;
  }
  return picture.map((share) => Math.min(share, 1));
};

/** A digit fills 20 of MNIST's 28 pixels, and its lines have about this width. */
const mnistSide = 28;
const mnistBox = 20;
const mnistHalfWidth = 1.15;

/**
 * Prepares a drawing as MNIST's digits were prepared: scaled without distortion to fit a box of 20 x 20 pixels, with soft
 * edges, and moved so that the centre of mass is the centre of the 28 x 28 pixels. Other sizes are in proportion.
 * @see http://yann.lecun.com/exdb/mnist/
 */
const likeMnist = (drawn: readonly Segment[], side: number): Float32Array => {
  const unit = side / mnistSide;
  const halfWidth = mnistHalfWidth * unit;
  const room = mnistBox * unit - 2 * halfWidth;
  const { left, right, top, bottom } = boxOf(drawn);
  const factor = finite(Math.min(factorTo(room, right - left), factorTo(room, bottom - top)));
  const scaled = placed(drawn, side, { across: factor, down: factor });
  const { x, y } = massCentre(inkOf(scaled, side, halfWidth), side);
  const centred = moved(scaled, (point) => ({ x: point.x + side / 2 - x, y: point.y + side / 2 - y }));
  return inkOf(centred, side, halfWidth);
};

/** Scales, by one factor across and one down, around the middle of a picture. */
const placed = (
  segments: readonly Segment[],
  side: number,
  factors: { readonly across: number; readonly down: number },
): readonly Segment[] => {
  const { left, right, top, bottom } = boxOf(segments);
  return moved(segments, ({ x, y }) => ({
    x: (x - (left + right) / 2) * factors.across + side / 2,
    y: (y - (top + bottom) / 2) * factors.down + side / 2,
  }));
};

/** The factor that scales `from` to `length`; infinite for a dot or a straight line, which has no size in this direction. */
const factorTo = (length: number, from: number): number => (from > 0 ? length / from : Number.POSITIVE_INFINITY);

/** One factor for both directions; a dot stays as it is. */
const finite = (factor: number): number => (Number.isFinite(factor) ? factor : 1);

/** The distance of the middle of every pixel from the nearest line. */
const distancesIn = (segments: readonly Segment[], side: number): Float64Array<ArrayBuffer> =>
  Float64Array.from({ length: side * side }, (_, pixel) => {
    const [x, y] = [(pixel % side) + 0.5, Math.floor(pixel / side) + 0.5];
    let least = Number.POSITIVE_INFINITY;
    for (const segment of segments) least = Math.min(least, squaredDistanceTo(segment, x, y));
    return Math.sqrt(least);
  });

/** Ink of soft-edged lines: 1 within, 0 outside, and in between over one pixel. */
const inkOf = (segments: readonly Segment[], side: number, halfWidth: number): Float32Array =>
  Float32Array.from(distancesIn(segments, side), (distance) => Math.max(0, Math.min(1, halfWidth + 0.5 - distance)));

/** The value that `count` of the values do not exceed. */
const quantile = (values: Float64Array, count: number): number => values.toSorted()[count - 1];

/** Shears rows so that the digit is upright: x no longer depends on y, on average along the lines. */
const withoutSlant = (segments: readonly Segment[]): readonly Segment[] => {
  let [length, x, y, xy, yy] = [0, 0, 0, 0, 0];
  // A segment's weight is its length. Its middle represents it, and its own spread is added.
  for (const [from, to] of segments) {
    const weight = Math.hypot(to.x - from.x, to.y - from.y);
    length += weight;
    x += (weight * (from.x + to.x)) / 2;
    y += (weight * (from.y + to.y)) / 2;
  }
  if (length === 0) return segments;
  const middle = { x: x / length, y: y / length };
  for (const [from, to] of segments) {
    const weight = Math.hypot(to.x - from.x, to.y - from.y);
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const [mx, my] = [(from.x + to.x) / 2 - middle.x, (from.y + to.y) / 2 - middle.y];
    xy += weight * (mx * my + (dx * dy) / 12);
    yy += weight * (my * my + (dy * dy) / 12);
  }
  // A horizontal line does not have a slant.
  const slant = yy > 0 ? Math.max(-mostSlant, Math.min(mostSlant, xy / yy)) : 0;
  return moved(segments, (point) => ({ x: point.x - slant * (point.y - middle.y), y: point.y }));
};

/** 45 degrees: a line that leans more is not slanted handwriting. */
const mostSlant = 1;

const massCentre = (ink: Float32Array, side: number): { readonly x: number; readonly y: number } => {
  let [mass, x, y] = [0, 0, 0];
  for (let pixel = 0; pixel < ink.length; pixel++) {
    mass += ink[pixel];
    x += ink[pixel] * ((pixel % side) + 0.5);
    y += ink[pixel] * (Math.floor(pixel / side) + 0.5);
  }
  return { x: x / mass, y: y / mass };
};
