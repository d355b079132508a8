// Calls that have no answer yet, noted before they are sent. A window that is killed between a person's hand and the engine
// (most likely while the engine moves to another window) leaves its note, and the next window makes the call again.

import { NOTED } from "./messages";
import type { Json } from "../form/contract";
import type { Ask } from "./messages";

const CALL = "doorstep.call.";
const WINDOW = "doorstep.window.";

interface Note {
  ask: Ask;
  asked_ms: number;
  number: number;
}

/** The record on the screen, with the time of the asking: what was said later stands. */
function dated({ ask, asked_ms }: Note): Ask {
  const at: Json | undefined = ask.args["at"];
  const isPlace = at !== undefined && at !== null && typeof at === "object" && !Array.isArray(at);
  const args = isPlace ? { ...ask.args, at: { ...at, asked_ms } } : ask.args;
  return { ...ask, args, again: true };
}

export class Unanswered {
  private readonly keys = new Map<string, string>();
  private number = 0;

  constructor(
    private readonly window: string,
    private readonly store: Storage,
  ) {
    // Held while the window lives: a note of a window without its lock was left behind.
    void navigator.locks?.request(WINDOW + window, () => new Promise<never>(() => {}));
  }

  note(ask: Ask): void {
    if (!NOTED.has(ask.verb)) return;
    const key = `${CALL}${this.window}.${ask.id}`;
    const note: Note = { ask, asked_ms: Date.now(), number: this.number++ };
    try {
      this.store.setItem(key, JSON.stringify(note));
      this.keys.set(ask.id, key);
    } catch {
      // No room for a note: the call itself is on its way.
    }
  }

  answered(id: string): void {
    const key = this.keys.get(id);
    if (key === undefined) return;
    this.store.removeItem(key);
    this.keys.delete(id);
  }

  /** What windows that are gone left behind, in the order it was asked for. */
  async left(): Promise<Ask[]> {
    const held = (await navigator.locks?.query())?.held ?? [];
    const alive = new Set(held.map((lock) => lock.name));
    return this.take((window) => !alive.has(WINDOW + window));
  }

  /** Gives the calls of every window that has notes, or makes some later, as soon as it is gone. */
  watch(give: (asks: Ask[]) => void): void {
    const waitedFor = new Set<string>();
    const wait = (key: string | null) => {
      const [window] = noted(key);
      if (window === undefined || window === this.window || waitedFor.has(window)) return;
      waitedFor.add(window);
      // Granted when the window that holds it is gone.
      void navigator.locks?.request(WINDOW + window, () => {
        waitedFor.delete(window);
        give(this.take((other) => other === window));
      });
    };
    this.noteKeys().forEach(wait);
    addEventListener("storage", (event) => wait((event as StorageEvent).key));
  }

  private noteKeys(): string[] {
    const keys: string[] = [];
    for (let index = 0; index < this.store.length; index++) keys.push(this.store.key(index) ?? "");
    return keys.filter((key) => key.startsWith(CALL));
  }

  /** The notes of other windows that are not in hand here yet. */
  private take(of: (window: string) => boolean): Ask[] {
    const notes: Note[] = [];
    for (const key of this.noteKeys()) {
      const [window = "", id = ""] = noted(key);
      if (window === this.window || this.keys.has(id) || !of(window)) continue;
      notes.push(JSON.parse(this.store.getItem(key) ?? "null") as Note);
      this.keys.set(id, key);
    }
    notes.sort((one, other) => one.asked_ms - other.asked_ms || one.number - other.number);
    return notes.map(dated);
  }
}

/** Window and call of a note's key. */
function noted(key: string | null): string[] {
  return key?.startsWith(CALL) ? key.slice(CALL.length).split(".") : [];
}
