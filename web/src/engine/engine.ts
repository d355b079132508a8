// The engine as a page uses it: a promise per call, whichever window runs it.

import type { Json, View } from "../form/contract";
import type { Language } from "../words/words";
import { changed, type Change } from "./change";
import {
  DAMAGED,
  EngineError,
  OTHER_PERSON,
  type Answer,
  type Ask,
  type Failure,
  type Problem,
  type Storage,
  type ToPage,
} from "./messages";
import type {
  Area,
  Checked,
  FormLine,
  Line,
  Lines,
  Opened,
  Person,
  Purpose,
  Query,
  Standing,
  SyncReport,
  Work,
} from "./said";
import { Unanswered } from "./unanswered";

export { BROKEN_RECORD, DAMAGED, EngineError, type Failure, type Problem, type Storage } from "./messages";
export type * from "./said";

interface Waiting {
  ask: Ask;
  done(value: unknown): void;
  failed(error: unknown): void;
  heard?: (progress: unknown) => void;
  /** How many engines broke while it was asked for. */
  tries: number;
}

/** What a form shows after a call: the whole, or what changed in the view that was held when it was called. */
type Shown = { record: string; name: string } & ({ view: View } | { change: Change });

/** Unique over windows; the handier `randomUUID` is missing where the address is not encrypted. */
function callId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
}

/** How often an engine that breaks is started anew before its calls are given up. */
const STARTS = 3;

export class Engine {
  private worker: Worker;
  private readonly unanswered = new Unanswered(callId(), localStorage);
  private waiting = new Map<string, Waiting>();
  private starts = 0;
  private ready = false;
  /** Who uses the app: what is asked for goes into their store, or nowhere. */
  person: string | null = null;
  /** The view that came last, under the engine's name for it. */
  private held: { name: string; view: View } | undefined;
  private listeners = new Set<(records: string[]) => void>();
  private storageKnown: (storage: Storage) => void = () => {};

  /** Where answers are kept; resolves when the engine runs, rejects when this browser cannot run it. */
  readonly storage: Promise<Storage>;
  private unusable: (error: unknown) => void = () => {};
  /** The store turned out to be damaged while it was in use. */
  onDamaged: (error: EngineError) => void = () => {};

  constructor() {
    this.storage = new Promise((done, failed) => {
      this.storageKnown = done;
      this.unusable = failed;
    });
    this.worker = this.spawn();
    void this.takeOver();
  }

  /** Makes the calls again that other windows left behind, and those of windows that go later. */
  private async takeOver(): Promise<void> {
    this.makeAgain(await this.unanswered.left());
    this.unanswered.watch((asks) => this.makeAgain(asks));
  }

  /** Nobody waits for these calls: a failure is not told. */
  private makeAgain(asks: Ask[]): void {
    const ignore = () => {};
    for (const ask of asks) {
      this.waiting.set(ask.id, { ask, done: ignore, failed: ignore, tries: 0 });
      this.worker.postMessage(ask);
    }
  }

  private spawn(): Worker {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "doorstep" });
    worker.addEventListener("message", ({ data }: MessageEvent<ToPage>) => this.hear(data));
    worker.addEventListener("error", (event) => this.restart(event.message));
    return worker;
  }

  private hear(message: ToPage): void {
    if ("answer" in message) this.answered(message.answer);
    else if ("ready" in message) this.started(message.ready.storage);
    else if ("changed" in message) this.tell(message.changed);
    else if ("anew" in message) this.renew();
    else if ("broken" in message) this.restart(message.broken);
    else this.stop(message.unusable);
  }

  private tell(records: string[]): void {
    for (const listen of this.listeners) listen(records);
  }

  /** An engine runs. Another than before may have another store open. */
  private started(storage: Storage): void {
    this.storageKnown(storage);
    if (this.ready) this.tell([]);
    this.ready = true;
  }

  private answered(answer: Answer): void {
    const waiting = this.waiting.get(answer.id);
    if (waiting === undefined) return;
    if ("progress" in answer) {
      waiting.heard?.(answer.progress);
      return;
    }
    this.waiting.delete(answer.id);
    this.starts = 0;
    if (!("failure" in answer)) {
      this.unanswered.answered(answer.id);
      waiting.done(answer.value);
      return;
    }
    const error = new EngineError(answer.failure);
    // What somebody else had asked for stays noted until they are back.
    if (error.failure.kind !== OTHER_PERSON) this.unanswered.answered(answer.id);
    if (error.failure.kind === DAMAGED) this.onDamaged(error);
    waiting.failed(error);
  }

  /** A new worker for one that broke; its calls are made again, those that break it are given up in the end. */
  private restart(why: string): void {
    const error = new EngineError({
      kind: "broken",
      en: "The app stopped at this step. What was kept before is safe.",
      zh: "应用在这一步出错停止，此前保存的内容不受影响。",
      where: why,
    });
    for (const [id, waiting] of this.waiting) {
      waiting.tries += 1;
      if (waiting.tries <= STARTS) continue;
      // Not made again by another window either: it may be what breaks the engine.
      this.unanswered.answered(id);
      this.waiting.delete(id);
      waiting.failed(error);
    }
    this.starts += 1;
    if (this.starts > STARTS) this.unusable(error);
    this.renew();
  }

  /** A new worker; it is asked again for everything that has no answer. */
  private renew(): void {
    this.worker.terminate();
    this.worker = this.spawn();
    for (const { ask } of this.waiting.values()) this.worker.postMessage({ ...ask, again: true });
  }

  private stop(failure: Failure): void {
    const error = new EngineError(failure);
    this.unusable(error);
    for (const waiting of this.waiting.values()) waiting.failed(error);
    this.waiting.clear();
  }

  private call<T>(
    verb: string,
    args: Record<string, Json> = {},
    more: { bytes?: Uint8Array; heard?: (progress: unknown) => void } = {},
  ): Promise<T> {
    const ask: Ask = { id: callId(), verb, args, again: false };
    if (more.bytes !== undefined) ask.bytes = more.bytes;
    if (this.person !== null) ask.person = this.person;
    return new Promise<T>((done, failed) => {
      const waiting: Waiting = { ask, done: (value) => done(value as T), failed, tries: 0 };
      if (more.heard !== undefined) waiting.heard = more.heard;
      this.waiting.set(ask.id, waiting);
      this.unanswered.note(ask);
      this.worker.postMessage(ask);
    });
  }

  /** A call after which a form shows something. */
  private async show(
    verb: string,
    place: Place,
    args: Record<string, Json>,
    bytes?: Uint8Array,
  ): Promise<Opened> {
    const { held } = this;
    const at: Record<string, Json> = held === undefined ? { ...place } : { ...place, holds: held.name };
    const words = verb === "open" ? at : { at, ...args };
    const shown = await this.call<Shown>(verb, words, bytes === undefined ? {} : { bytes });
    const view = "view" in shown ? shown.view : (changed(held?.view, shown.change) as View);
    this.held = { name: shown.name, view };
    return { record: shown.record, view };
  }

  /** Tells when something was kept, in any window; with the records, or none when anything may have changed. */
  onChange(listen: (records: string[]) => void): () => void {
    this.listeners.add(listen);
    return () => this.listeners.delete(listen);
  }

  enrol(server: string, code: string, name: string): Promise<Person> {
    return this.call("enrol", { server, code, name });
  }

  sync(progress: (report: SyncReport) => void): Promise<SyncReport> {
    return this.call("sync", {}, { heard: (said) => progress(said as SyncReport) });
  }

  standing(): Promise<Standing> {
    return this.call("standing");
  }

  list(query: Query): Promise<Lines> {
    const { search = null, form = null, group = null, test = null, from = 0, limit = 50 } = query;
    return this.call("list", { search, form, group, test, from, limit });
  }

  async todo(): Promise<Work[]> {
    return (await this.call<{ assignments: Work[] }>("todo")).assignments;
  }

  async forms(): Promise<FormLine[]> {
    return (await this.call<{ forms: FormLine[] }>("forms")).forms;
  }

  async areas(): Promise<Area[]> {
    return (await this.call<{ areas: Area[] }>("areas")).areas;
  }

  /** Begins a record and gives its id. */
  async begin(form: string, area: string | null, subject: string | null, purpose: Purpose): Promise<string> {
    const { record } = await this.call<{ record: string }>("mint");
    const [test, practice] = [purpose === "test_version", purpose === "practice"];
    await this.call("begin", { record, form, area, subject, test, practice });
    return record;
  }

  open(record: string, language: Language): Promise<Opened> {
    return this.show("open", { record, language }, {});
  }

  answer(at: Place, path: string, value: Json): Promise<Opened> {
    return this.show("answer", at, { path, value });
  }

  answerText(at: Place, path: string, text: string): Promise<Opened> {
    return this.show("answer_text", at, { path, text });
  }

  clear(at: Place, path: string): Promise<Opened> {
    return this.show("clear", at, { path });
  }

  async addRow(at: Place, roster: string): Promise<Opened & { row: string }> {
    const { row } = await this.call<{ row: string }>("mint");
    const opened = await this.show("add_row", at, { roster, row });
    return { ...opened, row };
  }

  removeRow(at: Place, path: string): Promise<Opened> {
    return this.show("remove_row", at, { path });
  }

  resolve(at: Place, path: string, value: Json, reason: string | null): Promise<Opened> {
    return this.show("resolve", at, { path, value, reason });
  }

  comment(at: Place, path: string | null, text: string): Promise<Opened> {
    return this.show("comment", at, { path, text });
  }

  async attach(
    at: Place,
    path: string,
    file: Blob,
    name: string,
    role: string | null = null,
  ): Promise<Opened> {
    const bytes = new Uint8Array(await file.arrayBuffer());
    return this.show("attach", at, { path, name, role }, bytes);
  }

  /** The bytes of a file; null while they are not here: then the next sync fetches them. */
  file(record: string, path: string): Promise<Uint8Array | null> {
    return this.call("file", { record, path });
  }

  check(at: Place): Promise<Checked> {
    return this.call("check", { ...at });
  }

  complete(at: Place, note: string | null, withErrors: boolean): Promise<{ violations: Problem[] }> {
    return this.call("complete", { at: { ...at }, note, with_errors: withErrors });
  }

  discard(record: string, undo: boolean): Promise<Line> {
    return this.call("discard", { record, undo });
  }

  /** Begins a new engine with the store of whoever is current, in whichever window it runs. */
  async anew(person: string): Promise<void> {
    this.person = null;
    await this.call("anew");
    this.person = person;
  }

  /** A record that broke the engine is tried again. */
  forgive(record: string): Promise<null> {
    return this.call("forgive", { record });
  }

  /** What waits to be sent, as files that anybody may carry and only the server can read. */
  bundle(): Promise<Uint8Array[]> {
    return this.call("bundle");
  }
}

/** A record on a screen in a language. */
export interface Place {
  record: string;
  language: Language;
}
