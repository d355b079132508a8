import { svelte } from "@sveltejs/vite-plugin-svelte";
import { resolve } from "node:path";
import { defineConfig } from "vitest/config";
import { VitePWA } from "vite-plugin-pwa";

/** A server for the pages under `vite` and `vite preview`: `DOORSTEP_SERVER=http://127.0.0.1:8080`. */
const server = process.env["DOORSTEP_SERVER"] ?? "http://127.0.0.1:8080";
const proxy = Object.fromEntries(["/sync", "/api", "/health"].map((route) => [route, { target: server }]));

/** What the server sends with the pages; `vite preview` sends it too, so that tests run under it. */
const CSP =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; " +
  "connect-src 'self'; worker-src 'self'; manifest-src 'self'";

// Two pages: the enumerator's app at `/`, the console at `/console/`.
export default defineConfig({
  plugins: [
    svelte(),
    // The enumerator's app opens without a network from the second visit on. A new version waits until no window is open.
    VitePWA({
      strategies: "generateSW",
      registerType: "prompt",
      injectRegister: null,
      manifest: {
        id: "/",
        name: "入户 Doorstep",
        short_name: "入户",
        description: "入户调查，离线可用 · Household surveys that work without a network",
        lang: "zh-CN",
        start_url: "/",
        scope: "/",
        display: "standalone",
        background_color: "#f5f7f9",
        theme_color: "#0b5c8a",
        icons: [
          { src: "/icon-192.png", sizes: "192x192", type: "image/png" },
          { src: "/icon-512.png", sizes: "512x512", type: "image/png" },
          { src: "/icon-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
          { src: "/icon.svg", sizes: "any", type: "image/svg+xml" },
        ],
      },
      workbox: {
        globPatterns: ["index.html", "assets/**/*.{js,css,wasm}", "icon*.{png,svg}"],
        // Phones do not keep the console.
        globIgnores: ["console/**", "assets/console/**", "assets/console-*"],
        // The engine in one piece.
        maximumFileSizeToCacheInBytes: 32 * 1024 * 1024,
        navigateFallback: "/index.html",
        navigateFallbackDenylist: [/^\/(api|sync|console|health|metrics)(\/|$)/],
        // The first visit's page is served by it as well: whoever goes offline at once can still reload.
        clientsClaim: true,
        cleanupOutdatedCaches: true,
        sourcemap: false,
      },
    }),
  ],
  resolve: {
    alias: { "doorstep-wasm": resolve(import.meta.dirname, "src/engine/wasm/doorstep_client_wasm.js") },
  },
  worker: { format: "es" },
  // The other tests of `tests/` run in a browser.
  test: { include: ["src/**/*.test.ts", "tests/form/unit/*.test.ts"] },
  server: { proxy },
  preview: { proxy, headers: { "content-security-policy": CSP } },
  build: {
    target: "es2022",
    // Under the CSP nothing is inlined: no data: URLs, no inline module preload.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: {
        app: resolve(import.meta.dirname, "index.html"),
        console: resolve(import.meta.dirname, "console/index.html"),
      },
      output: {
        chunkFileNames: ({ moduleIds }) =>
          moduleIds.some((id) => id.includes("/src/console/"))
            ? "assets/console/[name]-[hash].js"
            : "assets/[name]-[hash].js",
      },
    },
  },
});
