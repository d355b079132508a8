// The engine itself: the one worker that holds the store does every call of every window, one after another. A sync lets
// other calls in between its steps.

import { NOTED } from "./messages";
import load, { WebDevice, type Step } from "doorstep-wasm";
import { NotAnswered, carry, post, type Came } from "./carry";
import { image, installation, keepImage } from "./kept";
import { EngineError, type Ask, type Failure, type Storage } from "./messages";

const FOLDER = "doorstep";

/** Calls after which something is kept that was not before. */
const WRITES = new Set([...NOTED, "attach", "enrol"]);

/** What was thrown, as a failure; a trap of the engine is none and is thrown on. */
export function failureOf(error: unknown): Failure {
  if (error instanceof EngineError) return error.failure;
  if (typeof error === "string" && error.startsWith("{")) return JSON.parse(error) as Failure;
  throw error;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export class Leader {
  private syncing: Promise<unknown> | undefined;
  private keeping: Promise<void> = Promise.resolve();
  private heard: ((progress: unknown) => void)[] = [];
  private readonly types: [string, string];

  private constructor(
    private readonly device: WebDevice,
    readonly storage: Storage,
    private readonly changed: (records: string[]) => void,
  ) {
    const [message = "", raw = ""] = WebDevice.media_types();
    this.types = [message, raw];
  }

  static async begin(module: URL, changed: (records: string[]) => void): Promise<Leader> {
    await load({ module_or_path: module });
    const install = await installation();
    // Who began without files goes on without: the work lies in the image.
    const before = await image();
    if (before === undefined && (await hasFiles())) {
      return new Leader(await openFiles(install), "files", changed);
    }
    const device = WebDevice.open_in_memory(before, install);
    return new Leader(device, "image", changed);
  }

  /** Does a call. What it changed is on the disk when it is answered. */
  async run(ask: Ask, progress: (said: unknown) => void): Promise<unknown> {
    const value = await this.answer(ask, progress);
    if (WRITES.has(ask.verb)) await this.keep(ask);
    return value;
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
        return JSON.parse(this.device.attach(at, text(args["path"]), content, text(args["name"])));
      }
      case "storage":
        return this.storage;
      default:
        return JSON.parse(this.device.call(JSON.stringify({ ...args, verb: ask.verb, again: ask.again })));
    }
  }

  private async keep(ask: Ask): Promise<void> {
    await this.keepImage();
    const { at, record } = ask.args;
    const place = at !== null && typeof at === "object" && !Array.isArray(at) ? at?.["record"] : record;
    this.changed(typeof place === "string" ? [place] : []);
  }

  /** Images are kept one after another: an older one never covers a newer. */
  private keepImage(): Promise<void> {
    if (this.storage !== "image") return Promise.resolve();
    const next = () => keepImage(this.device.image());
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

/** A worker that was ended just now may hold its files a moment longer. */
async function openFiles(install: Uint8Array): Promise<WebDevice> {
  for (let tries = 1; ; tries++) {
    try {
      return await WebDevice.open(FOLDER, install);
    } catch (error) {
      if (tries === 10 || failureOf(error).kind !== "no_storage") throw error;
      await new Promise((done) => setTimeout(done, 50 * tries));
    }
  }
}

/** Whether the origin's private file system can be written by a worker here. Tried, because some browsers only pretend. */
async function hasFiles(): Promise<boolean> {
  try {
    const root = await navigator.storage.getDirectory();
    const probe = await root.getFileHandle("doorstep-probe", { create: true });
    const handle = await probe.createSyncAccessHandle();
    handle.close();
    await root.removeEntry("doorstep-probe");
    return true;
  } catch {
    return false;
  }
}
