import { describe, expect, it } from "vitest";
import type { View } from "../../../src/form/contract";
import { fit, jpegName } from "../../../src/form/picture";
import { placeOf, step } from "../../../src/form/place";
import { disputes, due, problems, rowAt, rowState, stopOf, stops } from "../../../src/form/walk";
import health from "../fixtures/health.zh.json";
import household from "../fixtures/household.zh.json";
import kinds from "../fixtures/kinds.zh.json";

const [view, register, service] = [kinds, household, health] as unknown as View[] as [View, View, View];
const MEMBER = "members/01M8D94M86FPDT5RJY71BXARBF";

describe("a view of the shipped forms", () => {
  it("is walked in its order, rows after their roster", () => {
    const all = stops(view);
    expect(all).toHaveLength(27);
    expect(new Set(all.map(({ item }) => item.path)).size).toBe(27);
    const sex = stopOf(all, `${MEMBER}/sex`);
    expect(sex?.crumbs).toEqual(["家庭成员", "赵小一"]);
    expect(sex?.page).toBe(3);
    expect(stopOf(all, "health/serious")?.item.path).toBe("health");
    expect(stopOf(all, "nothing")).toBeUndefined();
  });

  it("tells what is due, wrong and in dispute", () => {
    expect(due(view).map(({ path }) => path)).toEqual([`${MEMBER}/sex`]);
    expect(problems(view).map(({ path, said }) => [path, said.key])).toEqual([["age", "too_old"]]);
    expect(disputes(view).map(({ path }) => path)).toEqual(["name", "health", "grain"]);
    expect(disputes(register).map(({ path }) => path)).toEqual(["phone"]);
    expect(problems(register).some(({ path }) => path.endsWith("/work_months"))).toBe(true);
  });

  it("tells a page that nothing on it explains", () => {
    const bare: View = {
      ...view,
      pages: view.pages.map((page, at) => ({ ...page, state: at === 4 ? "incomplete" : page.state })),
    };
    expect(due(bare).map(({ path, page }) => [path, page])).toContainEqual(["years", 4]);
  });

  it("agrees with the core about what is due", () => {
    for (const one of [view, register, service]) {
      const wrong = problems(one).filter(({ said }) => said.severity === "error").length;
      expect(wrong + due(one).length).toBe(one.errors);
    }
  });

  it("knows how far a row is", () => {
    const state = (path: string): string => rowState(rowAt(view, path)!.rows.at(-1)!);
    expect(state(MEMBER)).toBe("incomplete");
    expect(state("members/01M8D94M85FXSRZZCY8P4E7QDB")).toBe("complete");
    const row = rowAt(register, "members/0000000000F6X8CBA99TXW9WFH")!.rows.at(-1)!;
    expect(rowState(row)).toBe("invalid");
    expect(rowAt(view, "members/none")).toBeNull();
  });
});

describe("a place", () => {
  const all = stops(view);

  it("leads to a question, a tick, a row", () => {
    expect(placeOf(view, all, "health/serious", 0)).toEqual({ page: 1, row: null, at: "health" });
    expect(placeOf(view, all, `${MEMBER}/sex`, 0)).toEqual({ page: 3, row: MEMBER, at: `${MEMBER}/sex` });
    expect(placeOf(view, all, MEMBER, 0)).toEqual({ page: 3, row: MEMBER, at: `${MEMBER}/name` });
    expect(placeOf(view, all, "", 4)).toEqual({ page: 4, row: null, at: "years" });
  });

  it("steps through sections or questions to the end and back", () => {
    const start = { page: 0, row: null, at: "name" };
    expect(step(view, all, start, "pages", -1)).toBeNull();
    expect(step(view, all, start, "one", -1)).toBeNull();
    expect(step(view, all, start, "one", 1)?.at).toBe("age");
    const end = { page: 5, row: null, at: null };
    expect(step(view, all, { page: 4, row: null, at: "years/2014/income" }, "one", 1)).toEqual(end);
    expect(step(view, all, end, "one", -1)?.at).toBe("years/2014/income");
    expect(step(view, all, end, "one", 1)).toBeNull();
    expect(step(view, all, end, "pages", -1)?.page).toBe(4);
    expect(step(view, all, end, "pages", 1)).toBeNull();
  });
});

describe("a picture", () => {
  it("is at most 1600 pixels long, keeps its shape, and never grows", () => {
    expect(fit(3200, 2400)).toEqual([1600, 1200]);
    expect(fit(1000, 4000)).toEqual([400, 1600]);
    expect(fit(640, 480)).toEqual([640, 480]);
    expect(fit(10_000, 1)).toEqual([1600, 1]);
    expect(jpegName("屋 1.HEIC")).toBe("屋 1.jpg");
    expect(jpegName("photo")).toBe("photo.jpg");
  });
});
