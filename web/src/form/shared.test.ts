import { expect, test } from "vitest";
import { shared } from "./shared";

const question = (path: string, value: unknown) => ({ path, value, choices: [{ code: "a", label: "A" }] });

test("what is as it was is the same object, and what changed is new", () => {
  const before = { title: "T", items: [question("a", 1), question("b", 2), question("c", 3)] };
  // A question came above them, one changed, one went.
  const after = { title: "T", items: [question("new", 0), question("a", 1), question("b", 5)] };
  const said = JSON.stringify(after);
  const [a, b] = before.items;
  const both = shared(before, after);
  expect(JSON.stringify(both)).toBe(said);
  expect(both.items[1]).toBe(a);
  expect(both.items[2]).not.toBe(b);
  expect(both.items[2]?.choices).toBe(b?.choices);
});

test("a view that says the same is the view before", () => {
  const view = () => ({
    items: [question("a", { missing: "dk" }), question("b", null)],
    on: true,
    no: undefined,
  });
  const before = view();
  expect(shared(before, view())).toBe(before);
});

test("a part that is gone, or there with nothing in it, is a change", () => {
  const before: Record<string, unknown> = { a: 1, b: 2 };
  expect(shared(before, { a: 1 })).toEqual({ a: 1 });
  expect(shared({ a: 1 } as Record<string, unknown>, { b: undefined })).toEqual({ b: undefined });
  expect(shared([1, 2], [1])).toEqual([1]);
  expect(shared<unknown>({ a: 1 }, null)).toBeNull();
});
