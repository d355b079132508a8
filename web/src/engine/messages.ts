// What travels between a page, its worker, and the workers of other windows.

import type { Json } from "../form/contract";

/** A failure in both languages, with what to do. */
export interface Failure {
  kind: string;
  en: string;
  zh: string;
  where?: string;
  help?: { en: string; zh: string };
  violations?: Problem[];
}

/** What stands against completing a record. */
export interface Problem {
  path: string;
  /** The path in words. */
  place: string;
  key: string;
  severity: "error" | "warning";
  message: string;
}

/** What a window wants done. Bytes travel beside the words. */
export interface Ask {
  /** Unique over windows: an answer finds its call by it. */
  id: string;
  verb: string;
  args: Record<string, Json>;
  bytes?: Uint8Array;
  /** It may have been done already by a window that was closed. */
  again: boolean;
  /** Who asks: it is not done in anybody else's store. */
  person?: string;
}

export type Answer =
  | { id: string; value: unknown }
  | { id: string; failure: Failure }
  /** How far a sync is. */
  | { id: string; progress: unknown };

/** Where the answers are kept: the browser's file system; an image in its database; nowhere. */
export type Storage = "files" | "image" | "memory";

/** From a worker to its page. */
export type ToPage =
  | { answer: Answer }
  /** The engine runs (here, or in another window). */
  | { ready: { here: boolean; storage: Storage } }
  /** The engine here broke: the page starts a new worker, which makes its calls again. */
  | { broken: string }
  /** The engine here ends so that another store is opened: the page starts a new worker. */
  | { anew: true }
  /** The engine could not be started at all. */
  | { unusable: Failure }
  /** Something was kept: what is shown may be out of date. */
  | { changed: string[] };

/** Between workers. */
export type ToOthers =
  | { call: Ask }
  | { answer: Answer }
  | { changed: string[] }
  /** A worker runs the engine from now on: calls without an answer are made again. */
  | { leads: Storage }
  /** A worker that came later asks who runs it. */
  | { who: true };

/** A failure as an error; its message is read in the language given. */
export class EngineError extends Error {
  constructor(readonly failure: Failure) {
    super(failure.zh);
    this.name = "EngineError";
  }

  in(language: "zh" | "en"): string {
    const { help } = this.failure;
    const said = this.failure[language];
    return help ? `${said} ${help[language]}` : said;
  }
}

/** The record that a call is about. */
export function recordOf({ args }: Ask): string | null {
  const { at, record } = args;
  const place = at !== null && typeof at === "object" && !Array.isArray(at) ? at["record"] : record;
  return typeof place === "string" ? place : null;
}

/** The call was somebody else's: it waits until their store is open again. */
export const OTHER_PERSON = "other_person";

/** The store cannot be read. */
export const DAMAGED = "store_corrupt";

/** The record breaks the engine on this device. */
export const BROKEN_RECORD = "record_broken";

/** Calls that keep something, and can be made again from what is written down. */
export const NOTED: ReadonlySet<string> = new Set([
  "begin",
  "answer",
  "answer_text",
  "clear",
  "add_row",
  "remove_row",
  "resolve",
  "comment",
  "complete",
  "discard",
]);
