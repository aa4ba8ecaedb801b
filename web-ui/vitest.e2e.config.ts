// Drives the built UI in Chromium against the mock API.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/e2e/**/*.e2e.ts"],
    environment: "node",
    globalSetup: "tests/e2e/server.ts",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One browser; two cores are shared.
    fileParallelism: false,
  },
});
