import { Adam, argMax, Dense, dataset, evaluate, fit, Sequential, type Tensor, tensor } from "gradus";
import { readCsv } from "gradus/table";

// A bag of words, or here of pieces of three letters: how often each occurs in a text. "the sea" has " th", "the", "he ", "e s", ...
// A sentence has some 35 pieces, so nearly all of its 10,000 columns are zero, and the products of the first layer skip them.
const columns = 10_000;
const columnOf = (piece: string): number => {
  let hash = 0;
  for (const letter of piece) hash = (hash * 31 + letter.codePointAt(0)!) % 1_000_003;
  return hash % columns;
};
const bagsOf = (texts: readonly string[]): Tensor => {
  const counts = new Uint8Array(texts.length * columns);
  texts.forEach((text, row) => {
    const letters = [...` ${text.toLowerCase()} `];
    for (let at = 0; at + 3 <= letters.length; at++) {
      counts[row * columns + columnOf(letters.slice(at, at + 3).join(""))]++;
    }
  });
  return tensor(counts, { shape: [texts.length, columns], scale: 1 });
};

const table = await readCsv("data/tabular/sentences.csv");
const languages = [...new Set(table.values("language"))].sort();
const { train, test } = table.split({ parts: { train: 0.75, test: 0.25 }, stratified: "language", seed: 1 });
const [training, tests] = [train, test].map((part) =>
  dataset({
    x: bagsOf(part.values("sentence").map(String)),
    y: tensor(Int32Array.from(part.values("language"), (language) => languages.indexOf(language))),
  }),
);
const share = training.x.data.filter((count) => count > 0).length / training.x.size;
console.log(
  `${training.size} sentences of ${languages.length} languages; ${(100 * share).toFixed(2)} % of x is not zero`,
);

const model = new Sequential({
  inputShape: [columns],
  layers: [new Dense({ units: 64, activation: "relu" }), new Dense({ units: languages.length })],
  seed: 42,
});
const start = performance.now();
await fit(model, training, { optimizer: new Adam({ learningRate: 0.003 }), epochs: 15, batchSize: 16 });
console.log(`15 epochs in ${((performance.now() - start) / 1000).toFixed(1)} s`);
console.log("test accuracy:", evaluate(model, tests).accuracy);

const texts = ["Where did you put my glasses?", "Wo hast du meine Brille hingelegt?", "Où as-tu mis mes lunettes ?"];
argMax(model.predict(bagsOf(texts)), { axis: 1 }).data.forEach((best, row) => {
  console.log(texts[row], "→", languages[best]);
});
