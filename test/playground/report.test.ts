import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { History } from "gradus";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Progress } from "../../playground/messages.ts";
import { defaultNetwork } from "../../playground/network.ts";
import { defaultTraining } from "../../playground/training.ts";
import { buildNetwork } from "../../playground/worker/build.ts";
import { builtInData } from "../../playground/worker/data.ts";
import { Gate } from "../../playground/worker/gate.ts";
import { Trainer } from "../../playground/worker/trainer.ts";
import { Bench, numberIn, program, setNumber, trainFor, violations } from "./browser.ts";

describe("the history of a run, for a report", () => {
  /** Trains the default network; `meanwhile` is called with every report of progress. */
  const trained = async (
    epochs: number,
    meanwhile: (trainer: Trainer) => void = () => undefined,
  ): Promise<{ readonly history: History; readonly weights: unknown }> => {
    const model = buildNetwork({ ...defaultNetwork, dropout: 0.2 }, 8);
    const settings = { ...defaultTraining, epochs };
    await new Promise<void>((done) => {
      const trainer = new Trainer(model, data, settings, new Gate(), ({ state }) => {
        if (state === "finished") done();
        else meanwhile(trainer);
      });
      last = trainer;
      trainer.start();
    });
    return { history: await last.history(), weights: model.variables.map((variable) => variable.read().toArray()) };
  };
  let last: Trainer;
  let data: Awaited<ReturnType<typeof builtInData>>;
  beforeAll(async () => {
    data = await builtInData();
  });

  test("the history of a run in the playground has inspections from the first step on, more rarely as the run gets longer, and one of the final model", async () => {
    const { history } = await trained(60);
    const { inspections, epochs } = history;
    const steps = inspections.filter(({ activations }) => activations).map(({ step }) => step);
    expect(epochs).toHaveLength(60);
    expect(steps.slice(0, 3)).toEqual([1, 6, 11]);
    // 60 epochs of 39 steps.
    expect(steps.at(-1)! - steps.at(-2)!).toBe(20);
    expect(steps.length).toBeGreaterThan(200);
    expect(steps.length).toBeLessThan(400);
    expect(inspections.every(({ epoch }, index) => index === 0 || epoch >= inspections[index - 1].epoch)).toBe(true);
    const seen = inspections.at(-1)!;
    expect(seen).toMatchObject({ epoch: 60, classes: { examples: 360 } });
    expect(seen.classes?.confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(360);
    expect(seen.classes?.imageShape).toEqual([8, 8, 1]);
  });

  test("the history of a run in the playground does not change a bit of the run, however often it is read", async () => {
    const lengths: number[] = [];
    let timer: ReturnType<typeof setInterval> | undefined;
    const { weights } = await trained(40, (trainer) => {
      timer ??= setInterval(async () => {
        if (trainer.epochs > 0) lengths.push((await trainer.history()).epochs.length);
      }, 5);
    });
    clearInterval(timer);
    // Some of the histories are from within the run.
    expect(lengths.some((length) => length < 40)).toBe(true);
    expect((await trained(40)).weights).toEqual(weights);
  });

  test("the history of a run in the playground lists the changes of settings, with their steps", async () => {
    const settings = { ...defaultTraining, epochs: 3 };
    let heard: (progress: Progress) => void = () => undefined;
    const trainer = new Trainer(buildNetwork(defaultNetwork, 8), data, settings, new Gate(), (progress) =>
      heard(progress),
    );
    const until = (condition: (progress: Progress) => boolean): Promise<void> =>
      new Promise((done) => {
        heard = (progress) => {
          if (condition(progress)) done();
        };
      });
    const stepped = until(({ state, steps }) => state === "paused" && steps === 1);
    trainer.step();
    await stepped;
    await expect(trainer.history()).rejects.toThrow("before the first epoch ends");
    trainer.settings = { ...settings, optimizer: "adam", learningRate: 0.003 };
    const finished = until(({ state }) => state === "finished");
    trainer.start();
    await finished;
    const { epochs, inspections } = await trainer.history();
    const facts = inspections.find(({ setup }) => setup)?.setup?.facts ?? [];
    expect(facts).toContainEqual(["optimizer", "Momentum"]);
    expect(facts.at(-1)).toEqual(["from step 2 on", "optimizer adam, learningRate 0.003"]);
    expect(epochs).toHaveLength(3);
    const seen = inspections.map(({ epoch }) => epoch);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });
});

describe.runIf(program !== undefined)("the playground in Chromium", () => {
  let bench: Bench;
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gradus-report-"));
    bench = await Bench.start();
  });
  afterAll(async () => {
    await bench?.end();
    await rm(folder, { recursive: true });
  });

  /** Presses the button with the keyboard, and returns the address of the file. */
  const save = async (page: Page, name: string): Promise<string> => {
    const button = page.getByRole("button", { name: "Save report" });
    await button.focus();
    const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
    expect(download.suggestedFilename()).toBe("digits-report.html");
    const path = join(folder, name);
    await download.saveAs(path);
    await expect.poll(() => page.locator("#announcer").textContent()).toBe("Saved as digits-report.html.");
    return pathToFileURL(path).href;
  };

  /** The text of the report in a file, after checks that all of its charts are drawn and that it logs no error. */
  const read = async (address: string): Promise<string> => {
    const { page, complaints, requests } = await bench.open({}, address, ".plot canvas >> nth=0");
    // One call, because several calls for each of many charts would take long.
    const colours = await page.locator("figure.chart canvas").evaluateAll(async (all) => {
      const counts: number[] = [];
      for (const canvas of all as HTMLCanvasElement[]) {
        canvas.scrollIntoView();
        // A chart is drawn soon after it is in view.
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
        counts.push(new Set(new Uint32Array(data.buffer)).size);
      }
      return counts;
    });
    expect(colours.length).toBeGreaterThan(8);
    expect(Math.min(...colours)).toBeGreaterThan(10);
    expect([complaints, requests]).toEqual([[], [address]]);
    const text = await page.locator("body").innerText();
    await bench.leave(page);
    return text;
  };

  test("the playground saves a report of the run so far: while it runs, in a pause, and at the end", async () => {
    const { page, complaints } = await bench.open();
    const button = page.getByRole("button", { name: "Save report" });
    expect(await button.isDisabled()).toBe(true);
    expect(await button.getAttribute("aria-describedby")).toBe("report-text");
    await setNumber(page, "Epochs", "100000");
    await page.getByLabel("Speed").selectOption("1000");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.waitForFunction(() => Number(document.querySelector("#epoch")?.textContent) >= 2);
    expect(await violations(page)).toEqual([]);
    const running = await read(await save(page, "running.html"));
    for (const part of ["Training of digits", "Gradients", "Activations", "Weights", "Confusion matrix", "Momentum"]) {
      expect(running).toContain(part);
    }
    const epoch = await numberIn(page, "#epoch");
    await expect.poll(() => numberIn(page, "#epoch")).toBeGreaterThan(epoch);
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Resume" }).waitFor();
    const held = await numberIn(page, "#epoch");
    expect(await read(await save(page, "paused.html"))).toContain(`${held} epochs, `);
    expect(await numberIn(page, "#epoch")).toBe(held);
    await page.getByRole("button", { name: "Resume" }).click();
    await expect.poll(() => numberIn(page, "#epoch")).toBeGreaterThan(held);
    // A new network has nothing to report yet.
    await page.getByRole("button", { name: "Reset" }).click();
    await expect.poll(() => button.isDisabled()).toBe(true);
    await trainFor(page, 3);
    expect(await read(await save(page, "finished.html"))).toContain("3 epochs, 117 steps");
    expect(complaints).toEqual([]);
    await bench.leave(page);
  });

  test("the report of the playground says why a run failed in its first epoch", async () => {
    const { page } = await bench.open();
    const when = page.getByText("After the first epoch.");
    expect(await when.isVisible()).toBe(true);
    await page.getByLabel("Activation").selectOption("linear");
    await setNumber(page, "Learning rate", "10");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.getByRole("button", { name: "Try again" }).waitFor();
    expect(await numberIn(page, "#epoch")).toBe(0);
    expect(await when.isVisible()).toBe(false);
    const report = await read(await save(page, "first.html"));
    expect(report).toMatch(/Training stopped before its last epoch: it failed: .* in step 15/);
    for (const part of ["Gradients", "Weights", "Confusion matrix", "Momentum"]) expect(report).toContain(part);
    await bench.leave(page);
  });

  test("the report of the playground says why a run failed", async () => {
    const { page } = await bench.open();
    await trainFor(page, 2);
    await setNumber(page, "Learning rate", "1e30");
    await page.getByRole("button", { name: "Train more" }).click();
    await page.getByRole("button", { name: "Try again" }).waitFor();
    expect(await read(await save(page, "failed.html"))).toMatch(/Training stopped before its last epoch: it failed: /);
    await bench.leave(page);
  });
});
