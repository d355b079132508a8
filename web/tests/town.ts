// A real server with a real data folder, and the built pages in front of it.

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { preview, type PreviewServer } from "vite";

const ROOT = resolve(import.meta.dirname, "../..");
const BINARY =
  process.env["DOORSTEP"] ?? join(process.env["CARGO_TARGET_DIR"] ?? join(ROOT, "target"), "debug/doorstep");
const PASSWORD = "correct horse battery staple 9";

/** The village of the demonstration where the people of these tests work. */
export const VILLAGE = "999999100200";

/** A form of the tests, or one that is shipped. */
function folderOf(form: string): string {
  return form === "yard" ? join(import.meta.dirname, "yard") : join(ROOT, "schemas/forms", form, "1");
}

export class Town {
  private readonly data = mkdtempSync(join(tmpdir(), "doorstep-web-"));
  private serving: ChildProcess | undefined;
  private pages: PreviewServer | undefined;

  constructor(
    private readonly serverPort: number,
    readonly pagesPort: number,
  ) {}

  /** Where the app is. */
  get url(): string {
    return `http://localhost:${this.pagesPort}`;
  }

  /** Runs the server's command line and reads its JSON. */
  doorstep(words: string[], input = ""): unknown {
    const done = spawnSync(BINARY, [...words, "--data", this.data, "--json"], { input, encoding: "utf8" });
    if (done.error) throw done.error;
    if (done.status !== 0) throw new Error(`doorstep ${words.join(" ")}: ${done.stdout}${done.stderr}`);
    return done.stdout.trim() === "" ? null : JSON.parse(done.stdout);
  }

  /** Areas, forms and people; then serves. */
  async begin(forms: string[], people: string[]): Promise<void> {
    this.doorstep(["area", "import", join(ROOT, "schemas/areas/demo.csv")]);
    for (const form of forms) this.doorstep(["form", "publish", folderOf(form)]);
    const add = (name: string, role: string) =>
      this.doorstep(
        ["user", "add", name, "--role", role, "--area", VILLAGE, "--password-stdin"],
        `${PASSWORD}\n`,
      );
    add("shen", "supervisor");
    for (const name of people) add(name, "enumerator");
    await this.serve();
    process.env["DOORSTEP_SERVER"] = `http://127.0.0.1:${this.serverPort}`;
    this.pages = await preview({
      root: resolve(import.meta.dirname, ".."),
      preview: { port: this.pagesPort, strictPort: true, host: "localhost" },
    });
  }

  /** Starts the server and returns when it listens. */
  async serve(): Promise<void> {
    const listen = `127.0.0.1:${this.serverPort}`;
    const child = spawn(BINARY, ["serve", "--listen", listen, "--data", this.data], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.serving = child;
    let said = "";
    await new Promise<void>((done, failed) => {
      const hear = (piece: Buffer) => {
        said += piece.toString();
        if (said.includes(listen)) done();
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.once("exit", (code) => failed(new Error(`doorstep serve ended with ${code}: ${said}`)));
    });
  }

  /** Kills the server, as a power cut does. */
  async kill(): Promise<void> {
    const child = this.serving;
    if (child === undefined || child.exitCode !== null) return;
    const gone = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await gone;
    this.serving = undefined;
  }

  /** A fresh code for a person's phone. */
  invite(name: string): string {
    return (this.doorstep(["device", "invite", name]) as { code: string }).code;
  }

  async end(): Promise<void> {
    await this.kill();
    await this.pages?.close();
    rmSync(this.data, { recursive: true, force: true });
  }
}
