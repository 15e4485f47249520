import { defineConfig } from "vitest/config";

export default defineConfig({
  // WebKit of macOS 10.15 is Safari 13; the web view of Linux is newer.
  build: { target: "es2020", outDir: "dist", emptyOutDir: true, modulePreload: { polyfill: false } },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // A test reads the sentences that there have to be translations of.
  server: { fs: { allow: [".", "../../../core/plan/tests"] } },
  test: {
    environment: "jsdom",
    include: ["test/**/*.test.{ts,tsx}"],
    setupFiles: ["test/setup.ts"],
    testTimeout: 30_000,
    // The colours are read by a test; jsdom lays nothing out.
    css: { include: [/tokens\.css/] },
  },
});
