import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import {
  Adam,
  type Callback,
  type CheckpointsOptions,
  checkpoints,
  DataError,
  Dense,
  Dropout,
  decodeSafetensors,
  earlyStopping,
  encodeCheckpoint,
  encodeModel,
  encodeSafetensors,
  type FitOptions,
  fit,
  History,
  type Loss,
  loadCheckpoint,
  loadDigits,
  loadModel,
  mul,
  NonFiniteError,
  registerFunction,
  restore,
  Sequential,
  SGD,
  saveCheckpoint,
  softmaxCrossEntropy,
  take,
  tensor,
} from "gradus";
import { afterAll, describe, expect, it, vi } from "vitest";
import { runProgram } from "../../examples/programs.ts";
import { bundleProgram } from "../bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "gradus-checkpoints-"));
afterAll(() => rmSync(folder, { recursive: true }));

const { train: digits } = await loadDigits();
const data = take(digits, { to: 100 });

const network = (seed = 1): Sequential =>
  new Sequential({
    name: "net",
    inputShape: [64],
    layers: [new Dense({ units: 8, activation: "relu" }), new Dropout(), new Dense({ units: 10 })],
    seed,
  });

const begin = () => ({ model: network(), optimizer: new SGD({ learningRate: 0.1 }) });

/** Five steps in an epoch, three epochs. */
const options = { epochs: 3, batchSize: 20 };
const record = (history: History): unknown => history.epochs.map(({ seconds, ...rest }) => rest);

/** Trains and keeps every checkpoint: the step after which it was written, and the bytes. */
const trained = async (more: Partial<FitOptions> = {}, every: CheckpointsOptions = { everySteps: 2 }) => {
  const run = begin();
  const written: { step: number; bytes: Uint8Array<ArrayBuffer> }[] = [];
  const keep = checkpoints((bytes) => void written.push({ step: run.optimizer.step, bytes }), every);
  const { callbacks = [], ...rest } = more;
  const outcome = await fit(run.model, data, { ...run, ...options, ...rest, callbacks: [keep, ...callbacks] }).catch(
    (error: unknown) => error,
  );
  return { ...run, written, steps: written.map(({ step }) => step), outcome, last: written[written.length - 1]?.bytes };
};

const whole = await trained();

describe("checkpoints", () => {
  it("checkpoints are written as often as the options say, and at the end", async () => {
    expect(whole.steps).toEqual([2, 4, 6, 8, 10, 12, 14, 15]);
    expect((await trained({}, { everySteps: 4, everyEpochs: 2 })).steps).toEqual([4, 8, 10, 12, 15]);
    expect((await trained({}, {})).steps).toEqual([5, 10, 15, 15]);
    expect((await trained({ epochs: 0 })).steps).toEqual([0]);
  });

  it("checkpoints of any step resume to the same result", async () => {
    for (const { bytes } of whole.written) {
      const run = await loadCheckpoint(bytes);
      const history = await fit(run.model, data, { ...run, ...options });
      expect(record(history)).toEqual(record(whole.outcome as History));
      expect(encodeCheckpoint({ ...run, history: undefined })).toEqual(
        encodeCheckpoint({ model: whole.model, optimizer: whole.optimizer }),
      );
      expect(history.stopped).toBeUndefined();
    }
  });

  it("checkpoints are written when the run is aborted, stopped or fails, and the run can resume", async () => {
    const controller = new AbortController();
    const at = (step: number, act: (run: Parameters<NonNullable<Callback["onStep"]>>[0]) => void): Callback => ({
      onStep: (run) => (run.optimizer.step === step ? act(run) : undefined),
    });
    const failed = (): never => {
      throw new Error("a callback fails");
    };
    const aborted = await trained({ callbacks: [at(7, () => controller.abort("enough"))], signal: controller.signal });
    expect(aborted.outcome).toBe("enough");
    const stopped = await trained({ callbacks: [at(7, (run) => run.stop())] });
    const thrown = await trained({ callbacks: [at(7, failed)] });
    expect(String(thrown.outcome)).toContain("a callback fails");
    let calls = 0;
    const diverges: Loss = (predictions, labels) => {
      const loss = softmaxCrossEntropy(predictions, labels);
      return ++calls === 8 ? mul(loss, Infinity) : loss;
    };
    const nan = await trained({ loss: diverges });
    expect(nan.outcome).toBeInstanceOf(NonFiniteError);
    for (const { steps, last } of [aborted, stopped, thrown, nan]) {
      expect(steps).toEqual([2, 4, 6, 7]);
      const run = await loadCheckpoint(last);
      const { epoch, progress } = run.history.place;
      expect([epoch, progress?.batch, progress?.seen]).toEqual([1, 2, 40]);
    }
    const run = await loadCheckpoint(aborted.last);
    const history = await fit(run.model, data, { ...run, ...options });
    expect(record(history)).toEqual(record(whole.outcome as History));
  });

  it("checkpoints are written after all other callbacks, and before the best model is restored", async () => {
    const early = earlyStopping({ patience: 1, monitor: "loss", restoreBest: true });
    const { last, model } = await trained({ callbacks: [early] }, { everyEpochs: 3 });
    const { history } = await loadCheckpoint(last);
    const { values, tensors } = history.place.callbacks["earlyStopping/loss"];
    expect(values).toMatchObject({ epoch: 2, waited: 0 });
    expect(Object.keys(tensors)).toEqual(model.variables.map(({ name }) => name));
  });

  it("checkpoints of a run that a callback stopped resume only if the callback allows it", async () => {
    const early = () => earlyStopping({ patience: 1, monitor: "loss", minDelta: 10, restoreBest: true });
    const ended = await trained({ callbacks: [early()] });
    const { stopped, epochs } = ended.outcome as History;
    expect(epochs.length).toBe(2);
    const run = await loadCheckpoint(ended.last);
    const again = await fit(run.model, data, { ...run, ...options, callbacks: [early()] });
    expect([again.stopped, again.epochs.length, run.optimizer.step]).toEqual([stopped, 2, 10]);
    const values = (model: Sequential): unknown => model.variables.map((variable) => [...variable.read().data]);
    expect(values(run.model)).toEqual(values(ended.model));
    const free = await loadCheckpoint(ended.last);
    expect((await fit(free.model, data, { ...free, ...options })).epochs.length).toBe(3);
  });

  it("checkpoints throw before training for a run that cannot be saved, and keep the old file", async () => {
    const path = join(folder, "kept.safetensors");
    writeFileSync(path, "old");
    const optimizer = new SGD({ learningRate: (step) => 0.1 / (step + 1) });
    const callbacks = [checkpoints(path)];
    await expect(fit(network(), data, { ...options, optimizer, callbacks })).rejects.toThrow(
      "SGD: learningRate must have a description to be saved, got a custom function.",
    );
    expect(optimizer.step).toBe(0);
    const named = new SGD({ learningRate: registerFunction("slower", (step: number) => 0.1 / (step + 1)) });
    await fit(network(), data, { ...options, optimizer: named, callbacks });
    expect((await loadCheckpoint(path)).optimizer.schedule?.(1)).toBe(0.05);
    const bad = [{ everySteps: 0 }, { everyEpochs: 1.5 }, { everyStep: 3 }] as CheckpointsOptions[];
    for (const options of bad) expect(() => checkpoints(path, options)).toThrow(/^checkpoints: /);
    expect(() => checkpoints(3 as unknown as string)).toThrow("must be a path or a function, got 3");
  });

  it("checkpoints fail the run when they cannot be written, and the other callbacks still end", async () => {
    const path = join(folder, "none", "run.safetensors");
    const ended = vi.fn();
    await expect(
      fit(network(), data, {
        optimizer: begin().optimizer,
        ...options,
        callbacks: [checkpoints(path), { onTrainEnd: ended }],
      }),
    ).rejects.toThrow("the folder of a file must exist");
    expect(ended).toHaveBeenCalledOnce();
  });
});

describe("a history to resume from", () => {
  const middle = whole.written[2].bytes;

  it("a history to resume from within an epoch needs the same data, options and optimizer", async () => {
    const go = async (more: Partial<FitOptions>, examples = data): Promise<History> => {
      const run = await loadCheckpoint(middle);
      return fit(run.model, examples, { ...run, ...options, ...more });
    };
    await expect(go({ batchSize: 25 })).rejects.toThrow(
      "fit: an epoch that was interrupted must go on with the data and the options that it began with, " +
        "got batchSize=25 where it was 20. Pass the same, or { history: new History(history.epochs) } to begin the epoch anew.",
    );
    await expect(go({}, digits)).rejects.toThrow("got examples=1257 where it was 100");
    await expect(go({ seed: 4 })).rejects.toThrow("got another order of the examples (shuffle or seed)");
    await expect(go({ shuffle: false })).rejects.toThrow("got another order of the examples");
    await expect(go({ remainder: "keep" })).rejects.toThrow('got remainder="keep" where it was "even"');
    await expect(go({ optimizer: new SGD({ learningRate: 0.1 }) })).rejects.toThrow(
      "must go on with its optimizer, got one after step 0 where 6 were done",
    );
    const { history } = await loadCheckpoint(middle);
    expect((await go({ batchSize: 25, history: new History(history.epochs) })).epochs.length).toBe(3);
  });

  it("a history to resume from adds epochs to a complete run", async () => {
    const run = await loadCheckpoint(whole.last);
    const longer = await fit(run.model, data, { ...run, ...options, epochs: 5 });
    expect(longer.epochs.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4]);
    const other = begin();
    const once = await fit(other.model, data, { ...other, ...options, epochs: 5 });
    expect(record(longer)).toEqual(record(once));
  });

  it("a history to resume from throws with another model, or if it is not a History", async () => {
    const run = await loadCheckpoint(middle);
    await expect(fit(network(), data, { ...run, ...options })).rejects.toThrow(
      'fit: the option model must be the model that is trained, got "net" beside "net". Leave it out.',
    );
    const history = { epochs: [] } as unknown as History;
    await expect(fit(run.model, data, { ...run, ...options, history })).rejects.toThrow(
      "fit: history must be a History, got an object.",
    );
  });
});

describe("saveCheckpoint and loadCheckpoint", () => {
  it("saveCheckpoint takes the results of fit and the run of a callback, and loadModel and restore read the model", async () => {
    const path = join(folder, "whole.safetensors");
    const { model, optimizer, outcome } = whole;
    await saveCheckpoint({ model, optimizer, history: outcome as History }, path);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    const run = await loadCheckpoint(path);
    expect(run.history.toJSON()).toEqual((outcome as History).toJSON());
    const values = (model: Sequential): unknown => model.variables.map((variable) => [...variable.read().data]);
    expect(values(await loadModel(path))).toEqual(values(model));
    const other = network(5);
    await restore(other, path);
    expect(values(other)).toEqual(values(model));
    const { tensors, metadata } = decodeSafetensors(readFileSync(path));
    expect([...tensors.keys()]).toEqual(model.variables.map(({ name }) => name));
    expect(Object.keys(metadata)).toEqual(["format", "version", "model", "architecture", "training"]);
  });

  it("saveCheckpoint and loadCheckpoint keep slots by the names of variables, in any order, also if only some were trained", async () => {
    const model = network();
    const optimizer = new Adam();
    const { x, y } = data;
    const step = (names: RegExp): void => {
      const chosen = model.variables.filter(({ name }) => names.test(name)).reverse();
      optimizer.minimize(() => softmaxCrossEntropy(model.call(x), y), chosen);
    };
    step(/dense_1/);
    step(/kernel/);
    const copy = await loadCheckpoint(encodeCheckpoint({ model, optimizer }));
    for (const [index, variable] of model.variables.entries()) {
      const slots = copy.optimizer.slots(copy.model.variables[index]);
      const expected = optimizer.slots(variable);
      expect(Object.keys(slots)).toEqual(Object.keys(expected));
      for (const [name, slot] of Object.entries(expected)) expect(slots[name].read().data).toEqual(slot.read().data);
    }
    expect(Object.keys(copy.optimizer.slots(copy.model.variable("dense/bias")))).toEqual([]);
    expect(copy.optimizer.step).toBe(2);
    const { tensors } = decodeSafetensors(encodeCheckpoint({ model, optimizer }));
    expect([...tensors.keys()]).toContain("/optimizer/m/net/dense_1/kernel");
  });

  it("saveCheckpoint and loadCheckpoint restore the states of random streams, also without seeds", async () => {
    const model = new Sequential({ inputShape: [4], layers: [new Dropout(), new Dense({ units: 2 })] });
    model.call(tensor([[1, 2, 3, 4]]), { training: true });
    const copy = await loadCheckpoint(encodeCheckpoint({ model, optimizer: new Adam() }));
    const x = tensor(
      Float32Array.from({ length: 400 }, () => 1),
      { shape: [100, 4] },
    );
    expect(copy.model.call(x, { training: true }).data).toEqual(model.call(x, { training: true }).data);
  });

  it("saveCheckpoint and loadCheckpoint throw for contents and files that are not checkpoints", async () => {
    const path = join(folder, "none.safetensors");
    expect(await loadCheckpoint(path, { optional: true })).toBeUndefined();
    await expect(loadCheckpoint(path)).rejects.toThrow("the file must exist");
    await expect(loadCheckpoint(encodeModel(network()))).rejects.toThrow(
      "loadCheckpoint: the file must be a checkpoint, got a model alone. Read it with loadModel.",
    );
    const version1 = new URL("../../io/fixtures/version1.safetensors", import.meta.url).pathname;
    await expect(loadCheckpoint(version1, { optional: true })).rejects.toThrow("must hold an architecture");
    await expect(saveCheckpoint({ model: network() } as never, path)).rejects.toThrow(
      "saveCheckpoint: optimizer must be an optimizer, got undefined.",
    );
    await expect(saveCheckpoint(path as never, { model: network() } as never)).rejects.toThrow(
      "saveCheckpoint: the path is text, and the second argument, got the path first. Call saveCheckpoint(content, path).",
    );
    await expect(saveCheckpoint(null as never, path)).rejects.toThrow(
      "saveCheckpoint: the contents are { model, optimizer, history }, got null.",
    );
  });

  it("loadCheckpoint throws for wrong values", async () => {
    const { tensors, metadata } = decodeSafetensors(whole.written[2].bytes);
    const lying = (from: string | RegExp, to: string): Uint8Array => {
      const training = metadata.training.replace(from, to);
      expect(training).not.toBe(metadata.training);
      return encodeSafetensors(tensors, { metadata: { ...metadata, training } });
    };
    for (const [from, to] of [
      ['"class":"SGD"', '"class":"constructor"'],
      ['"class":"SGD"', '"class":7'],
      ['"step":6', '"step":-6'],
      ['"step":6', '"step":6.5'],
      ['"learningRate":0.1', '"learningRate":"fast"'],
      ['"learningRate":0.1', '"learningRate":0.1,"__proto__":{"polluted":1}'],
      ['"learningRate":0.1', '"learningRate":{"function":"elu","options":{"alpha":1}}'],
      ['"learningRate":0.1', '"learningRate":{"function":"toString","options":{}}'],
      ['"updates":6', '"updates":"6"'],
      ['"batch":1', '"batch":99'],
      ['"seen":20', '"seen":101'],
      ['"remainder":"even"', '"remainder":"odd"'],
      ['"epochs":[', '"epochs":[7,'],
      ['"slots":[]', '"slots":["m"]'],
      [/"net\/dropout",\d+/, '"net/dropout",4294967296'],
      ["net/dropout", "net/other"],
      ['"random":[', '"random":7,"x":['],
    ] as const) {
      await expect(loadCheckpoint(lying(from, to)), `${from} → ${to}`).rejects.toThrow(DataError);
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe("a checkpoint with changed characters", () => {
  it("a checkpoint with changed characters is loaded, or throws a DataError", async () => {
    const { tensors, metadata } = decodeSafetensors(whole.written[2].bytes);
    const characters = '{}[]",:0123456789-eE.ntfabcS_/';
    await fc.assert(
      fc.asyncProperty(
        fc.nat(metadata.training.length - 1),
        fc.nat(characters.length - 1),
        fc.nat(3),
        async (position, character, removed) => {
          const text = metadata.training;
          const training = text.slice(0, position) + characters[character] + text.slice(position + removed);
          const file = encodeSafetensors(tensors, { metadata: { ...metadata, training } });
          const result = await loadCheckpoint(file).catch((error: unknown) => error);
          if (!(result as { model?: unknown }).model) expect(result, training).toBeInstanceOf(DataError);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe("a process that is interrupted", () => {
  const program = join(folder, "program.mjs");
  const source = (before: string, path: string): string => `
    import { checkpoints, Dense, fit, loadDigits, Sequential, SGD } from "gradus";
    const { train } = await loadDigits();
    const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 });
    const interrupt = { onStep: (run) => {
      if (run.optimizer.step === 3) process.kill(process.pid, "SIGINT");
      if (run.optimizer.step > 3) return new Promise((done) => setTimeout(done, 5));
    }, onTrainEnd: () => console.log("ended") };
    ${before}
    const history = await fit(model, train, {
      optimizer: new SGD({ learningRate: 0.1 }), epochs: 100, signal: globalThis.signal,
      callbacks: [checkpoints(${JSON.stringify(path)}), interrupt],
    });
    console.log("after", history.stopped);
  `;
  const outcome = async (before: string, path: string) => {
    await bundleProgram(folder, program, source(before, path));
    return runProgram(program, folder);
  };

  it("a process that is interrupted ends after the running step, and after the other callbacks, with the status of the signal", async () => {
    const path = join(folder, "interrupted.safetensors");
    expect(await outcome("", path)).toEqual({ code: null, signal: "SIGINT", out: "ended\n", error: "" });
    const { optimizer, history } = await loadCheckpoint(path);
    expect(optimizer.step).toBeGreaterThan(2);
    expect(optimizer.step).toBeLessThan(20);
    expect(history.place.progress?.batch).toBe(optimizer.step);
  });

  it.each([
    ["training", "waiting", "undefined"],
    ["validation", "() => batches.slice(0, 3)", "waiting"],
  ])(
    "a process that is interrupted ends while it waits for a batch of %s that does not come",
    async (what, train, validation) => {
      const path = join(folder, `waiting-${what}.safetensors`);
      const waits = `
      import { checkpoints, Dense, fit, loadDigits, minibatches, Sequential, SGD } from "gradus";
      const batches = [...minibatches((await loadDigits()).train, { batchSize: 50, seed: 1 })];
      setInterval(() => undefined, 1000);
      const waiting = async function* () {
        yield* batches.slice(0, 3);
        setTimeout(() => process.kill(process.pid, "SIGINT"), 5);
        await new Promise(() => undefined);
      };
      const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 });
      await fit(model, ${train}, {
        optimizer: new SGD({ learningRate: 0.1 }), epochs: 100, validation: ${validation},
        callbacks: [checkpoints(${JSON.stringify(path)}), { onTrainEnd: () => console.log("ended") }],
      });
      console.log("after");
    `;
      await bundleProgram(folder, program, waits);
      expect(await runProgram(program, folder)).toEqual({ code: null, signal: "SIGINT", out: "ended\n", error: "" });
      const { optimizer, history } = await loadCheckpoint(path);
      expect([optimizer.step, history.epochs.length, history.place.progress?.batch]).toEqual([3, 0, 3]);
      expect(history.stopped).toBe("interrupted");
    },
  );

  it("a process that is interrupted ends when all of its runs have written their checkpoints, and no code after fit runs before", async () => {
    const paths = ["one", "other"].map((name) => join(folder, `${name}.safetensors`));
    const program = join(folder, "two.mjs");
    const two = `
      import { checkpoints, Dense, fit, loadDigits, Sequential, SGD } from "gradus";
      const { train } = await loadDigits();
      const run = async (path, callback) => {
        const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 });
        const optimizer = new SGD({ learningRate: 0.1 });
        await fit(model, train, { optimizer, epochs: 1e6, callbacks: [checkpoints(path, { everyEpochs: 1e6 }), callback, begin] });
        console.log("after");
      };
      let begun = 0;
      const begin = { onEpochBegin({ epoch }) {
        if (epoch === 0 && ++begun === 2) setTimeout(() => process.kill(process.pid, "SIGINT"), 50);
      } };
      const slow = () => new Promise((done) => setTimeout(done, 300));
      await Promise.all([run(${JSON.stringify(paths[0])}, { onTrainEnd() {} }), run(${JSON.stringify(paths[1])}, { onTrainEnd: slow })]);
    `;
    await bundleProgram(folder, program, two);
    expect(await runProgram(program, folder)).toEqual({ code: null, signal: "SIGINT", out: "", error: "" });
    for (const path of paths) expect((await loadCheckpoint(path)).history.stopped).toBe("interrupted");
  });

  it.each(["on", "once"])(
    "a process that is interrupted handles the signal itself if it listens with %s",
    async (listen) => {
      const path = join(folder, "aborted.safetensors");
      const own = `const controller = new AbortController();
      globalThis.signal = controller.signal;
      process.${listen}("SIGINT", () => controller.abort(new Error("by hand")));`;
      const ended = await outcome(own, path);
      expect([ended.code, ended.signal, ended.out]).toEqual([1, null, "ended\n"]);
      expect(ended.error).toContain("by hand");
      expect((await loadCheckpoint(path)).history.place.progress?.batch).toBeGreaterThan(2);
    },
  );

  it("a process that is interrupted reports a checkpoint that cannot be written", async () => {
    const path = join(folder, "gone", "run.safetensors");
    mkdirSync(join(folder, "gone"));
    const ended = await outcome(
      `import { rmSync } from "node:fs"; rmSync(${JSON.stringify(join(folder, "gone"))}, { recursive: true });`,
      path,
    );
    expect([ended.code, ended.signal, ended.out]).toEqual([1, null, "ended\n"]);
    expect(ended.error).toContain("the folder of a file must exist");
  });
});
