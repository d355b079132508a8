import { svelte } from "@sveltejs/vite-plugin-svelte";
import { resolve } from "node:path";
import { defineConfig } from "vite";

// Two pages: the enumerator's app at `/`, the console at `/console/`.
export default defineConfig({
  plugins: [svelte()],
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
    },
  },
});
