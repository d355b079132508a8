import { defineConfig } from "@playwright/test";
import { resolve } from "node:path";
import app from "../../playwright.config";

// People on phones and at a desk, all at one server. `npx playwright test -c tests/story`, after `npx vite build` and
// `cargo build -p doorstep -p doorstep-client-core --features doorstep-client-core/native --bins`.
export default defineConfig(app, {
  testDir: ".",
  testMatch: "*.spec.ts",
  outputDir: resolve(import.meta.dirname, "../../test-results/story"),
  use: { timezoneId: "Asia/Shanghai", screenshot: "only-on-failure" },
});
