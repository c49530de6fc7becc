import { accuracy, fit, loadDigits, loadMnist, Momentum, tensor } from "gradus";
import { strokesOfCells } from "../playground/drawing/pixels.ts";
import { pictureOf } from "../playground/drawing/preprocess.ts";
import type { Stroke } from "../playground/drawing/strokes.ts";
import { thinned } from "../playground/drawing/thinned.ts";
import { defaultNetwork } from "../playground/network.ts";
import { buildNetwork } from "../playground/worker/build.ts";

// Measures how well the playground reads other people's handwriting. MNIST's test digits are thinned to lines, as if drawn on
// the playground, and prepared like drawings. Networks that have learned other data read them:
//   GRADUS_DATA=<folder of MNIST> npx tsx --conditions=gradus-source bench/handwriting.ts

const side = 28;
const seeds = [1, 2, 3];
const digits = 3000;

const strokesOf = (picture: Uint8Array): readonly Stroke[] => {
  const ink = Float32Array.from(picture, (value) => Number(value > 100));
  return strokesOfCells(thinned(ink, side), side);
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
