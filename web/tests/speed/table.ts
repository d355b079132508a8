// What was measured, as it is measured, and the table of it at the end.

import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { arch, cpus, totalmem } from "node:os";
import { join, resolve } from "node:path";

const OUT = resolve(import.meta.dirname, "../../test-results");
const LINES = join(OUT, "speed.jsonl");

export interface Row {
  work: string;
  aim: string;
  measured: string;
  /** The numbers behind it. */
  numbers: Record<string, number>;
}

/** Keeps a row; a run that breaks off has kept what it measured. */
export function note(row: Row): void {
  appendFileSync(LINES, `${JSON.stringify(row)}\n`);
  console.log(`${row.work} | ${row.aim || "-"} | ${row.measured}`);
}

/** The value below which a share of the others lie. */
export function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Median, p95 and greatest of times, in milliseconds. */
export function times(values: number[]): { text: string; numbers: Record<string, number> } {
  const [median, p95, most] = [quantile(values, 0.5), quantile(values, 0.95), Math.max(...values)];
  const text = `median ${median.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms (${values.length} times)`;
  return { text, numbers: { median, p95, most, times: values.length } };
}

export const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

/** Empties the table; what is returned prints it. */
export default function begin(): () => void {
  mkdirSync(OUT, { recursive: true });
  rmSync(LINES, { force: true });
  return () => {
    if (!existsSync(LINES)) return;
    const rows = readFileSync(LINES, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Row);
    const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, ${(totalmem() / 1e9).toFixed(0)} GB, ${arch()}`;
    const lines = rows.map(({ work, aim, measured }) => `| ${work} | ${aim} | ${measured} |`);
    const text = [machine, "", "| work | aim | measured |", "|---|---|---|", ...lines, ""].join("\n");
    writeFileSync(
      join(OUT, "speed.json"),
      JSON.stringify({ machine, at: new Date().toISOString(), rows }, null, 2),
    );
    writeFileSync(join(OUT, "speed.txt"), text);
    console.log(`\n${text}`);
  };
}
