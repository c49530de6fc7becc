import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { type EpochRecord, History, type Inspection } from "../../src/index.ts";
import { html, jsonScript } from "../../src/report/page/markup.ts";
import { type Reported, renderReport } from "../../src/report/renderReport.ts";
import { saveReport } from "../../src/report/saveReport.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gradus-report-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const epochs: readonly EpochRecord[] = [2.3, 0.5, 0.02].map((loss, epoch) => ({
  epoch,
  loss,
  accuracy: 1 - loss / 4,
  validationLoss: loss + 0.1,
  validationAccuracy: 0.9 - loss / 4,
  metrics: { rSquared: 0.5 },
  validationMetrics: { rSquared: 0.4 },
  learningRate: 0.1 / (epoch + 1),
  steps: 10,
  seconds: 0.5,
}));

const hostile = `</script><script>alert(1)</script><img src=x onerror="alert('2')">`;

const inspections: readonly Inspection[] = [0, 1, 2].map((index) => ({
  step: 1 + 10 * index,
  epoch: index + 0.1,
  loss: 2 / (index + 1),
  variables: [
    {
      name: "m/a/kernel",
      norm: 1,
      gradientNorm: 0.1,
      updateRatio: 1e-3,
      histogram: { low: -1, high: 1, counts: [1, 2] },
    },
    { name: "m/a/bias", norm: 1, gradientNorm: 0.2, updateRatio: 1e-3 },
    { name: "m/b/kernel", norm: 1, gradientNorm: 0.3, updateRatio: 1e-3 },
  ],
  activations: [{ layer: "a", activation: "relu", saturated: 0.5, dead: 0, mean: 0.1, deviation: 1 }],
  ...(index === 0
    ? { setup: { model: hostile, summary: "a table", classNames: ["cat", "dog"], facts: [["x", hostile]] } }
    : {}),
  ...(index === 2
    ? {
        classes: {
          data: "the pets",
          examples: 6,
          confusion: [
            [2, 1],
            [0, 3],
          ],
          mistakes: [{ row: 7, label: 0, predicted: 1, probability: 0.99, labelProbability: 0.01, pixels: "AP8=" }],
          imageShape: [1, 2, 1],
        },
      }
    : {}),
}));

/** The data of a chart, by its heading. */
const chartOf = (page: string, title: string) => {
  const figure = page.split("<figure").find((part) => part.includes(`<h3>${title}</h3>`)) ?? "";
  return JSON.parse(/<script type="application\/json">(.*?)<\/script>/.exec(figure)?.[1] ?? "null");
};

const headings = (page: string): string[] => [...page.matchAll(/<h2[^>]*>(.*?)<\/h2>/g)].map(([, title]) => title);

describe("renderReport", () => {
  const history = new History(epochs, inspections);
  const page = renderReport(history);

  it("renderReport has a part for each kind of inspection", () => {
    expect(headings(page)).toEqual(["Summary", "Curves", "Gradients", "Activations", "Weights", "Classes", "Details"]);
    for (const title of [
      "Loss",
      "Accuracy",
      "R squared",
      "Loss of single batches",
      "Learning rate",
      "Dead units",
      "a/kernel",
    ])
      expect(chartOf(page, title), title).not.toBeNull();
  });

  it("renderReport draws the numbers of the history", () => {
    const loss = chartOf(page, "Loss");
    expect(loss.x).toEqual([1, 2, 3]);
    expect(loss.isLogarithmic).toBe(true);
    expect(loss.series.map(({ label, values }: { label: string; values: number[] }) => [label, values])).toEqual([
      ["training", [2.3, 0.5, 0.02]],
      ["validation", epochs.map(({ validationLoss }) => validationLoss)],
    ]);
    expect(chartOf(page, "Accuracy")).toMatchObject({ isPercent: true, isLogarithmic: false });
    const gradients = chartOf(page, "Norm of the gradients of weights");
    expect(gradients.x).toEqual([0.1, 1.1, 2.1]);
    expect(gradients.series.map(({ label }: { label: string }) => label)).toEqual(["a", "b"]);
    // Two bins of width 1: densities that enclose an area of one, and where they end.
    expect(chartOf(page, "a/kernel").series[0].values).toEqual([1 / 3, 2 / 3, 0]);
  });

  it("renderReport has a table with the numbers of every chart, for readers who cannot see charts", () => {
    const figure = page.split("<figure").find((part) => part.includes("<h3>Loss</h3>")) ?? "";
    expect(figure).toContain(
      '<th scope="row" class="text">3</th><td class="number">0.02</td><td class="number">0.12</td>',
    );
    expect(figure).toContain('aria-label="Loss: training from 2.3 to 0.02, validation from 2.4 to 0.12"');
  });

  it("renderReport shows confusions, scores and mistakes with the names of the classes", () => {
    expect(page).toContain('title="cat taken for dog: 1 of 3"');
    expect(page).toContain("<strong>cat</strong> taken for <strong>dog</strong>, 99.00 %, row 7");
    expect(page).toContain(
      '<th scope="row" class="text">cat</th><td class="number">100.00</td><td class="number">66.67</td>',
    );
    expect(page).toContain('width="2" height="1" data-channels="1" data-pixels="AP8="');
  });

  it("renderReport escapes names and texts of its users", () => {
    expect(page).not.toContain("<img");
    expect(page).not.toContain("<script>alert");
    expect(page.match(/<script>/g)).toHaveLength(1);
    const named = renderReport({ [hostile]: history });
    expect(named).not.toContain("<img");
    expect(named).not.toContain("<script>alert");
    expect(chartOf(named, "Loss").series[0].label).toBe(hostile);
  });

  it("renderReport requests nothing", () => {
    expect(page).toContain(`content="default-src &#39;none&#39;;`);
    const withoutLicence = page.replaceAll(/\/\*![\s\S]*?\*\//g, "");
    expect(withoutLicence).not.toMatch(/\b(src|href)\s*=\s*["'](?!#)|@import|url\(|\bfetch\(|XMLHttpRequest|WebSocket/);
  });

  it("renderReport includes the licence of the charting library", () => {
    expect(page).toContain("Copyright (c) 2022 Leon Sorokin");
  });

  it("renderReport works without inspections, without epochs, and with numbers that are not finite", () => {
    expect(headings(renderReport(new History(epochs)))).toEqual(["Summary", "Curves", "Details"]);
    expect(headings(renderReport(new History()))).toEqual(["Summary"]);
    const broken = new History([{ ...epochs[0], loss: Number.NaN, validationLoss: Infinity }, epochs[1]]);
    expect(chartOf(renderReport(broken), "Loss").series[0].values).toEqual([0.5]);
  });

  it("renderReport says beside the name of a line that its last value is not a number", () => {
    const broken = renderReport(new History([epochs[0], { ...epochs[1], validationLoss: Number.NaN }]));
    const loss = chartOf(broken, "Loss");
    expect(loss.series.map(({ resting }: { resting: string }) => resting)).toEqual(["0.5", "NaN"]);
    expect(broken).toContain('<bdi>validation</bdi> <span class="value">NaN</span>');
    expect(broken).toContain("<dt>Validation loss</dt><dd>NaN</dd>");
  });

  it("renderReport stays small for runs of very many epochs", () => {
    const many = Array.from({ length: 300_000 }, (_, epoch) => ({
      epoch,
      loss: 1 / (epoch + 1),
      steps: 1,
      seconds: 0.01,
    }));
    const run = new History(many);
    const long = renderReport(run);
    const { x, series } = chartOf(long, "Loss");
    expect(x.length).toBeLessThanOrEqual(1501);
    expect([x[0], x.at(-1)]).toEqual([1, 300_000]);
    expect(series[0].values.at(-1)).toBe(1 / 300_000);
    expect(long).toContain('<th scope="row" class="text">300000</th><td class="number">3.333e-6</td>');
    expect(long.length).toBeLessThan(500_000);
    expect(renderReport({ one: run }).length).toBeLessThan(500_000);
  });

  it("renderReport draws predicted over true values, also points that have the same place", () => {
    const residual = (row: number, target: number, predicted: number) => ({ row, target, predicted });
    const some = [residual(0, 2, 2.5), residual(1, 1, 1.5), residual(2, 2, 1)];
    const seen = new History(epochs, [
      {
        step: 1,
        epoch: 3,
        values: { data: "houses", examples: 3, outputs: [{ rSquared: 0.5, some, worst: [some[2]] }] },
      },
    ]);
    const other = renderReport(seen);
    const chart = chartOf(other, "Predicted and true");
    expect(chart.x).toEqual([1, 2, 2]);
    expect(chart.series[0]).toMatchObject({ values: [1.5, 2.5, 1], isPoints: true });
    expect(chart.series[1]).toMatchObject({ values: [1, 2, null], isPoints: false });
    expect(other).toContain("R² 0.5000. A perfect model would be on the line.");
    expect(other).toContain('<td class="number">2.000</td><td class="number">1.000</td><td class="number">-1.000</td>');
  });

  it("renderReport shows the confusion matrix of a metric", () => {
    const details = {
      confusionMatrix: {
        counts: [
          [5, 0],
          [1, 4],
        ],
      },
    };
    const seen = renderReport(new History([{ ...epochs[0], validationDetails: details }]));
    expect(seen).toContain('title="1 taken for 0: 1 of 5"');
  });

  it("renderReport does not round an accuracy below 1 to 1 in the table of all epochs, and shows a distance as a number", () => {
    const seen = renderReport(new History([{ ...epochs[0], accuracy: 0.99996, metrics: { f1Distance: 3 } }]));
    const table = seen.split("<h3>Epochs</h3>")[1];
    expect(table).toContain('<td class="number">99.996 %</td>');
    expect(table).toContain('<td class="number">3</td>');
    expect(chartOf(seen, "F1 distance").isPercent).toBe(false);
  });

  it("renderReport lists the most frequent confusions where a matrix would be too large", () => {
    const confusion: number[][] = Array.from({ length: 50 }, (_, label) =>
      Array.from({ length: 50 }, (_, other) => (label === other ? 10 : 0)),
    );
    confusion[3][7] = 2;
    confusion[20][21] = 10;
    const seen = renderReport(
      new History([], [{ step: 1, epoch: 1, classes: { data: "d", examples: 512, confusion, mistakes: [] } }]),
    );
    expect(seen).not.toContain("Confusion matrix");
    expect(seen).toContain("The matrix of 50 classes is left out");
    const rows = seen.split("<h3>The most frequent confusions</h3>")[1].match(/<th scope="row"[^\n]*/g) ?? [];
    expect(rows.slice(0, 2).map((row) => row.replaceAll(/<[^>]*>/g, "|"))).toEqual([
      "|20||21||10||50.00 %||",
      "|3||7||2||16.67 %||",
    ]);
  });

  it("renderReport isolates names that are written from right to left", () => {
    const named = renderReport({ אחד: history, two: history });
    expect(named).toContain("<p><bdi>אחד</bdi>, <bdi>two</bdi></p>");
    expect(named).toContain("</span><bdi>אחד</bdi> <span");
  });

  it("renderReport counts the steps of an unfinished epoch", () => {
    const lead = (history: History): string | undefined =>
      /<header>[\s\S]*?<p>(.*?)<\/p>/.exec(renderReport(history))?.[1];
    const [first] = inspections;
    expect(lead(new History([], [first, { step: 3, epoch: 0.3 }]))).toBe("0 epochs, 3 steps");
    expect(lead(new History(epochs, [first, { step: 34, epoch: 3.4 }]))).toBe("3 epochs, 34 steps");
    expect(lead(new History(epochs, inspections))).toBe("3 epochs, 30 steps");
    // An optimizer that went on from another run.
    expect(
      lead(
        new History(
          [],
          [
            { ...first, step: 501 },
            { step: 503, epoch: 0.3 },
          ],
        ),
      ),
    ).toBe("0 epochs, 3 steps");
  });

  it("renderReport names the epoch of the model that the classes are from, which early stopping may have restored", () => {
    const { classes, variables } = inspections[2];
    const lead = (last: Inspection, stopped?: string): string | undefined => {
      const run = new History(epochs, [last]);
      run.stopped = stopped;
      return /<p class="lead">(Of .*?)<\/p>/.exec(renderReport(run).split('id="classes"')[1])?.[1];
    };
    expect(lead({ step: 18, epoch: 18, classes })).toBe("Of 6 examples of the pets, after 18 epochs.");
    const end = { step: 18, epoch: 18, classes, variables };
    expect(lead(end)).toBe("Of 6 examples of the pets, by the model as training left it after 18 epochs.");
    expect(lead(end, "validationLoss did not improve for 5 epochs: the best was 1 in epoch 13")).toBe(
      "Of 6 examples of the pets, by the model as training left it after 18 epochs; with restoreBest that is the model of the best epoch.",
    );
  });

  it("renderReport names how serious a finding is, for readers who cannot see colours", () => {
    expect(page).toContain('<li class="good"><strong>Good:</strong> The training loss fell from 2.300 to 0.02000');
  });

  it("renderReport compares runs by their names", () => {
    const other = renderReport({ SGD: history, Adam: new History(epochs.slice(0, 2)) }, { title: "Two" });
    expect(other).toContain("<h1>Two</h1>");
    expect(headings(other)).toEqual(["After the last epoch", "Curves", "What stands out"]);
    expect(chartOf(other, "Validation loss").series.map(({ label }: { label: string }) => label)).toEqual([
      "SGD",
      "Adam",
    ]);
    expect(chartOf(other, "Loss").series[1].values).toEqual([2.3, 0.5, null]);
  });

  it.each([
    [undefined, "the first argument must be a History, or an object of histories by name, got undefined"],
    [{}, "got an object. Pass what fit gave."],
    [{ run: 3 }, "got an object with run. Pass what fit gave."],
  ])("renderReport throws for %j", (value, message) => {
    expect(() => renderReport(value as unknown as Reported)).toThrow(message);
  });

  it("renderReport throws for unknown options, and for titles that are not text", () => {
    expect(() => renderReport(history, { titel: "x" } as object)).toThrow('got "titel". The options are title.');
    expect(() => renderReport(history, { title: 3 } as object)).toThrow("renderReport: title must be text, got 3.");
  });
});

describe("saveReport", () => {
  const history = new History(epochs);

  it("saveReport writes the page", async () => {
    const path = join(folder, "report.html");
    await saveReport(history, path, { title: "Mine" });
    expect(readFileSync(path, "utf8")).toContain("<title>Mine</title>");
  });

  it("saveReport throws for a path of another type before it writes, and names a missing folder", async () => {
    await expect(saveReport(history, "")).rejects.toThrow(
      'saveReport: the path is text, and the second argument, got "".',
    );
    const path = join(folder, "missing", "report.html");
    await expect(saveReport(history, path)).rejects.toThrow(/missing/);
    expect(existsSync(path)).toBe(false);
  });
});

test("html escapes all inserted text, and keeps markup", () => {
  expect(html`<b title="${"\"<&'"}">${["<", html`<i>${1}</i>`, undefined]}</b>`.text).toBe(
    '<b title="&quot;&lt;&amp;&#39;">&lt;<i>1</i></b>',
  );
  expect(jsonScript("</script>").text).toBe('<script type="application/json">"\\u003c/script>"</script>');
});
