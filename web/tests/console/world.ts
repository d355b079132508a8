// A town for the tests: a real server over a real data folder, filled by real devices. Every name is made up.

import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const HERE = import.meta.dirname;
const BINARIES = process.env["DOORSTEP_BIN"] ?? resolve(HERE, "../../../target/debug");
export const PORT = Number(process.env["DOORSTEP_PORT"] ?? 7640);
export const URL = `http://127.0.0.1:${PORT}`;
/** Where the tests read what the setup made. */
export const FACTS = join(HERE, "../../test-results/console-facts.json");
export const PASSWORD = "a long test password";
export const CANARY = '<img src=x onerror="window.canary=1">';
const VILLAGE = "990101";
const FORMS = resolve(HERE, "../../../schemas/forms");
/** A picture of one point. */
const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

export interface Facts {
  folder: string;
  disputed: string;
  wrong: string;
  canary: string;
  /** With a photo and a position. */
  pictured: string;
  twins: [string, string];
}

export function facts(): Facts {
  return JSON.parse(readFileSync(FACTS, "utf8")) as Facts;
}

function run(binary: string, args: string[], input?: string): string {
  const options = { encoding: "utf8", env: { ...process.env, LC_ALL: "C.UTF-8" } } as const;
  return execFileSync(join(BINARIES, binary), args, input === undefined ? options : { ...options, input });
}

/** A phone: a store of its own in the folder. */
export class Phone {
  private readonly store: string;

  constructor(folder: string, name: string) {
    this.store = join(folder, `${name}.db`);
  }

  do(...args: string[]): Record<string, unknown> {
    const said = run("doorstep-device", [...args, "--store", this.store, "--json"]);
    return (said.trim() ? JSON.parse(said) : {}) as Record<string, unknown>;
  }

  /** Begins a record, answers, says that it is complete. */
  fill(...answers: string[]): string {
    const record = String(this.do("new", "town_home", "--area", VILLAGE)["record"]);
    this.do("set", record, ...answers);
    this.do("submit", record, "--with-errors");
    return record;
  }
}

export class World {
  readonly folder = mkdtempSync(join(tmpdir(), "doorstep-console-"));
  private server: ChildProcess | null = null;

  office(...args: string[]): string {
    return run("doorstep", [...args, "--data", join(this.folder, "data")]);
  }

  private account(name: string, role: string, area: string): void {
    const args = ["user", "add", name, "--role", role, "--area", area, "--password-stdin"];
    run("doorstep", [...args, "--data", join(this.folder, "data")], `${PASSWORD}\n`);
  }

  async begin(): Promise<void> {
    this.office("area", "import", join(HERE, "areas.csv"));
    this.office("form", "publish", join(HERE, "form"));
    for (const form of ["household_register", "sample_check"])
      this.office("form", "publish", join(FORMS, form, "1"));
    this.account("chen", "admin", "99");
    this.account("zhao", "supervisor", "9901");
    this.account("li", "enumerator", "9901");
    this.account("wang", "enumerator", "9901");
    this.office("import", "households", join(HERE, "ledger.csv"));
    const args = ["serve", "--listen", `127.0.0.1:${PORT}`, "--json", "--data", join(this.folder, "data")];
    this.server = spawn(join(BINARIES, "doorstep"), args, {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, RUST_LOG: process.env["RUST_LOG"] ?? "error" },
    });
    // It says where it listens when it is ready.
    await new Promise<void>((ready, failed) => {
      this.server?.stdout?.once("data", () => ready());
      this.server?.once("exit", (code) => failed(new Error(`the server ended with ${code}`)));
    });
  }

  phone(user: string, name: string): Phone {
    const invited = JSON.parse(this.office("device", "invite", user, "--json")) as { code: string };
    const phone = new Phone(this.folder, name);
    phone.do("enrol", URL, invited.code, "--name", name);
    phone.do("sync");
    return phone;
  }

  private pictured(phone: Phone): string {
    const file = join(this.folder, "house.png");
    writeFileSync(file, Buffer.from(PNG, "base64"));
    const record = String(phone.do("new", "town_home", "--area", VILLAGE)["record"]);
    phone.do("set", record, "head_name=测试照片", "persons=2", "place=28.10012,104.20034,12");
    phone.do("attach", record, `photo=${file}`);
    phone.do("submit", record);
    return record;
  }

  /** Two registrations of one household, by the number of a member. */
  private twins(phone: Phone, name: string, number: string): [string, string] {
    const one = (which: string, persons: number): string =>
      phone.fill(
        `head_name=${name}${which}`,
        `persons=${persons}`,
        `members/+a/name=${name}甲`,
        `members/+a/id_no=${number}`,
      );
    return [one("甲", 2), one("乙", 3)];
  }

  /** More records than a page holds, a dispute, an error, a pair of twins, and one whose answers try to be markup. */
  fill(): void {
    const [li, wang] = [this.phone("li", "li-phone"), this.phone("wang", "wang-phone")];
    const disputed = li.fill("head_name=测试争议", "persons=3", "house=earth");
    const wrong = li.fill("head_name=测试错误", "persons=0");
    const canary = li.fill(`head_name=测试${CANARY}`, "persons=2", `told=${CANARY}`);
    const pictured = this.pictured(li);
    const twins = this.twins(li, "测试双", "999999197001010017");
    // A pair that no test decides about.
    this.twins(li, "测试同", "999999197202020027");
    for (let nth = 1; nth <= 55; nth += 1)
      li.fill(`head_name=测试户${nth}`, `persons=${1 + (nth % 6)}`, "house=wood");
    li.do("sync");
    wang.do("sync");
    li.do("set", disputed, "house=brick");
    wang.do("set", disputed, "house=wood");
    li.do("submit", disputed);
    wang.do("submit", disputed);
    li.do("sync");
    wang.do("sync");
    // Whoever submits last has seen both answers, and leaves the choice to the office.
    li.do("sync");
    li.do("submit", disputed, "--with-errors");
    li.do("sync");
    const found: Facts = { folder: this.folder, disputed, wrong, canary, pictured, twins };
    writeFileSync(FACTS, JSON.stringify(found));
  }

  async end(): Promise<void> {
    const server = this.server;
    if (server && server.exitCode === null) {
      const ended = new Promise((done) => server.once("exit", done));
      server.kill("SIGTERM");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
