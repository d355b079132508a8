import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Marks } from "../../../src/form/marks.svelte";

describe("what is told of saving", () => {
  let marks: Marks;
  beforeEach(() => {
    vi.useFakeTimers();
    marks = new Marks();
  });
  afterEach(() => vi.useRealTimers());

  it("is told in words only when it takes long", () => {
    marks.set("name", { state: "saving", shown: "王" });
    expect([marks.state, marks.busy]).toEqual(["saved", true]);
    vi.advanceTimersByTime(149);
    expect(marks.state).toBe("saved");
    vi.advanceTimersByTime(1);
    expect(marks.state).toBe("saving");
    marks.delete("name");
    expect([marks.state, marks.busy]).toEqual(["saved", false]);
  });

  it("leaves nothing behind of what was quick", () => {
    marks.set("name", { state: "saving", shown: "王" });
    marks.delete("name");
    vi.advanceTimersByTime(1_000);
    expect(marks.state).toBe("saved");
  });

  it("tells a failure at once and above all else, with its place", () => {
    marks.set("causes/illness", { state: "failed", shown: true, message: "full" });
    marks.set("name", { state: "saving", shown: "王" });
    vi.advanceTimersByTime(1_000);
    expect(marks.state).toBe("unsaved");
    expect([marks.failedAt("causes"), marks.failedAt("cause"), marks.failedAt("name")]).toEqual([
      ["causes/illness"],
      [],
      [],
    ]);
    expect(marks.failed.get("causes/illness")).toBe("full");
    marks.delete("causes/illness");
    vi.advanceTimersByTime(150);
    expect([marks.state, marks.failedAt("causes")]).toEqual(["saving", []]);
  });
});
