import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

/** What the server sends with every page. */
const CSP = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
].join("; ");

// The form on a page of its own, over an engine in memory; built, so that it is seen under the policy of the server.
export default defineConfig({
  root: import.meta.dirname,
  plugins: [svelte()],
  build: { target: "es2022", outDir: "dist", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  preview: { port: 7621, strictPort: true, host: "127.0.0.1", headers: { "content-security-policy": CSP } },
});
