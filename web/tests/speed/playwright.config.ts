import { defineConfig } from "@playwright/test";
import { resolve } from "node:path";
import app from "../../playwright.config";

// How fast the faces are. Run by hand, alone on its machine, with pages and programs built for release:
// `DOORSTEP=../target/release/doorstep npx playwright test -c tests/speed`. Nothing here asserts a time: the table is printed at
// the end, and lies in `test-results/speed.json` and `speed.txt`. `SPEED_HOUSEHOLDS` and `SPEED_RECORDS` make it smaller.
export default defineConfig(app, {
  testDir: ".",
  testMatch: "*.speed.ts",
  // Alone on the machine.
  workers: 1,
  outputDir: resolve(import.meta.dirname, "../../test-results/speed"),
  globalSetup: "./table.ts",
  timeout: 3_600_000,
  expect: { timeout: 120_000 },
  use: { timezoneId: "Asia/Shanghai", actionTimeout: 300_000, navigationTimeout: 300_000 },
});
