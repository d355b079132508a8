// What is being saved, by path, as the screen reads it. A form has hundreds of questions and one of them is being saved: who
// looks at an answer hears of that one alone.

import { untrack } from "svelte";
import { SvelteMap } from "svelte/reactivity";
import type { Mark, Marking } from "./saves";
import type { Word } from "./words";

/** Milliseconds that saving takes before it is told: less is a flicker, and drawing it delays what the answer leads to. */
const FLICKER = 150;

/** The gravest first. */
const WORD_OF: readonly [Mark["state"], Word][] = [
  ["failed", "unsaved"],
  ["saving", "saving"],
  ["waiting", "waiting"],
];

/** The mark of one path: who reads it here hears of no other. */
class Cell {
  mark = $state.raw<Mark>();
}

/** What `Saves` tells, and the screen reads. */
export class Marks implements Marking {
  private readonly cells = new Map<string, Cell>();
  private readonly given = new Map<string, Mark>();
  /** Why saving failed, by path. */
  readonly failed = new SvelteMap<string, string>();
  /** How saving stands as a whole, in a word for people. */
  state = $state<Word>("saved");
  /** Something is being saved, told or not. */
  busy = $state(false);
  private later: ReturnType<typeof setTimeout> | undefined;

  get(path: string): Mark | undefined {
    return this.cell(path).mark;
  }

  set(path: string, mark: Mark): void {
    this.given.set(path, mark);
    this.tell(path, mark);
  }

  delete(path: string): void {
    if (this.given.delete(path)) this.tell(path, undefined);
  }

  entries(): Iterable<[string, Mark]> {
    return this.given.entries();
  }

  /** What failed at a question, or at a tick of it. */
  failedAt(path: string): string[] {
    return [...this.failed.keys()].filter((one) => one === path || one.startsWith(`${path}/`));
  }

  private tell(path: string, mark: Mark | undefined): void {
    this.cell(path).mark = mark;
    if (mark?.state === "failed") this.failed.set(path, mark.message ?? "");
    else this.failed.delete(path);
    const states = new Set([...this.given.values()].map(({ state }) => state));
    this.busy = states.has("saving");
    clearTimeout(this.later);
    const word = WORD_OF.find(([state]) => states.has(state))?.[1] ?? "saved";
    if (word === "saving") this.later = setTimeout(() => (this.state = word), FLICKER);
    else this.state = word;
  }

  private cell(path: string): Cell {
    // What looks for it first does not own it: it would not hear of it.
    const cell = this.cells.get(path) ?? untrack(() => new Cell());
    this.cells.set(path, cell);
    return cell;
  }
}
