import { defineConfig } from "@playwright/test";

// Debian's Chromium: browsers are not downloaded. Root has no sandbox.
export default defineConfig({
  testDir: "tests",
  testMatch: "app.spec.ts",
  // One server and one set of pages for all.
  workers: 1,
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: [["list"]],
  use: {
    launchOptions: {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      args: [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      ],
    },
    actionTimeout: 20_000,
    navigationTimeout: 20_000,
    viewport: { width: 360, height: 740 },
    locale: "zh-CN",
  },
});
