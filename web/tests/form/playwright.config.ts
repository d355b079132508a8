import { defineConfig } from "@playwright/test";

const base = "http://127.0.0.1:7621";

export default defineConfig({
  testDir: import.meta.dirname,
  testMatch: "*.browser.ts",
  outputDir: "test-results",
  // The engine is the page's own.
  workers: 2,
  fullyParallel: true,
  // The gate says what passed at the second try only: it is `flaky` in its last lines.
  retries: process.env["CI"] ? 1 : 0,
  // An old laptop with other work to do is slow, and nothing here waits longer than it must.
  timeout: 180_000,
  expect: { timeout: 20_000 },
  use: {
    baseURL: base,
    viewport: { width: 360, height: 740 },
    launchOptions: { executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] },
  },
  webServer: {
    command: "npx vite build --config vite.config.ts && npx vite preview --config vite.config.ts",
    url: base,
    timeout: 120_000,
    cwd: import.meta.dirname,
  },
});
