// The demonstration, served: its town is surveyed before the first picture.

import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../../..");
const BINARY = process.env["DOORSTEP"] ?? join(ROOT, "target/release/doorstep");
const PORT = Number(process.env["DOORSTEP_PORT"] ?? 7660);
export const URL = `http://127.0.0.1:${PORT}`;
/** Password of every account of the demonstration. */
export const PASSWORD = "demo-2014";

export class Demo {
  private readonly folder = mkdtempSync(join(tmpdir(), "doorstep-pictures-"));
  private readonly data = join(this.folder, "data");
  private running: ChildProcess | undefined;

  /** Returns when the survey is done and the server listens. */
  async begin(): Promise<void> {
    const args = ["demo", "--listen", `127.0.0.1:${PORT}`, "--data", this.data, "--lang", "en"];
    const child = spawn(BINARY, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.running = child;
    let said = "";
    await new Promise<void>((done, failed) => {
      const hear = (piece: Buffer) => {
        said += piece.toString();
        if (said.includes(`Serving on ${URL}`)) done();
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.once("exit", (code) => failed(new Error(`doorstep demo ended with ${code}: ${said}`)));
    });
  }

  /** A fresh code for a person's phone. */
  invite(name: string): string {
    const said = execFileSync(BINARY, ["device", "invite", name, "--data", this.data, "--json"], {
      encoding: "utf8",
    });
    return (JSON.parse(said) as { code: string }).code;
  }

  async end(): Promise<void> {
    const child = this.running;
    if (child && child.exitCode === null) {
      const gone = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      await gone;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
