import {
  AdaGrad,
  argMax,
  Dense,
  dataset,
  div,
  Embedding,
  evaluate,
  fit,
  Layer,
  mul,
  notEqual,
  reshape,
  Sequential,
  sum,
  type Tensor,
  tensor,
  toFloat,
} from "gradus";
import { readCsv } from "gradus/table";

// A sentence as a sequence of its pieces of three letters: " th", "the", "he ", "e s", ... Each piece has a number, and a vector
// that is trained; the language is read from the mean of the vectors. A hash numbers the pieces, so every piece has a number; 0 is
// padding.
const [categories, length] = [10_000, 48];
const numberOf = (piece: string): number => {
  let hash = 0;
  for (const letter of piece) hash = (hash * 31 + letter.codePointAt(0)!) % 1_000_003;
  return 1 + (hash % (categories - 1));
};
const sequencesOf = (texts: readonly string[]): Tensor => {
  const numbers = new Int32Array(texts.length * length);
  texts.forEach((text, row) => {
    const letters = [...` ${text.toLowerCase()} `];
    for (let at = 0; at < Math.min(letters.length - 2, length); at++) {
      numbers[row * length + at] = numberOf(letters.slice(at, at + 3).join(""));
    }
  });
  return tensor(numbers, { shape: [texts.length, length] });
};

/** The mean of the vectors of a sequence, without its padding: [rows, length] becomes [rows, width]. */
class MeanOfVectors extends Layer {
  readonly vectors: Embedding;

  constructor(width: number) {
    super();
    this.vectors = new Embedding({ inputDim: categories, outputDim: width });
  }

  call(sequence: Tensor): Tensor {
    const isPiece = reshape(toFloat(notEqual(sequence, tensor(0, { dtype: "int32" }))), [...sequence.shape, 1]);
    const total = sum(mul(this.vectors.call(sequence), isPiece), { axis: 1 });
    return div(total, sum(isPiece, { axis: 1 }));
  }
}

const table = await readCsv("data/tabular/sentences.csv");
const languages = [...new Set(table.values("language"))].sort();
const { train, test } = table.split({ parts: { train: 0.75, test: 0.25 }, stratified: "language", seed: 1 });
const [training, tests] = [train, test].map((part) =>
  dataset({
    x: sequencesOf(part.values("sentence").map(String)),
    y: tensor(Int32Array.from(part.values("language"), (language) => languages.indexOf(language))),
  }),
);

const model = new Sequential({
  inputShape: [length],
  layers: [new MeanOfVectors(16), new Dense({ units: languages.length })],
  seed: 42,
});
// AdaGrad updates only the vectors of the pieces that a batch has, some 400 of 10,000.
const start = performance.now();
await fit(model, training, {
  optimizer: new AdaGrad({ learningRate: 0.3 }),
  epochs: 40,
  batchSize: 16,
  seed: 1,
  compile: true,
});
console.log(`40 epochs in ${((performance.now() - start) / 1000).toFixed(1)} s`);
console.log("test accuracy:", evaluate(model, tests).accuracy);

const texts = ["Where did you put my glasses?", "Wo hast du meine Brille hingelegt?", "Où as-tu mis mes lunettes ?"];
argMax(model.predict(sequencesOf(texts)), { axis: 1 }).data.forEach((best, row) => {
  console.log(texts[row], "→", languages[best]);
});
