// A view comes anew with every answer, and most of it says what it said before: the engine tells what changed
// (client-core/src/session/screen.rs; `changes.json` beside it holds the examples of both). What did not change is the same
// object, so that the screen draws only what did.

import type { Json } from "../form/contract";

interface Other {
  set: Json;
}
/** `null`: as before. */
export type Change = null | Other | { keys: Record<string, Change>; gone: string[] } | { list: Element[] };
/** The place of one before; one before with what changed in it; another one. */
type Element = number | [number, Change] | Other;

/** What is shown after a change of what was shown before, which stays as it is. */
export function changed(before: unknown, change: Change): unknown {
  if (change === null) return before;
  if ("set" in change) return change.set;
  if ("list" in change) return change.list.map((element) => one(before as unknown[], element));
  const after = { ...(before as Record<string, unknown>) };
  for (const [key, part] of Object.entries(change.keys)) after[key] = changed(after[key], part);
  for (const key of change.gone) delete after[key];
  return after;
}

function one(before: unknown[], element: Element): unknown {
  if (typeof element === "number") return before[element];
  return Array.isArray(element) ? changed(before[element[0]], element[1]) : element.set;
}
