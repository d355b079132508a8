// What is sent for each face, by file, as the server sends it (gzip for text; wasm as it lies, and what gzip would make of it).

import { test } from "@playwright/test";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { kilobytes, note } from "./table";

const DIST = resolve(import.meta.dirname, "../../dist");
const zipped = (bytes: Buffer): number => gzipSync(bytes).length;

function size(file: string): { raw: number; gzip: number; brotli: number } {
  const bytes = readFileSync(join(DIST, file));
  return { raw: bytes.length, gzip: zipped(bytes), brotli: brotliCompressSync(bytes).length };
}

/** Scripts and styles that a page loads before it shows anything: those it names, and what they import at once. */
function first(page: string): Set<string> {
  const html = readFileSync(join(DIST, page), "utf8");
  const wanted = [...html.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)].map(([, file = ""]) => file);
  const found = new Set<string>();
  for (let file = wanted.pop(); file !== undefined; file = wanted.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    if (!file.endsWith(".js")) continue;
    const text = readFileSync(join(DIST, file), "utf8");
    const imports = text.matchAll(/(?:from|import)\s*"(\.{1,2}\/[^"]+\.js)"/g);
    for (const [, other = ""] of imports) wanted.push(join(file, "..", other));
    // The engine's worker is started at once as well.
    for (const [worker] of text.matchAll(/assets\/worker-[\w-]+\.js/g)) wanted.push(worker);
  }
  return found;
}

test("sizes", () => {
  for (const [face, page] of [
    ["the enumerator's first screen", "index.html"],
    ["the console's first screen", "console/index.html"],
  ] as const) {
    const files = [...first(page)];
    const sum = (of: "raw" | "gzip") => files.reduce((total, file) => total + size(file)[of], 0);
    note({
      work: `${face}: scripts and styles, ${files.length} files`,
      aim: page === "index.html" ? "<= 200 kB gzip" : "",
      measured: `${kilobytes(sum("gzip"))} gzip, ${kilobytes(sum("raw"))} plain`,
      numbers: { gzip: sum("gzip"), raw: sum("raw") },
    });
  }
  const files = readdirSync(DIST, { recursive: true, encoding: "utf8" });
  for (const file of files.filter((file) => /\.(js|css|wasm|html)$/.test(file)).sort()) {
    const { raw, gzip, brotli } = size(file);
    note({
      work: file.replace(/-[\w-]{8}(?=\.\w+$)/, ""),
      aim: "",
      measured: `${kilobytes(gzip)} gzip, ${kilobytes(brotli)} brotli, ${kilobytes(raw)} plain`,
      numbers: { raw, gzip, brotli },
    });
  }
});
