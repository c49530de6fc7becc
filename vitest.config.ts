import { configDefaults, defineConfig, type ViteUserConfig } from "vitest/config";

/**
 * Files that need a process to themselves: they change what a process has only once (threads, registered names, its working
 * folder, its modules), measure its memory, or keep both processors busy.
 */
const alone: string[] = [
  "test/{docs,examples,memory,package,platform,playground,study,threads}/**/*.test.ts",
  "test/tensor/memory/*.test.ts",
  "test/wasm/matmul/matmulKernel.test.ts",
  "test/io/{hostile,variables/loadVariables}.test.ts",
];

const config: ViteUserConfig = defineConfig({
  // The tests run on the sources: "gradus" and "#platform" resolve to src/, not to a build.
  resolve: { conditions: ["gradus-source", "node"] },
  ssr: { resolve: { conditions: ["gradus-source", "node"] } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // By default one processor is left to vitest itself, which hardly uses it.
    maxWorkers: "100%",
    projects: [
      { extends: true, test: { name: "alone", include: alone } },
      {
        extends: true,
        test: {
          // Files share a process and its modules: importing the library takes longer than most of them.
          name: "shared",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...alone],
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
