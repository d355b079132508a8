import { expect, test } from "vitest";
import examples from "../../../client-core/src/session/changes.json";
import { changed, type Change } from "./change";

const change = (nth: number): Change => examples[nth]?.change as Change;

test.each(examples)("$what", ({ before, after, change }) => {
  const said = JSON.stringify(before);
  expect(changed(before, change as Change)).toEqual(after);
  expect(JSON.stringify(before)).toBe(said);
});

test("what is as it was is the same object, and what changed is new", () => {
  const before = examples[1]?.before as { items: { choices: object }[] };
  const [a, b] = before.items;
  const { items } = changed(before, change(1)) as typeof before;
  expect(items[1]).toBe(a);
  expect(items[2]).not.toBe(b);
  expect(items[2]?.choices).toBe(b?.choices);
  expect(changed(before, null)).toBe(before);
});
