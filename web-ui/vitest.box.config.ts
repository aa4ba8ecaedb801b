// Drives a real box: the built program with the pages in it, its DNS, its proxy, its database.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/box/**/*.box.ts"],
    environment: "node",
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
