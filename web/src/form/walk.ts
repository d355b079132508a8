// Where things stand in a view: a flat list of stops, what is unanswered, what is wrong.

import { isAnswered } from "./answers";
import type { ItemView, PageView, QuestionView, RosterView, RowView, Said, View } from "./contract";

/** A question or a roster, and the way to it. */
export interface Stop {
  page: number;
  /** The rows it stands in, outermost first. */
  rows: RowView[];
  /** Titles above it: groups, rosters with their rows. */
  crumbs: string[];
  item: ({ item: "question" } & QuestionView) | RosterView;
}

export type State = PageView["state"];

/** Something to mend, and where. */
export interface Problem {
  path: string;
  page: number;
  title: string;
  said: Said;
}

export interface Due {
  path: string;
  page: number;
  title: string;
}

type Way = Omit<Stop, "item">;

function under(items: readonly ItemView[], way: Way): Stop[] {
  return items.flatMap((item) => {
    if (item.item === "question") return [{ ...way, item }];
    if (item.item === "group") return under(item.items, crumb(way, item.title));
    const rows = item.rows.flatMap((row) => {
      const inRow = {
        page: way.page,
        rows: [...way.rows, row],
        crumbs: [...way.crumbs, item.title, row.label],
      };
      return under(row.items, inRow);
    });
    return [{ ...way, item }, ...rows];
  });
}

function crumb(way: Way, title: string): Way {
  return title === "" ? way : { ...way, crumbs: [...way.crumbs, title] };
}

/** Every question and roster in the order of the form. */
export function stops(view: View): Stop[] {
  return view.pages.flatMap((page, index) => under(page.items, { page: index, rows: [], crumbs: [] }));
}

/** The stop that shows a path: a question, a tick of one, a roster, or the roster of a row. */
export function stopOf(all: readonly Stop[], path: string): Stop | undefined {
  const exact = all.find((stop) => stop.item.path === path);
  if (exact) return exact;
  const above = path.lastIndexOf("/");
  return above < 0 ? undefined : stopOf(all, path.slice(0, above));
}

export function titleOf(stop: Stop): string {
  return [...stop.crumbs, stop.item.title].join(" › ");
}

/** A row by its path, with the rows around it. */
export function rowAt(
  view: View,
  path: string,
): { page: number; rows: RowView[]; roster: RosterView } | null {
  for (const stop of stops(view)) {
    if (stop.item.item !== "roster") continue;
    const row = stop.item.rows.find((one) => one.path === path);
    if (row) return { page: stop.page, rows: [...stop.rows, row], roster: stop.item };
  }
  return null;
}

/** Errors and warnings of the whole record, in the order of the form. */
export function problems(view: View): Problem[] {
  const whole = view.violations.map((said) => ({ path: "", page: 0, title: view.title, said }));
  const inside = stops(view).flatMap((stop) => {
    const { item, page } = stop;
    const here = (path: string, title: string, violations: readonly Said[]): Problem[] =>
      violations.map((said) => ({ path, page, title, said }));
    const own = here(item.path, titleOf(stop), item.violations ?? []);
    if (item.item === "question") return own;
    const rows = item.rows.flatMap((row) =>
      here(row.path, `${titleOf(stop)} › ${row.label}`, row.violations),
    );
    return [...own, ...rows];
  });
  return [...whole, ...inside];
}

/** Questions that a submission needs answered and that are not; a roster that lacks rows is told by its page. */
export function due(view: View): Due[] {
  const all = stops(view);
  const questions = all.flatMap((stop) => {
    const { item, page } = stop;
    const missing = item.item === "question" && item.required && !item.read_only && !isAnswered(item);
    return missing ? [{ path: item.path, page, title: titleOf(stop) }] : [];
  });
  const told = new Set(questions.map((question) => question.page));
  const pages = view.pages.flatMap((page, index) => {
    const roster = all.find((stop) => stop.page === index && stop.item.item === "roster");
    if (page.state !== "incomplete" || told.has(index)) return [];
    return [{ path: roster?.item.path ?? "", page: index, title: page.title }];
  });
  return [...questions, ...pages].sort((a, b) => a.page - b.page);
}

/** Questions left open that nobody must answer. */
export function open(view: View): number {
  const isOpen = ({ item }: Stop): boolean =>
    item.item === "question" && !item.required && !item.read_only && !isAnswered(item);
  return stops(view).filter(isOpen).length;
}

export function disputes(view: View): Due[] {
  return stops(view).flatMap((stop) => {
    const { item, page } = stop;
    const differ = item.item === "question" && Object.keys(item.different ?? {}).length > 0;
    return differ ? [{ path: item.path, page, title: titleOf(stop) }] : [];
  });
}

/** Whether a row is filled, as a page says it of itself. */
export function rowState(row: RowView): State {
  const all = under(row.items, { page: 0, rows: [], crumbs: [] });
  const inner = all.flatMap(({ item }) => (item.item === "roster" ? item.rows : []));
  const said = [row, ...all.map(({ item }) => item), ...inner].flatMap((one) => one.violations ?? []);
  if (said.some(({ severity }) => severity === "error")) return "invalid";
  const isDue = ({ item }: Stop): boolean => item.item === "question" && item.required && !isAnswered(item);
  return all.some(isDue) ? "incomplete" : "complete";
}
