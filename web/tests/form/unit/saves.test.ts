import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Saves, type Mark } from "../../../src/form/saves";

/** An act that ends when the test says so. */
function slow(): {
  act: () => Promise<void>;
  end: () => void;
  fail: (why: string) => void;
  calls: () => number;
} {
  let calls = 0;
  let end: () => void = () => undefined;
  let fail: (why: string) => void = () => undefined;
  const act = (): Promise<void> => {
    calls += 1;
    return new Promise((resolve, reject) => {
      end = resolve;
      fail = (why) => reject(new Error(why));
    });
  };
  return { act, end: () => end(), fail: (why) => fail(why), calls: () => calls };
}

describe("saving", () => {
  let marks: Map<string, Mark>;
  let saves: Saves;
  let kept: string[];
  const keep = (text: string) => (): Promise<void> => {
    kept.push(text);
    return Promise.resolve();
  };
  const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

  beforeEach(() => {
    vi.useFakeTimers();
    marks = new Map();
    saves = new Saves(marks, 600);
    kept = [];
  });
  afterEach(() => vi.useRealTimers());

  it("waits for a pause of typing and keeps the last text only", async () => {
    saves.typed("name", "王", true, keep("王"));
    await vi.advanceTimersByTimeAsync(599);
    saves.typed("name", "王小", true, keep("王小"));
    await vi.advanceTimersByTimeAsync(599);
    expect(kept).toEqual([]);
    expect(marks.get("name")).toEqual({ state: "waiting", shown: "王小" });
    await vi.advanceTimersByTimeAsync(1);
    expect(kept).toEqual(["王小"]);
    expect(marks.get("name")?.state).toBe("saved");
  });

  it("does not save by itself what is half typed, but does at a flush", async () => {
    saves.typed("land", "12.", false, keep("12."));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(kept).toEqual([]);
    saves.flush();
    await settled();
    expect(kept).toEqual(["12."]);
  });

  it("flushes one path, or all", async () => {
    saves.typed("a", "1", true, keep("a"));
    saves.typed("b", "2", true, keep("b"));
    saves.flush("b");
    await settled();
    expect(kept).toEqual(["b"]);
    saves.flush();
    await settled();
    expect(kept).toEqual(["b", "a"]);
    saves.flush();
    await vi.advanceTimersByTimeAsync(600);
    expect(kept).toEqual(["b", "a"]);
  });

  it("saves one answer at a time, and the newest last", async () => {
    const first = slow();
    saves.now("poor", true, first.act);
    saves.now("poor", false, keep("false"));
    saves.now("poor", true, keep("true"));
    await settled();
    expect(kept).toEqual([]);
    first.end();
    await settled();
    expect(kept).toEqual(["true"]);
  });

  it("lets somebody go on typing while it saves", async () => {
    const first = slow();
    saves.typed("name", "王", true, first.act);
    await vi.advanceTimersByTimeAsync(600);
    saves.typed("name", "王小明", true, keep("王小明"));
    expect(marks.get("name")).toEqual({ state: "saving", shown: "王小明" });
    first.end();
    await settled();
    expect(marks.get("name")).toEqual({ state: "waiting", shown: "王小明" });
    saves.seen();
    expect(marks.get("name")?.shown).toBe("王小明");
    await vi.advanceTimersByTimeAsync(600);
    expect(kept).toEqual(["王小明"]);
  });

  it("shows what was given until the view that holds it comes", async () => {
    const act = slow();
    saves.now("poor", true, act.act);
    expect(marks.get("poor")).toEqual({ state: "saving", shown: true });
    act.end();
    await settled();
    expect(marks.get("poor")).toEqual({ state: "saved", shown: true });
    saves.seen();
    expect(marks.size).toBe(0);
  });

  it("shows the view's answer when that came before the act returned", async () => {
    const act = slow();
    saves.typed("age", "５２", true, act.act);
    saves.flush();
    saves.seen();
    expect(marks.get("age")).toEqual({ state: "saving", shown: "５２" });
    act.end();
    await settled();
    expect(marks.size).toBe(0);
  });

  it("keeps what failed, says why, and tries again", async () => {
    const act = slow();
    saves.now("name", "周四", act.act);
    act.fail("存储空间不足");
    await settled();
    expect(marks.get("name")).toEqual({ state: "failed", shown: "周四", message: "存储空间不足" });
    saves.seen();
    expect(marks.get("name")?.state).toBe("failed");
    expect(await saves.settle()).toBe(false);
    saves.retry("name");
    expect(act.calls()).toBe(2);
    act.end();
    expect(await saves.settle()).toBe(true);
    saves.retry("name");
    expect(act.calls()).toBe(2);
  });

  it("does not call a newer answer failed because an older one was", async () => {
    const first = slow();
    saves.now("name", "周", first.act);
    saves.now("name", "周四", keep("周四"));
    first.fail("网络");
    await settled();
    expect(kept).toEqual(["周四"]);
    expect(marks.get("name")?.state).toBe("saved");
  });

  it("settles what waits and what runs, also what is wanted meanwhile", async () => {
    const first = slow();
    saves.now("a", 1, first.act);
    saves.typed("b", "2", false, keep("b"));
    const whole = saves.settle();
    await settled();
    saves.now("a", 2, keep("a2"));
    first.end();
    expect(await whole).toBe(true);
    expect(kept).toEqual(["b", "a2"]);
  });

  it("gives up what could not be saved, and never what is on its way", async () => {
    const act = slow();
    saves.now("members/1/name", "x", act.act);
    saves.giveUp("members/1/name");
    expect(marks.get("members/1/name")?.state).toBe("saving");
    act.fail("no");
    await settled();
    saves.giveUpBelow("members/1");
    expect(marks.size).toBe(0);
    expect(await saves.settle()).toBe(true);
  });
});
