// Every runtime does this with the installed package: train, predict, save, load, compute with threads. The file uses only
// JavaScript that Node, Deno, Bun, pages and workers have in common.

/** The digest of bytes, as hexadecimal digits. */
const digest = async (bytes) => {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash.slice(0, 6)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
};

/** Milliseconds of a step of 784-300-100-10 with 50 examples: the fastest of some rounds. */
const stepTime = (gradus) => {
  const { Dense, Sequential, SGD, randomUniform, softmaxCrossEntropy, tensor } = gradus;
  const dense = (units, activation) => new Dense({ units, activation });
  const layers = [dense(300, "relu"), dense(100, "relu"), dense(10)];
  const model = new Sequential({ inputShape: [784], layers, seed: 1 });
  const optimizer = new SGD({ learningRate: 0.01 });
  const x = randomUniform([50, 784], { seed: 1 });
  const y = tensor(Int32Array.from({ length: 50 }, (_, index) => index % 10));
  const steps = gradus.getBackend() === "reference" ? 2 : 40;
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const begin = performance.now();
    for (let step = 0; step < steps; step++) {
      optimizer.minimize(() => softmaxCrossEntropy(model.call(x, { training: true }), y), model.trainableVariables);
    }
    best = Math.min(best, (performance.now() - begin) / steps);
  }
  return best;
};

/** Trains on the built-in digits; the same bits are expected wherever the backend is the same. */
const train = async (gradus, { inspector }) => {
  const { accuracy, BatchNorm, Dense, Dropout, fit, loadDigits, Momentum, Sequential } = gradus;
  const { train: data, test } = await loadDigits();
  const layers = [
    new Dense({ units: 32, activation: "elu" }),
    new BatchNorm(),
    new Dropout({ rate: 0.1 }),
    new Dense({ units: 10 }),
  ];
  const model = new Sequential({ inputShape: [64], layers, seed: 1 });
  const optimizer = new Momentum({ learningRate: 0.05, momentum: 0.9 });
  const history = await fit(model, data, { optimizer, epochs: 3, batchSize: 50, seed: 1, callbacks: [inspector()] });
  return { model, test, history, accuracy: accuracy(model.predict(test.x), test.y) };
};

/** Reads a PNG and a JPEG file, and trains a convolutional network on them: the same bits are expected everywhere. */
const readAndTrain = async (gradus, images, files) => {
  const { Conv2D, Dense, fit, Flatten, MaxPooling2D, RandomShift, Sequential, SGD } = gradus;
  const list = files.map((base64, index) => ({
    source: Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)),
    label: `class ${index}`,
  }));
  const data = await images.readImages(list, { size: [12, 12] });
  const layers = [
    new RandomShift({ heightFactor: 0.1, widthFactor: 0.1 }),
    new Conv2D({ filters: 4, kernelSize: 3, activation: "relu" }),
    new MaxPooling2D({ poolSize: 2 }),
    new Flatten(),
    new Dense({ units: files.length }),
  ];
  const model = new Sequential({ inputShape: [12, 12, 3], layers, seed: 1 });
  await fit(model, data, { optimizer: new SGD({ learningRate: 0.1 }), epochs: 3, seed: 1 });
  return digest(await gradus.encodeModel(model));
};

/**
 * @param images The exports of `gradus/images`, and `files`: pictures as base64.
 * @param report The exports of `gradus/report`.
 * @param path Where to save a file; without a path, the bytes of a file are encoded and read instead.
 */
export const tryOut = async (gradus, report, { images, files }, path) => {
  const backend = gradus.getBackend();
  const step = stepTime(gradus);
  // The backend whose bits are the same on every machine.
  if (backend !== "reference") gradus.setBackend("simd");
  const pictures = await readAndTrain(gradus, images, files);
  const trained = await train(gradus, report);
  const bytes = await gradus.encodeModel(trained.model);
  if (path !== undefined) await gradus.saveModel(trained.model, path);
  const loaded = await gradus.loadModel(path ?? bytes);
  const [before, after] = [trained.model, loaded].map((model) => model.predict(trained.test.x).data);
  const isEqual = before.length === after.length && before.every((value, index) => value === after[index]);
  const threads = await gradus.setThreads(2);
  const { reason } = gradus.getThreads();
  const again = await train(gradus, report);
  const sameWithThreads = (await digest(await gradus.encodeModel(again.model))) === (await digest(bytes));
  await gradus.setThreads(1);
  return {
    backend,
    step,
    accuracy: trained.accuracy,
    file: await digest(bytes),
    // The digest of the inspections, and whether they become a page.
    seen: await digest(new TextEncoder().encode(JSON.stringify(trained.history.inspections))),
    hasReport: report.renderReport(trained.history).includes("Confusion matrix"),
    pictures,
    isEqual,
    threads,
    reason,
    sameWithThreads,
  };
};
