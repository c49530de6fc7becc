import { configDefaults, defineConfig, type ViteUserConfig } from "vitest/config";

/** Files that open pages in Chromium. They share a process for the sake of its browser, and the built playground. */
const browser: string[] = [
  "test/playground/{accessibility,fields,files,hosting,report,train}.test.ts",
  "test/{io,threads}/browser.test.ts",
  "test/{package,report/page,train/fit}/page.test.ts",
  "test/report/drawing.test.ts",
];

/**
 * Files that need a process to themselves: they change what a process has only once (threads, registered names, its working
 * folder, its modules), measure its memory, or keep both processors busy. The files of one project after the other begin, in
 * the order of their names; the last two of these files take long, and would otherwise begin when all others have ended.
 */
const alone: string[] = [
  "test/{examples,memory,platform,threads}/**/*.test.ts",
  "test/docs/examples.test.ts",
  "test/package/pack.test.ts",
  "test/study/study.test.ts",
  "test/tensor/memory/*.test.ts",
  "test/ops/matmul/zeros.test.ts",
  "test/wasm/matmul/{matmulKernel,matmulZeros}.test.ts",
  "test/io/{hostile,variables/loadVariables}.test.ts",
  "test/{gradcheck/gradcheck,io/kill}.test.ts",
];

const config: ViteUserConfig = defineConfig({
  // The tests run on the sources: "gradus" and "#platform" resolve to src/, not to a build.
  resolve: { conditions: ["gradus-source", "node"] },
  ssr: { resolve: { conditions: ["gradus-source", "node"] } },
  test: {
    // Far more than the slowest test takes, so that a busy machine fails none; only a test that hangs reaches it.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Compiled modules stay on the disk, in node_modules: each process, and each later run, reads what is not changed.
    experimental: { fsModuleCache: true },
    // By default one processor is left to vitest itself, which hardly uses it.
    maxWorkers: "100%",
    projects: [
      {
        extends: true,
        test: {
          name: "browser",
          include: browser,
          isolate: false,
          globalSetup: ["test/playground/setup.ts"],
          // A busy machine takes many times as long to render and train in a page as a quiet one.
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: { poll: { timeout: 120_000 } },
        },
      },
      { extends: true, test: { name: "alone", include: alone, exclude: [...configDefaults.exclude, ...browser] } },
      {
        extends: true,
        test: {
          // Files share a process and its modules: importing the library takes longer than most of them.
          name: "shared",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...browser, ...alone],
          isolate: false,
          setupFiles: ["test/shared.ts"],
        },
      },
    ],
    // How long expect.poll waits for a condition. The default of one second is too short on a busy core.
    expect: { poll: { timeout: 30_000 } },
  },
});

export default config;
