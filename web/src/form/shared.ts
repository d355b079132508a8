// A view comes anew with every answer, and most of it says what it said before. What did not change is taken from the view
// before, so that the screen draws only what did.

type Node = Record<string, unknown>;

function isNode(value: unknown): value is Node {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** What names a question, a roster, a row among its neighbours. */
function pathOf(value: unknown): string | undefined {
  return isNode(value) && typeof value["path"] === "string" ? value["path"] : undefined;
}

/** `after`, with every part that is as it was before taken from there; `after` itself is changed for it. */
export function shared<T>(before: T, after: T): T {
  if (Array.isArray(before) && Array.isArray(after)) return list(before, after) as T;
  if (!isNode(before) || !isNode(after)) return after;
  return node(before, after) as T;
}

function node(before: Node, after: Node): Node {
  const keys = Object.keys(after);
  let same = Object.keys(before).length === keys.length;
  for (const key of keys) {
    const part = (after[key] = shared(before[key], after[key]));
    same &&= part === before[key] && key in before;
  }
  return same ? before : after;
}

function list(before: unknown[], after: unknown[]): unknown[] {
  const named = new Map(before.map((part) => [pathOf(part), part]));
  let same = before.length === after.length;
  after.forEach((part, at) => {
    const path = pathOf(part);
    after[at] = shared(path === undefined ? before[at] : named.get(path), part);
    same &&= after[at] === before[at];
  });
  return same ? before : after;
}
