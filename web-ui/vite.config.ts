// Builds the UI, serves it for development and for the tests. `LACHAN_BOX=https://10.0.0.1:8443` in front of
// `npm run dev` asks a running box; without it the mock API answers.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { brotli } from "./build/brotli.ts";
import { DEV_HEADERS, DEV_NONCE, HEADERS } from "./build/csp.ts";
import { themeCss } from "./build/theme-css.ts";
import { mockApi } from "./mock-api/plugin.ts";

const box = process.env.LACHAN_BOX;

const proxy = box !== undefined && {
  proxy: {
    "/api": {
      target: box,
      changeOrigin: true,
      // The certificate is the box's own.
      secure: false,
      // The box takes changes from its own pages only.
      headers: { Origin: new URL(box).origin },
    },
  },
};

export default defineConfig(({ command }) => ({
  plugins: [react(), themeCss(), brotli(), ...(box === undefined ? [mockApi()] : [])],
  // Only for Vite's own scripts while developing; built pages have nothing inline.
  ...(command === "serve" && { html: { cspNonce: DEV_NONCE } }),
  build: {
    target: "es2022",
    manifest: true,
    // Data addresses for files would need the CSP to allow them.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
  },
  server: { headers: DEV_HEADERS, ...proxy },
  preview: { headers: HEADERS, ...proxy },
  test: { include: ["tests/unit/**/*.test.ts"], environment: "node" },
}));
