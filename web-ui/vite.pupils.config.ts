// Builds the one script that a page for pupils has, as one file without imports; the box puts it into the page.
import { defineConfig } from "vite";

export default defineConfig({
  publicDir: false,
  logLevel: "warn",
  build: {
    // Phones of 2019: below that the form works without it.
    target: "es2020",
    outDir: "dist/pupils",
    lib: { entry: "pupils/seal.ts", formats: ["iife"], name: "lachan", fileName: () => "seal.js" },
  },
});
