// The engine itself: the one worker that holds the store does every call of every window, one after another. A sync lets
// other calls in between its steps.

import load, { WebDevice, type Step } from "doorstep-wasm";
import { NotAnswered, carry, post, type Came } from "./carry";
import { broken, keepImage, noteBroken } from "./kept";
import {
  BROKEN_RECORD,
  EngineError,
  NOTED,
  OTHER_PERSON,
  recordOf,
  type Ask,
  type Failure,
  type Storage,
} from "./messages";
import { openStore, type Opened } from "./stores";

/** A record that broke the engine so often is left alone. */
const BREAKS = 2;

/** Calls after which something is kept that was not before. */
const WRITES = new Set([...NOTED, "attach", "enrol"]);

/** What was thrown, as a failure; a trap of the engine is none and is thrown on. */
export function failureOf(error: unknown): Failure {
  if (error instanceof EngineError) return error.failure;
  if (typeof error === "string" && error.startsWith("{")) return JSON.parse(error) as Failure;
  throw error;
}

const OTHERS: Failure = {
  kind: OTHER_PERSON,
  en: "Another person's records are open now.",
  zh: "现在打开的是另一人的数据。",
};
const BROKEN: Failure = {
  kind: BROKEN_RECORD,
  en: "This record cannot be read on this device. The others are not touched by that.",
  zh: "本机无法读取这条记录，其他记录不受影响。",
  help: {
    en: "Nothing of it is lost. Synchronise and tell your supervisor; after an update of the app try again.",
    zh: "记录内容没有丢失。请同步并告知审核员；应用更新后可以再试。",
  },
};

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export class Leader {
  private syncing: Promise<unknown> | undefined;
  private keeping: Promise<void> = Promise.resolve();
  private heard: ((progress: unknown) => void)[] = [];
  private readonly types: [string, string];

  private readonly device: WebDevice;
  readonly storage: Storage;

  private constructor(
    private readonly opened: Opened,
    /** How often each record broke an engine. */
    private readonly broken: Map<string, number>,
    private readonly changed: (records: string[]) => void,
  ) {
    this.device = opened.device;
    this.storage = opened.storage;
    const [message = "", raw = ""] = WebDevice.media_types();
    this.types = [message, raw];
  }

  static async begin(module: URL, changed: (records: string[]) => void): Promise<Leader> {
    await load({ module_or_path: module });
    return new Leader(await openStore(), await broken(), changed);
  }

  /** Does a call. What it changed is on the disk when it is answered. */
  async run(ask: Ask, progress: (said: unknown) => void): Promise<unknown> {
    this.refuse(ask);
    const value = await this.answer(ask, progress);
    if (WRITES.has(ask.verb)) await this.keep(ask);
    return value;
  }

  /** What is not done here: somebody else's calls, and those for a record that breaks the engine. */
  private refuse(ask: Ask): void {
    if (ask.person !== undefined && ask.person !== this.opened.person) throw new EngineError(OTHERS);
    const record = recordOf(ask);
    if (record !== null && ask.verb !== "forgive" && this.isBroken(record)) throw new EngineError(BROKEN);
  }

  private isBroken(record: string): boolean {
    return (this.broken.get(record) ?? 0) >= BREAKS;
  }

  private async forgive(record: string): Promise<null> {
    this.broken.delete(record);
    await noteBroken(record, true);
    return null;
  }

  /** Lines with the mark of those that are left alone. */
  private list(said: { records: { record: string; broken?: boolean }[] }): unknown {
    for (const line of said.records) if (this.isBroken(line.record)) line.broken = true;
    return said;
  }

  private async answer(ask: Ask, progress: (said: unknown) => void): Promise<unknown> {
    const { args } = ask;
    switch (ask.verb) {
      case "enrol":
        return this.enrol(ask);
      case "sync":
        return this.sync(progress);
      case "bundle":
        return this.device.bundle();
      case "file":
        return this.device.file(text(args["record"]), text(args["path"])) ?? null;
      case "attach": {
        const at = JSON.stringify(args["at"]);
        const content = ask.bytes ?? new Uint8Array();
        const role = text(args["role"]) || undefined;
        const said = this.device.attach(at, text(args["path"]), content, text(args["name"]), role);
        return JSON.parse(said);
      }
      case "storage":
        return this.storage;
      case "anew":
        return null;
      case "forgive":
        return this.forgive(text(args["record"]));
      case "list":
        return this.list(JSON.parse(this.call(ask)));
      default:
        return JSON.parse(this.call(ask));
    }
  }

  private call({ args, verb, again }: Ask): string {
    return this.device.call(JSON.stringify({ ...args, verb, again }));
  }

  private async keep(ask: Ask): Promise<void> {
    await this.keepImage();
    const record = recordOf(ask);
    this.changed(record === null ? [] : [record]);
  }

  /** Images are kept one after another: an older one never covers a newer. */
  private keepImage(): Promise<void> {
    if (this.storage !== "image") return Promise.resolve();
    const next = () => keepImage(this.opened.folder, this.device.image());
    this.keeping = this.keeping.then(next, next);
    return this.keeping;
  }

  private async enrol({ args, again }: Ask): Promise<unknown> {
    const server = text(args["server"]).replace(/\/+$/, "");
    const standing = JSON.parse(this.device.call('{"verb":"standing"}'));
    if (again && standing.person !== null && standing.blocked === null) return standing.person;
    const body = this.device.enrol_request(text(args["code"]), text(args["name"]));
    let came: Came;
    try {
      came = await post(server + WebDevice.enrol_route(), this.types[0], body);
    } catch (error) {
      throw error instanceof NotAnswered ? WebDevice.offline(error.message) : error;
    }
    if (came.cut !== undefined) throw WebDevice.offline(came.cut);
    return JSON.parse(this.device.enrolled(server, came.status, came.body));
  }

  /** One sync at a time: who asks meanwhile hears of the one that runs. */
  private async sync(progress: (said: unknown) => void): Promise<unknown> {
    this.heard.push(progress);
    this.syncing ??= this.syncThrough().finally(() => {
      this.syncing = undefined;
      this.heard = [];
    });
    return this.syncing;
  }

  private async syncThrough(): Promise<unknown> {
    const { server } = JSON.parse(this.device.call('{"verb":"standing"}')) as { server: string | null };
    let step = this.device.sync_begin();
    try {
      while (step.kind !== "done") {
        const report: unknown = JSON.parse(step.report);
        for (const hear of this.heard) hear(report);
        const next = await this.next(server ?? "", step);
        step.free();
        step = next;
      }
      return JSON.parse(step.report);
    } finally {
      step.free();
      await this.keepImage();
      this.changed([]);
    }
  }

  private async next(server: string, step: Step): Promise<Step> {
    if (step.kind === "wait") {
      await new Promise((done) => setTimeout(done, step.wait_ms));
      return this.device.sync_woke();
    }
    let came: Came;
    try {
      came = await carry(server, step, this.types);
    } catch (error) {
      if (!(error instanceof NotAnswered)) throw error;
      // Where the phone itself says that there is no network, nobody waits for the tries of a bad one.
      if (!navigator.onLine) throw WebDevice.offline(error.message);
      return this.device.sync_failed(error.kind, error.message);
    }
    if (step.kind === "download") return this.device.sync_fetched(came.status, came.body, came.cut);
    if (came.cut !== undefined) return this.device.sync_failed(came.cut, "");
    return this.device.sync_replied(came.status, came.body);
  }
}
