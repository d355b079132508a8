import { beforeEach, expect, test, vi } from "vitest";
import type { Ask } from "./messages";
import { Unanswered } from "./unanswered";

class Memory implements Storage {
  private readonly kept = new Map<string, string>();
  get length(): number {
    return this.kept.size;
  }
  key(index: number): string | null {
    return [...this.kept.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.kept.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.kept.set(key, value);
  }
  removeItem(key: string): void {
    this.kept.delete(key);
  }
  clear(): void {
    this.kept.clear();
  }
}

let held: { name: string }[] = [];
let waiting: { name: string; granted: () => void }[] = [];
let stored: ((event: { key: string | null }) => void)[] = [];

beforeEach(() => {
  [held, waiting, stored] = [[], [], []];
  vi.stubGlobal("navigator", {
    locks: {
      request: (name: string, granted: () => void) => {
        if (held.some((lock) => lock.name === name)) waiting.push({ name, granted });
        else held.push({ name });
        return new Promise(() => {});
      },
      query: async () => ({ held }),
    },
  });
  vi.stubGlobal("addEventListener", (_: string, hear: (event: { key: string | null }) => void) => {
    stored.push(hear);
  });
});

/** A window is gone, and its lock with it. */
function close(window: string): void {
  const name = `doorstep.window.${window}`;
  held = held.filter((lock) => lock.name !== name);
  for (const one of waiting.filter((one) => one.name === name)) one.granted();
}

function answer(id: string, value: string): Ask {
  const at = { record: "r", language: "zh" };
  return { id, verb: "answer", args: { at, path: "address", value }, again: false };
}

test("what a window that is gone was not answered is made again, dated, in order", async () => {
  const store = new Memory();
  const gone = new Unanswered("gone", store);
  gone.note(answer("1", "a"));
  gone.note(answer("2", "b"));
  gone.note(answer("3", "c"));
  gone.answered("2");
  held = [];
  const here = new Unanswered("here", store);
  here.note(answer("4", "d"));
  const left = await here.left();
  expect(left.map((ask) => ask.args["value"])).toEqual(["a", "c"]);
  expect(left.every((ask) => ask.again)).toBe(true);
  expect(left[0]?.args["at"]).toMatchObject({ record: "r", asked_ms: expect.any(Number) });
  for (const ask of left) here.answered(ask.id);
  here.answered("4");
  expect(store.length).toBe(0);
});

test("a window that lives makes its own calls", async () => {
  const store = new Memory();
  new Unanswered("other", store).note(answer("1", "a"));
  expect(await new Unanswered("here", store).left()).toEqual([]);
});

test("a window that goes later leaves its calls to those that are open", async () => {
  const store = new Memory();
  const [early, late] = [new Unanswered("early", store), new Unanswered("late", store)];
  early.note(answer("1", "a"));
  const here = new Unanswered("here", store);
  const given: unknown[] = [];
  expect(await here.left()).toEqual([]);
  here.watch((asks) => given.push(...asks.map((ask) => ask.args["value"])));
  late.note(answer("2", "b"));
  for (const hear of stored) hear({ key: "doorstep.call.late.2" });
  expect(given).toEqual([]);
  close("late");
  expect(given).toEqual(["b"]);
  close("early");
  expect(given).toEqual(["b", "a"]);
});

test("reading is not noted", () => {
  const store = new Memory();
  new Unanswered("here", store).note({ id: "1", verb: "list", args: {}, again: false });
  expect(store.length).toBe(0);
});
