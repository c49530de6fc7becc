import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile as writeRaw } from "node:fs/promises";
import { homedir, hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DataError, GradusError } from "../../src/base/errors.ts";
import * as browser from "../../src/platform/browser.ts";
import * as node from "../../src/platform/node.ts";
import type { Platform } from "../../src/platform/platform.ts";

// The assignments are the check: each module has every name of the interface, and its type.
const platforms: Record<string, Platform> = { node, browser };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gradus-platform-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** 200 MB of zeros that claim to be 1000 bytes, packed once for both platforms. */
const bomb = gzipSync(new Uint8Array(200_000_000), { level: 9 });
bomb.writeUInt32LE(1000, bomb.length - 4);

describe.each(Object.entries(platforms))("platform %s: bytes", (_name, platform) => {
  const options = { maxBytes: 1e6, where: "here" };
  const message = async (packed: Uint8Array, maxBytes = 1e6): Promise<string> => {
    const error = await platform.gunzip(packed, { maxBytes, where: "here" }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DataError);
    return (error as DataError).message;
  };

  it("the platform exports the names of the interface, and no others", () => {
    expect(Object.keys(browser).sort()).toEqual(Object.keys(node).sort());
  });

  it("gunzip unpacks the bytes that gzip packed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (bytes) => {
        expect(await platform.gunzip(await platform.gzip(bytes), options)).toEqual(bytes);
      }),
    );
    const long = new Uint8Array(500_000).map((_, i) => (i * i) >> 7);
    expect(await platform.gunzip(await platform.gzip(long), options)).toEqual(long);
  });

  it("gunzip throws for more than maxBytes before it unpacks", async () => {
    expect(await message(gzipSync(new Uint8Array(1001)), 1000)).toBe(
      "here: the inflated data must have at most 1000 bytes, got 1001. Check that this is the right file.",
    );
  });

  it("gunzip throws for a size that the packed bytes cannot have", async () => {
    const packed = gzipSync(new Uint8Array(10));
    packed.writeUInt32LE(900_000, packed.length - 4);
    expect(await message(packed)).toBe(
      `here: the data must be one whole gzip member, got ${packed.length} bytes ` +
        "(its last bytes claim 900000 inflated bytes, which it cannot hold). Fetch or write the file again.",
    );
  });

  it("gunzip stops a bomb that lies about its size", async () => {
    const before = process.memoryUsage().rss;
    expect(await message(bomb)).toMatch(/^here: the data must be one whole gzip member, got \d+ bytes \(/);
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });

  it("gunzip throws for bytes that are not gzip, not whole, or followed by other bytes", async () => {
    const packed = gzipSync(new Uint8Array(5000).map((_, i) => i * i));
    expect(await message(new Uint8Array(30))).toBe(
      "here: the data must be one whole gzip member, got 30 bytes (it does not start with 1f 8b). " +
        "Fetch or write the file again.",
    );
    expect(await message(packed.subarray(0, 19))).toContain("(it is truncated)");
    for (const cut of [1, 4, 8, 9, 100]) await message(packed.subarray(0, packed.length - cut));
    for (const tail of [[0], [0, 0, 0, 0], [1, 2, 3], [...packed, 0], [...packed.subarray(0, 30)]])
      await message(Uint8Array.from([...packed, ...tail]));
  });

  it("gunzip inflates several members, one behind the other, up to maxBytes together", async () => {
    const parts = [[1, 2, 3], [], [4], Array.from({ length: 300 }, (_, i) => i % 256)];
    const packed = Uint8Array.from(parts.flatMap((part) => [...gzipSync(Uint8Array.from(part))]));
    expect([...(await platform.gunzip(packed, options))]).toEqual(parts.flat());
    // Stored members hold the bytes of another header.
    const inner = gzipSync(Uint8Array.from([7, 8]), { level: 0 });
    const nested = Uint8Array.from([...gzipSync(inner, { level: 0 }), ...inner]);
    expect([...(await platform.gunzip(nested, options))]).toEqual([...inner, 7, 8]);
    await expect(platform.gunzip(packed, { ...options, maxBytes: 303 })).rejects.toThrow("must have at most 303 bytes");
    const error: unknown = await platform.gunzip(packed.subarray(0, -1), options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DataError);
  });

  it("gunzip throws only DataError for damaged bytes", async () => {
    const packed = gzipSync(new Uint8Array(2000).map((_, i) => i * i));
    await fc.assert(
      fc.asyncProperty(fc.nat(packed.length * 8 - 1), async (bit) => {
        const damaged = Uint8Array.from(packed);
        damaged[bit >> 3] ^= 1 << (bit & 7);
        const result = await platform.gunzip(damaged, options).catch((error: unknown) => error);
        // Some bits of the header (time, system) carry nothing that could be checked.
        if (result instanceof Uint8Array) expect(bit).toBeLessThan(80);
        else expect(result).toBeInstanceOf(DataError);
      }),
      { numRuns: 400 },
    );
  });

  it("the platform computes SHA-256", async () => {
    const abc = new TextEncoder().encode("abc");
    expect(await platform.sha256(abc)).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});

describe("files of the platform of Node", () => {
  it("the platform of Node writes, reads and finds a file, and leaves no other", async () => {
    const path = node.joinPath(folder, "a.bin");
    expect(await node.fileExists(path)).toBe(false);
    await node.writeFile(path, Uint8Array.of(1, 2, 3));
    await node.writeFile(path, Uint8Array.of(4, 5));
    expect(await node.fileExists(path)).toBe(true);
    expect(await node.readFile(path, { maxBytes: 2 })).toEqual(Uint8Array.of(4, 5));
    expect(await readdir(folder)).toEqual(["a.bin"]);
  });

  it("the platform of Node makes folders only if asked to", async () => {
    const path = join(folder, "b", "c", "a.bin");
    await expect(node.writeFile(path, new Uint8Array(1))).rejects.toThrow(
      new DataError(`${path}: the folder of a file must exist, got folder not found. Create it first.`),
    );
    await node.writeFile(path, new Uint8Array(1), { makeFolders: true });
    expect((await stat(path)).size).toBe(1);
  });

  it("the platform of Node keeps the old file, and no temporary file, when writing fails", async () => {
    await mkdir(join(folder, "taken", "inside"), { recursive: true });
    await expect(node.writeFile(join(folder, "taken"), new Uint8Array(1))).rejects.toThrow(DataError);
    expect(await readdir(folder)).toEqual(["taken"]);
  });

  it("the platform of Node removes the temporary files of killed processes, and no others", async () => {
    const path = join(folder, "a.bin");
    await node.writeFile(path, new Uint8Array(1));
    const host = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
    // A process that has ended, so that its number belongs to no process.
    const { pid } = spawnSync(process.execPath, ["--version"]);
    const named = (who: string, number: number): string => `a.bin.${who}-${number}-00000000.tmp`;
    const leave = async (name: string, hoursAgo: number): Promise<string> => {
      await writeRaw(join(folder, name), new Uint8Array(1));
      const time = Date.now() / 1000 - hoursAgo * 3600;
      await utimes(join(folder, name), time, time);
      return name;
    };
    const stale = [
      await leave(named(host, pid), 0),
      await leave(named(host, process.ppid), 25),
      // The number of this process, but written before it began: another run in the same container.
      await leave(named(host, process.pid), 20),
      await leave(named("00000000", 1), 25),
    ];
    const kept = [
      await leave(named(host, process.ppid), 0),
      await leave(named("00000000", 1), 23),
      await leave(`b.bin.${host}-${pid}-00000000.tmp`, 0),
      await leave(`a.bin.${host}-${pid}-00000000.tmp.tmp`, 0),
      await leave("a.bin.tmp", 30),
    ];
    expect(stale[1]).toBe(kept[0]);
    await leave(stale[1], 25);
    await node.writeFile(path, new Uint8Array(2));
    expect((await readdir(folder)).sort()).toEqual(["a.bin", ...kept.slice(1)].sort());
    await leave(kept[0], 0);
    await node.writeFile(path, new Uint8Array(2));
    expect(await readdir(folder)).toContain(kept[0]);
  });

  it("the platform of Node reports what is wrong with a file", async () => {
    const path = join(folder, "a.bin");
    await expect(node.readFile(path, { maxBytes: 9 })).rejects.toThrow(
      new DataError(`${path}: the file must exist, got file not found. Check the path.`),
    );
    await writeRaw(path, new Uint8Array(10));
    await expect(node.readFile(path, { maxBytes: 9 })).rejects.toThrow(
      new DataError(`${path}: the file must have at most 9 bytes, got 10. Check that this is the right file.`),
    );
    await expect(node.readFile(folder, { maxBytes: 9 })).rejects.toThrow(
      new DataError(`${folder}: this must be a plain file, got a folder or a device. Name a file.`),
    );
  });

  it("the platform of Node takes the cache folder from the environment", () => {
    vi.stubEnv("GRADUS_CACHE", "/chosen");
    expect(node.cacheFolder()).toBe("/chosen");
    vi.stubEnv("GRADUS_CACHE", "");
    vi.stubEnv("XDG_CACHE_HOME", "/xdg");
    vi.stubEnv("LOCALAPPDATA", "/local");
    if (process.platform === "win32") expect(node.cacheFolder()).toBe(join("/local", "gradus", "cache"));
    else {
      expect(node.cacheFolder()).toBe("/xdg/gradus");
      vi.stubEnv("XDG_CACHE_HOME", "relative");
      expect(node.cacheFolder()).toBe(join(homedir(), ".cache", "gradus"));
    }
    expect(node.environment("GRADUS_CACHE")).toBeUndefined();
  });
});

describe("files of the platform of browsers", () => {
  it("the platform of browsers throws for every path, and has no cache", async () => {
    const refusal = new GradusError(
      "a.bin: files must be read and written in Node, got a platform without files. Pass the bytes (an ArrayBuffer or a Blob) instead of a path.",
    );
    await expect(browser.readFile("a.bin", { maxBytes: 1 })).rejects.toThrow(refusal);
    await expect(browser.writeFile("a.bin", new Uint8Array(1))).rejects.toThrow(
      new GradusError(
        "a.bin: files must be read and written in Node, got a platform without files. " +
          "Make it with encodeModel, encodeCheckpoint, encodeSafetensors or renderReport, and keep that.",
      ),
    );
    await expect(browser.fileExists("a.bin")).rejects.toThrow(refusal);
    expect([browser.cacheFolder(), browser.environment("PATH")]).toEqual([undefined, undefined]);
    expect(browser.joinPath("a", "b")).toBe("a/b");
  });

  it("the platform of browsers imports no node: module, and keeps the digits out of the main bundle", async () => {
    const result = await build({
      stdin: { contents: 'export * from "./mnistFiles.ts"; export * from "./digitsFiles.ts";', resolveDir: "src/data" },
      bundle: true,
      write: false,
      splitting: true,
      format: "esm",
      platform: "browser",
      conditions: ["gradus-source"],
      outdir: folder,
    });
    expect(result.outputFiles.length).toBe(2);
    for (const file of result.outputFiles) expect(file.text).not.toMatch(/node:|process\.|require\(/);
    const main = result.outputFiles.find((file) => file.path.endsWith("stdin.js"));
    expect(main?.text.length).toBeLessThan(40_000);
  });
});
