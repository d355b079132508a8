import { expect, test } from "vitest";
import { changed, type Change } from "./change";

const question = (path: string, value: unknown) => ({ path, value, choices: [{ code: "a", label: "A" }] });

test("what is as it was is the same object, and what changed is new", () => {
  const before = { title: "T", items: [question("a", 1), question("b", 2), question("c", 3)], note: "N" };
  const said = JSON.stringify(before);
  // A question came above them, one changed, one went; a part is gone, one is there with nothing in it.
  const list: Change = {
    list: [{ set: { path: "new" } }, 0, [1, { keys: { value: { set: 5 } }, gone: [] }]],
  };
  const after = changed(before, { keys: { items: list, label: { set: null } }, gone: ["note"] });
  const [a, b] = before.items;
  expect(after).toEqual({
    title: "T",
    items: [{ path: "new" }, question("a", 1), question("b", 5)],
    label: null,
  });
  const { items } = after as typeof before;
  expect(items[1]).toBe(a);
  expect(items[2]).not.toBe(b);
  expect(items[2]?.choices).toBe(b?.choices);
  expect(JSON.stringify(before)).toBe(said);
});

test("a view that says the same is the view before", () => {
  const before = { items: [] };
  expect(changed(before, null)).toBe(before);
});
