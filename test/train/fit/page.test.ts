import { build } from "esbuild";
import { expect, test } from "vitest";
import { sharedBrowser } from "../../playground/browser.ts";
import { findChromium, openIn } from "../../threads/chromium.ts";

const chromium = findChromium();
const isRequired = process.env.GRADUS_REQUIRE_BROWSER !== undefined;
if (chromium === undefined) {
  console.warn(
    "test/train/fit/page.test.ts: NOT RUN, because there is no Chromium or Chrome on the path. " +
      "Install one, or name it in CHROMIUM. With GRADUS_REQUIRE_BROWSER set this is a failure.",
  );
}

/** Trains in a page with what shows it there, and with logs that are not files. */
const program = `
import * as gradus from "./src/index.ts";

const post = (value: unknown) => fetch("/", { method: "POST", body: JSON.stringify(value) });
try {
  const { train, validation } = await gradus.loadDigits();
  const element = document.createElement("section");
  document.documentElement.append(element);
  const spoken: string[] = [];
  let table = "";
  const model = new gradus.Sequential({ layers: [new gradus.Dense({ units: 10 })], seed: 1 });
  const source = async function* (epoch: number) { yield* gradus.minibatches(train, { seed: epoch }); };
  const history = await gradus.fit(model, source, {
    optimizer: new gradus.SGD({ learningRate: 0.5 }), epochs: 3, stepsPerEpoch: 20, validation, metrics: [gradus.recall()],
    callbacks: [
      gradus.progressElement(element),
      gradus.csvLog((text, { append }) => { table = append ? table + text : text; }),
      { onEpochEnd: () => { spoken.push(element.querySelector("[role=status]")!.textContent!); } },
    ],
  });
  const bar = element.querySelector("progress")!;
  await post({
    spoken, table: table.trim().split("\\n").length, position: bar.position, label: bar.getAttribute("aria-label"),
    last: element.innerText, recall: history.last("validationRecall"),
    path: await gradus.fit(model, source, {
      optimizer: new gradus.SGD({ learningRate: 0.5 }), epochs: 1, callbacks: [gradus.csvLog("run.csv")],
    }).then(String, String),
  });
} catch (error) {
  await post({ error: String(error instanceof Error ? error.stack : error) });
}
`;

/** Works 40 times for longer than a timer may have to wait, and counts how often the timer came in the pauses. */
const pausing = `
import { nextTask } from "./src/train/batches/nextTask.ts";

let timers = 0;
setInterval(() => { timers++; }, 1);
for (let round = 0; round < 40; round++) {
  const end = performance.now() + 6;
  while (performance.now() < end);
  await nextTask();
}
await fetch("/", { method: "POST", body: JSON.stringify({ timers }) });
`;

const reportOf = async (contents: string): Promise<unknown> => {
  if (chromium === undefined) throw new Error("GRADUS_REQUIRE_BROWSER is set, but there is no Chromium or Chrome.");
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: new URL("../../..", import.meta.url).pathname, loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "browser",
    conditions: ["gradus-source"],
    write: false,
  });
  // Text is set as text: neither styles nor scripts are written into the page.
  const headers = { "content-security-policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'" };
  return openIn(await sharedBrowser(), { script: outputFiles[0].text, headers });
};

test.runIf(chromium !== undefined || isRequired)("a timer in Chromium runs in every pause of training", async () => {
  const { timers } = (await reportOf(pausing)) as { readonly timers: number };
  // One in two pauses with a single message.
  expect(timers).toBeGreaterThan(30);
});

test.runIf(chromium !== undefined || isRequired)("a page in Chromium shows a run, and keeps its logs", async () => {
  expect(await reportOf(program)).toEqual({
    spoken: [1, 2, 3].map((epoch) =>
      expect.stringMatching(
        new RegExp(
          `^epoch ${epoch}/3 loss \\S+ accuracy \\S+ % recall \\S+ validation loss \\S+ accuracy \\S+ % recall \\S+ .*ms/step$`,
        ),
      ),
    ),
    table: 4,
    position: 1,
    label: "training",
    last: expect.stringMatching(/^3 epochs done\s+epoch 3\/3 /),
    recall: expect.any(Number),
    path: expect.stringMatching(/^GradusError: run\.csv: files must be read and written in Node/),
  });
});
