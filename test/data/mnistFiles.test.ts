import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DataError } from "../../src/base/errors.ts";
import { encodeIdx } from "../../src/data/idx.ts";
import {
  type KnownFiles,
  type MnistFilesOptions,
  mnistFiles,
  mnistMirrors,
  readKnownFiles,
  readMnistFiles,
} from "../../src/data/mnistFiles.ts";
import { type Answer, type Loopback, refusingMirror, startLoopback } from "./loopback.ts";

// Made-up files with the names of MNIST; readKnownFiles is readMnistFiles without its hashes.
const content = new Map<string, Uint8Array>();
const hash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const madeUp = (name: string, shape: number[]): KnownFiles["trainImages"] => {
  const data = new Uint8Array(shape.reduce((a, b) => a * b)).map((_, i) => (i * i * 7) >> 3);
  const bytes = encodeIdx({ shape, type: "uint8", data });
  content.set(name, bytes);
  return { name, bytes: bytes.length, sha256: hash(bytes) };
};
const files: KnownFiles = {
  trainImages: madeUp("train-images-idx3-ubyte", [60, 28, 28]),
  trainLabels: madeUp("train-labels-idx1-ubyte", [60]),
  testImages: madeUp("t10k-images-idx3-ubyte", [10, 28, 28]),
  testLabels: madeUp("t10k-labels-idx1-ubyte", [10]),
};
const names = Object.values(files).map((file) => file.name);
const bytesOf = (name: string): Uint8Array => content.get(name.replace(".gz", "")) as Uint8Array;
const packed = (name: string): Buffer => gzipSync(bytesOf(name));

const realFolder = process.env.GRADUS_DATA;
let folder: string;
let cache: string;
let server: Loopback;
let lines: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gradus-mnist-"));
  cache = join(folder, "cache");
  server = await startLoopback();
  lines = [];
  vi.stubEnv("GRADUS_DATA", "");
  vi.stubEnv("GRADUS_CACHE", join(folder, "home"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const good: Answer = (name, response) => response.end(packed(name));
/** Short times, so that the tests are; a name without mirrors downloads nothing. */
const read = (options: MnistFilesOptions): ReturnType<typeof readKnownFiles> =>
  readKnownFiles(files, {
    cache,
    mirrors: [],
    firstByteTimeoutMs: 200,
    stallTimeoutMs: 200,
    timeoutMs: 5000,
    backoffMs: 10,
    log: (line) => lines.push(line),
    ...options,
  });
const expectSound = (result: Awaited<ReturnType<typeof read>>): void => {
  for (const key of ["trainImages", "trainLabels", "testImages", "testLabels"] as const) {
    expect(encodeIdx(result[key])).toEqual(bytesOf(files[key].name));
  }
};
const refusal = async (options: MnistFilesOptions): Promise<string> => {
  const error = await read(options).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DataError);
  return (error as DataError).message;
};
/** What a download says, and what each try said. */
const refusals = async (options: MnistFilesOptions): Promise<string> => {
  const error = (await read(options).catch((reason: unknown) => reason)) as DataError;
  expect(error).toBeInstanceOf(DataError);
  const { errors } = error.cause as AggregateError;
  return [error, ...(errors as Error[])].map(({ message }) => message).join(" | ");
};
const fill = async (target: string, spell: (name: string) => [string, Uint8Array]): Promise<void> => {
  await mkdir(target, { recursive: true });
  for (const name of names) await writeFile(join(target, spell(name)[0]), spell(name)[1]);
};
const spellings: [string, (name: string) => [string, Uint8Array]][] = [
  ["gzipped", (name) => [`${name}.gz`, packed(name)]],
  ["plain", (name) => [name, bytesOf(name)]],
  ["dotted", (name) => [name.replace("-idx", ".idx"), bytesOf(name)]],
  ["dotted and gzipped", (name) => [`${name.replace("-idx", ".idx")}.gz`, packed(name)]],
];

describe("a named folder", () => {
  it.each(spellings)("a named folder may hold %s files", async (_name, spell) => {
    await fill(folder, spell);
    const result = await read({ folder });
    expectSound(result);
    expect(result.source).toEqual({ kind: "folder", location: folder });
  });

  it("a named folder may hold the files in a folder mnist, and may come from GRADUS_DATA", async () => {
    await fill(join(folder, "mnist"), spellings[0][1]);
    vi.stubEnv("GRADUS_DATA", folder);
    const result = await read({});
    expectSound(result);
    expect(result.source).toEqual({ kind: "environment", location: join(folder, "mnist") });
  });

  it("a named folder has priority over GRADUS_DATA", async () => {
    await fill(join(folder, "a"), spellings[0][1]);
    vi.stubEnv("GRADUS_DATA", "/nowhere");
    expect((await read({ folder: join(folder, "a") })).source.kind).toBe("folder");
  });

  it("a named folder that does not exist or is empty is an error, even if the cache has the files", async () => {
    await fill(cache, spellings[0][1]);
    const missing = join(folder, "missing");
    expect(await refusal({ folder: missing })).toBe(
      "mnist: the folder must hold train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, " +
        `t10k-labels-idx1-ubyte (gzipped or not), got ${missing}, which does not exist. ` +
        "Name a folder that does, with the option or with GRADUS_DATA.",
    );
    await mkdir(missing);
    expect(await refusal({ folder: missing })).toContain(`got ${missing}, which holds none of them.`);
  });

  it("a named folder that lacks a file is an error that names both", async () => {
    await fill(folder, spellings[0][1]);
    await rm(join(folder, "t10k-images-idx3-ubyte.gz"));
    expect(await refusal({ folder, mirrors: [server.mirror(good)] })).toBe(
      `mnist: the folder must hold t10k-images-idx3-ubyte (gzipped or not), got ${folder} without it. ` +
        "Put the file there.",
    );
    expect(server.requests).toEqual([]);
  });

  it("a named folder with a damaged file is an error with both hashes", async () => {
    await fill(folder, spellings[0][1]);
    const path = join(folder, "train-labels-idx1-ubyte.gz");
    const damaged = bytesOf("train-labels-idx1-ubyte").slice();
    damaged[20] ^= 1;
    await writeFile(path, gzipSync(damaged));
    expect(await refusal({ folder })).toBe(
      `${path}: the content must have 68 bytes and the SHA-256 ${files.trainLabels.sha256}, ` +
        `got 68 bytes and ${hash(damaged)}. Replace the damaged file.`,
    );
    await writeFile(path, gzipSync(new Uint8Array(69)));
    expect(await refusal({ folder })).toContain("the inflated data must have at most 68 bytes, got 69.");
    await writeFile(path, new Uint8Array(100_000));
    expect(await refusal({ folder })).toContain("the file must have at most 65604 bytes, got 100000.");
    await writeFile(path, packed("train-labels-idx1-ubyte").subarray(0, 40));
    expect(await refusal({ folder })).toContain(`${path}: the data must be one whole gzip member, got 40 bytes`);
  });
});

describe("the cache", () => {
  it.each(spellings)("the cache is read before any mirror (%s)", async (_name, spell) => {
    await fill(cache, spell);
    const result = await read({ mirrors: [server.mirror(good)] });
    expectSound(result);
    expect([result.source, server.requests]).toEqual([{ kind: "cache", location: cache }, []]);
  });

  it("the cache is filled by a download, small files first", async () => {
    const mirror = server.mirror(good);
    const first = await read({ mirrors: [mirror] });
    expectSound(first);
    expect(first.source).toEqual({ kind: "download", location: mirror });
    const order = ["t10k-labels-idx1", "train-labels-idx1", "t10k-images-idx3", "train-images-idx3"];
    expect(server.requests).toEqual(order.map((name) => `/0/${name}-ubyte.gz`));
    expect((await readdir(cache)).sort()).toEqual(names.map((name) => `${name}.gz`).sort());
    expect((await read({})).source.kind).toBe("cache");
  });

  it("the cache is the folder mnist in the cache folder by default", async () => {
    await read({ mirrors: [server.mirror(good)], cache: undefined });
    expect((await readdir(join(folder, "home", "mnist"))).length).toBe(4);
  });

  it("the cache downloads a damaged file again, and no other", async () => {
    await fill(cache, spellings[0][1]);
    const path = join(cache, "t10k-labels-idx1-ubyte.gz");
    await writeFile(path, packed("t10k-labels-idx1-ubyte").subarray(0, 30));
    const result = await read({ mirrors: [server.mirror(good)] });
    expectSound(result);
    expect(server.requests).toEqual(["/0/t10k-labels-idx1-ubyte.gz"]);
    expect(lines[0]).toMatch(/^Damaged file in the cache, to be downloaded again: .*t10k-labels/);
    expect(new Uint8Array(await readFile(path))).toEqual(new Uint8Array(packed("t10k-labels-idx1-ubyte")));
  });

  it("the cache may be switched off, or be read-only", async () => {
    const mirrors = [server.mirror(good)];
    expectSound(await read({ mirrors, cache: false }));
    expect(await readdir(folder)).toEqual([]);
    await writeFile(cache, "a file where the folder should be");
    expectSound(await read({ mirrors }));
    expect(lines.filter((line) => line.startsWith("The download could not be kept: ")).length).toBe(4);
  });
});

describe("a download", () => {
  /** Downloads with one bad mirror before a good one, and expects that it made the detour. */
  const detour = async (bad: string, options: MnistFilesOptions = {}): Promise<void> => {
    const mirror = server.mirror(good);
    const result = await read({ mirrors: [bad, mirror], ...options });
    expectSound(result);
    expect(result.source.location).toBe(mirror);
    // A mirror that failed is not asked again while another one delivers.
    expect(server.requests.filter((path) => !path.startsWith(new URL(mirror).pathname)).length).toBeLessThan(2);
  };
  /** Downloads with a bad mirror only, and returns the reasons without its address. */
  const reasons = async (bad: string, options: MnistFilesOptions = {}): Promise<string> =>
    (await refusals({ mirrors: [bad], attempts: 2, ...options })).replaceAll(bad, "MIRROR/");

  const failures: [string, Answer, RegExp][] = [
    ["answers 404", (_, response) => response.writeHead(404).end("no"), /got HTTP status 404\. Try again/],
    [
      "sends the content of another file",
      (_, response) => response.end(packed("train-labels-idx1-ubyte")),
      /MIRROR\/t10k-labels-idx1-ubyte.gz: the inflated data must have at most 18 bytes, got 68\./,
    ],
    [
      "sends a page instead of the file",
      (_, response) => response.end("<html>Log in to this network</html>"),
      /MIRROR\/t10k-labels-idx1-ubyte.gz: the content must have 18 bytes and the SHA-256 [0-9a-f]{64}, got 35 bytes and/,
    ],
    [
      "ends the body early",
      (name, response) => response.end(packed(name).subarray(0, 25)),
      /the data must be one whole gzip member, got 25 bytes/,
    ],
    [
      "promises more bytes than it sends, and hangs up",
      (name, response) => {
        response.writeHead(200, { "content-length": "500" });
        response.write(packed(name), () => response.destroy());
      },
      /fetch: MIRROR\/t10k-labels-idx1-ubyte.gz must deliver the file, got (other side closed|terminated)/,
    ],
    [
      "promises fewer bytes than the file has",
      (name, response) => {
        // Past the server, which refuses to send a head that contradicts the body.
        response.socket?.write("HTTP/1.1 200 OK\r\ncontent-length: 30\r\n\r\n");
        response.socket?.end(packed(name));
      },
      /the data must be one whole gzip member, got 30 bytes/,
    ],
    [
      "promises more than is allowed",
      (_, response) => {
        response.writeHead(200, { "content-length": "999999999999" });
        response.flushHeaders();
      },
      /got a body of 999999999999 bytes where at most 65554 are allowed/,
    ],
    [
      "sends without end",
      (_, response) => {
        const block = Buffer.alloc(16384, 1);
        const more = (): void => {
          while (!response.destroyed && response.write(block));
        };
        response.on("drain", more);
        more();
      },
      /got more than the 65554 bytes that are allowed/,
    ],
    ["never answers", () => undefined, /got no byte within 200 ms/],
    [
      "stalls after the head",
      (_, response) => response.writeHead(200, { "content-length": "50" }).flushHeaders(),
      /got no byte within 200 ms/,
    ],
    [
      "stalls in the middle",
      (name, response) => {
        response.writeHead(200, { "content-length": "50" }).write(packed(name).subarray(0, 10));
      },
      /got no further byte within 200 ms after 10/,
    ],
    ["hangs up", (_, response) => response.destroy(), /got other side closed/],
  ];
  it.each(failures)("a download leaves a mirror that %s for another mirror", async (_name, answer, reason) => {
    const bad = server.mirror(answer);
    await detour(bad);
    await rm(cache, { recursive: true, force: true });
    expect(await reasons(bad)).toMatch(reason);
  });

  it("a download leaves a mirror that refuses the connection for another mirror", async () => {
    const bad = await refusingMirror();
    await detour(bad);
    await rm(cache, { recursive: true });
    expect(await reasons(bad)).toMatch(
      /^mnist: one of 1 mirrors must deliver t10k-labels-idx1-ubyte.gz, got connect ECONNREFUSED\. Connect to the network; or name a folder that holds the files, with \{ folder: \.\.\. \} or GRADUS_DATA; or use loadDigits\(\), which needs no files\. \| fetch: MIRROR\/t10k-labels-idx1-ubyte.gz must deliver the file, got connect ECONNREFUSED 127\.0\.0\.1:\d+\. Try again, or name another address\. \|/,
    );
  });

  it("a download tries again after errors 500, on a mirror without a slash at its end", async () => {
    let count = 0;
    const mirror = server.mirror((name, response, request) => {
      if (count++ < 2) response.writeHead(500).end();
      else good(name, response, request);
    });
    expectSound(await read({ mirrors: [mirror.slice(0, -1)] }));
    expect(server.requests.length).toBe(2 + 4);
  });

  it("a download takes a body that fetch has unpacked, because the server named gzip as its encoding", async () => {
    const mirror = server.mirror((name, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(packed(name));
    });
    expectSound(await read({ mirrors: [mirror] }));
    expect((await readdir(cache)).sort()).toEqual([...names].sort());
    expect((await read({})).source.kind).toBe("cache");
  });

  it("a download does not keep a damaged file", async () => {
    await reasons(server.mirror((_, response) => response.end("nonsense")));
    expect(await readdir(folder)).toEqual([]);
  });

  it("a download ends within timeoutMs even if every byte comes in time", async () => {
    const bad = server.mirror((name, response) => {
      let sent = 0;
      const timer = setInterval(() => response.write(packed(name).subarray(sent, ++sent)), 60);
      response.on("close", () => clearInterval(timer));
    });
    const start = Date.now();
    expect(await reasons(bad, { timeoutMs: 400 })).toMatch(/no end (of all files )?within/);
    expect(Date.now() - start).toBeLessThan(1500);
  });

  it("a download fails within offlineTimeoutMs when no mirror answers", async () => {
    const silent = [0, 1, 2].map(() => server.mirror(() => undefined));
    const start = Date.now();
    const message = await refusal({ mirrors: silent, offlineTimeoutMs: 500, timeoutMs: 60_000, attempts: 9 });
    expect(Date.now() - start).toBeLessThan(1500);
    expect(message).toContain("no answer from any mirror in time");
  });

  it("a download fails within 10 s by default when no mirror answers", async () => {
    const silent = [0, 1, 2].map(() => server.mirror(() => undefined));
    // The library's clock: 10 s of it take a moment.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
    try {
      let error: unknown;
      readKnownFiles(files, { cache, mirrors: silent }).catch((reason: unknown) => {
        error = reason;
      });
      const turnsUntil = async (isReached: () => boolean): Promise<void> => {
        while (!isReached()) await new Promise((done) => setImmediate(done));
      };
      // The clock stands still while the library reads files, and until its first two requests have arrived.
      await turnsUntil(() => server.requests.length > 0);
      for (let passed = 0; passed < 9900 && error === undefined; passed += 100) {
        await vi.advanceTimersByTimeAsync(100);
        if (passed === 4000) await turnsUntil(() => server.requests.length > 1);
        await turnsUntil(() => vi.getTimerCount() > 0 || error !== undefined);
      }
      expect(error).toBeInstanceOf(DataError);
      expect(server.requests.length).toBeGreaterThan(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it("a download without mirrors is an error", async () => {
    expect(await refusal({})).toBe(
      "mnist: one of 0 mirrors must deliver t10k-labels-idx1-ubyte.gz, got no mirrors. Connect to the network; or name a " +
        "folder that holds the files, with { folder: ... } or GRADUS_DATA; or use loadDigits(), which needs no files.",
    );
  });

  it("a download states a reason that all mirrors share once, and keeps the error of each as the cause", async () => {
    const mirrors = [await refusingMirror(), await refusingMirror(), await refusingMirror()];
    const error = await read({ mirrors, attempts: 1 }).catch((reason: unknown) => reason as DataError);
    const { message, cause } = error as DataError;
    expect(message).toContain(
      "one of 3 mirrors must deliver t10k-labels-idx1-ubyte.gz, got connect ECONNREFUSED. Connect",
    );
    expect(message.length).toBeLessThan(250);
    expect((cause as AggregateError).errors).toHaveLength(3);
  });
});

describe("MNIST", () => {
  it("MNIST has mirrors, which are folders under https", () => {
    expect(mnistMirrors.length).toBeGreaterThan(1);
    for (const mirror of mnistMirrors) expect(new URL(mirror).protocol + mirror.slice(-1)).toBe("https:/");
  });

  it.skipIf(realFolder === undefined)("MNIST has the known hashes (GRADUS_DATA names the files)", async () => {
    const result = await readMnistFiles({ folder: realFolder });
    expect(result.trainImages.shape).toEqual([60_000, 28, 28]);
    expect(result.trainLabels.shape).toEqual([60_000]);
    expect(result.testImages.shape).toEqual([10_000, 28, 28]);
    expect(result.testLabels.shape).toEqual([10_000]);
    expect(result.trainImages.data.length + 16).toBe(mnistFiles.trainImages.bytes);
  });
});
