import { accuracy, fit, loadDigits, loadMnist, Momentum, tensor } from "gradus";
import { pictureOf } from "../../playground/drawing/preprocess.ts";
import type { Stroke } from "../../playground/drawing/strokes.ts";
import { defaultNetwork } from "../../playground/network.ts";
import { buildNetwork } from "../../playground/worker/build.ts";

// How well is other people's handwriting read? MNIST's test digits are thinned to lines, as if somebody had drawn them on
// the playground's surface, prepared as drawings are, and read by networks that have learned other data:
//   GRADUS_DATA=<folder of MNIST> npx tsx --conditions=gradus-source scripts/playground/handwriting.ts

const side = 28;
const seeds = [1, 2, 3];
const digits = 3000;

/** The lines in the middle of the ink. @see Zhang and Suen, "A fast parallel algorithm for thinning digital patterns", 1984 */
const thinned = (picture: Uint8Array): Uint8Array => {
  const ink = Uint8Array.from(picture, (value) => Number(value > 100));
  const at = (x: number, y: number): number => (x < 0 || y < 0 || x >= side || y >= side ? 0 : ink[y * side + x]);
  for (let hasChanged = true; hasChanged; ) {
    hasChanged = false;
    for (const isFirst of [true, false]) {
      const gone: number[] = [];
      for (let pixel = 0; pixel < ink.length; pixel++) {
        const [x, y] = [pixel % side, Math.floor(pixel / side)];
        if (!ink[pixel]) continue;
        const around = [
          [0, -1],
          [1, -1],
          [1, 0],
          [1, 1],
          [0, 1],
          [-1, 1],
          [-1, 0],
          [-1, -1],
        ].map(([dx, dy]) => at(x + dx, y + dy));
        const inked = around.reduce((sum, one) => sum + one, 0);
        const begins = around.filter((one, index) => !one && around[(index + 1) % 8]).length;
        const [north, , east, , south, , west] = around;
        const isEdge = isFirst
          ? !(north && east && south) && !(east && south && west)
          : !(north && east && west) && !(north && south && west);
        if (inked >= 2 && inked <= 6 && begins === 1 && isEdge) gone.push(pixel);
      }
      for (const pixel of gone) ink[pixel] = 0;
      hasChanged ||= gone.length > 0;
    }
  }
  return ink;
};

/** Neighbouring pixels of a line, joined. */
const strokesOf = (picture: Uint8Array): readonly Stroke[] => {
  const line = thinned(picture);
  const has = (x: number, y: number): boolean => x >= 0 && x < side && y < side && line[y * side + x] === 1;
  const strokes: Stroke[] = [];
  for (let pixel = 0; pixel < line.length; pixel++) {
    const [x, y] = [pixel % side, Math.floor(pixel / side)];
    if (!has(x, y)) continue;
    strokes.push([{ x, y }]);
    for (const [dx, dy] of [
      [1, 0],
      [0, 1],
      [1, 1],
      [-1, 1],
    ]) {
      const isDoubled = dx !== 0 && dy !== 0 && (has(x + dx, y) || has(x, y + dy));
      if (has(x + dx, y + dy) && !isDoubled)
        strokes.push([
          { x, y },
          { x: x + dx, y: y + dy },
        ]);
    }
  }
  return strokes;
};

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const mnist = await loadMnist();
const pixels = mnist.test.x.data as Uint8Array;
const drawn = Array.from({ length: digits }, (_, row) => strokesOf(pixels.subarray(row * 784, (row + 1) * 784)));
const labels = tensor(Int32Array.from(mnist.test.y.data.slice(0, digits)));
for (const [name, pictureSide, data, epochs] of [
  ["the built-in digits", 8, await loadDigits(), 60],
  ["MNIST's training digits", 28, mnist, 5],
] as const) {
  const pictures = Float32Array.from(drawn.flatMap((strokes) => [...(pictureOf(strokes, pictureSide) ?? [])]));
  const x = tensor(pictures, { shape: [digits, pictureSide ** 2] });
  const results: number[] = [];
  const own: number[] = [];
  for (const seed of pictureSide === 8 ? seeds : seeds.slice(0, 1)) {
    const model = buildNetwork({ ...defaultNetwork, seed }, pictureSide);
    await fit(model, data.train, {
      optimizer: new Momentum({ learningRate: 0.05, momentum: 0.9 }),
      epochs,
      batchSize: 32,
    });
    results.push(accuracy(model.predict(x), labels));
    own.push(accuracy(model.predict(data.test.x), data.test.y));
  }
  console.log(
    `Trained on ${name}: reads ${own.map(percent).join(", ")} of their test part, ` +
      `and ${results.map(percent).join(", ")} of ${digits} of MNIST's test digits, drawn again as lines`,
  );
}
