import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  // The tests run on the sources: "gradus" and "#platform" resolve to src/, not to a build.
  resolve: { conditions: ["gradus-source", "node"] },
  ssr: { resolve: { conditions: ["gradus-source", "node"] } },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // How long expect.poll waits for a condition. The default of one second is too short on a busy core.
    expect: { poll: { timeout: 30_000 } },
  },
});

export default config;
