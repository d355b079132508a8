import { defineConfig } from "@playwright/test";

// Debian's Chromium: browsers are not downloaded. Root has no sandbox.
export default defineConfig({
  testDir: "tests",
  testMatch: ["app", "care", "home", "looks", "people", "yard"].map((name) => `tests/${name}.spec.ts`),
  // Each file has its own server and pages. The times are those of a slow machine that others share.
  workers: 2,
  // The gate says what passed at the second try only: it is `flaky` in its last lines.
  retries: process.env["CI"] ? 1 : 0,
  timeout: 600_000,
  expect: { timeout: 60_000 },
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
    actionTimeout: 60_000,
    navigationTimeout: 60_000,
    viewport: { width: 360, height: 740 },
    locale: "zh-CN",
  },
});
