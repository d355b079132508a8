import { defineConfig } from "@playwright/test";
import { resolve } from "node:path";

// The pictures of the README: `cargo xtask screenshots`. They are of the demonstration, so that anybody can make them again.
export default defineConfig({
  testDir: ".",
  outputDir: resolve(import.meta.dirname, "../../test-results/pictures"),
  workers: 1,
  timeout: 900_000,
  expect: { timeout: 60_000 },
  reporter: "list",
  use: {
    locale: "zh-CN",
    timezoneId: "Asia/Shanghai",
    actionTimeout: 60_000,
    launchOptions: {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    },
  },
});
