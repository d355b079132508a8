import { defineConfig } from "@playwright/test";
import { resolve } from "node:path";
import { URL } from "./world";

// One server, one town: the tests follow one another. `npx playwright test -c tests/console`, after `npm run build` and
// `cargo build -p doorstep -p doorstep-client-core --features doorstep-client-core/native --bins`.
export default defineConfig({
  testDir: ".",
  outputDir: resolve(import.meta.dirname, "../../test-results/console"),
  globalSetup: "./setup.ts",
  workers: 1,
  // The gate says what passed at the second try only: it is `flaky` in its last lines.
  retries: process.env["CI"] ? 1 : 0,
  fullyParallel: false,
  timeout: 40_000,
  expect: { timeout: 10_000 },
  reporter: "list",
  use: {
    baseURL: URL,
    locale: "zh-CN",
    timezoneId: "Asia/Shanghai",
    actionTimeout: 10_000,
    viewport: { width: 1280, height: 800 },
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    },
  },
});
