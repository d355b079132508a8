// Where in the form a person is, by paths: a view that comes meanwhile moves nobody.

import type { View } from "./contract";
import { rowAt, stopOf, type Stop } from "./walk";

export type Mode = "pages" | "one";

export interface Place {
  /** The page; the number of pages: the completion screen. */
  page: number;
  /** A row opened on its own, by sections. */
  row: string | null;
  /** The question shown, one a screen. */
  at: string | null;
}

const KEY = "doorstep.form.mode";

export function modeKept(): Mode {
  return localStorage.getItem(KEY) === "one" ? "one" : "pages";
}

export function keepMode(mode: Mode): void {
  localStorage.setItem(KEY, mode);
}

/** The place that shows a path. */
export function placeOf(view: View, all: readonly Stop[], path: string, page: number): Place {
  const row = rowAt(view, path);
  const stop = stopOf(all, path);
  const inRow = row ? path : (stop?.rows.at(-1)?.path ?? null);
  const first = all.find((one) => one.page === page)?.item.path ?? null;
  const inside = row ? all.find((one) => one.rows.at(-1)?.path === path)?.item.path : undefined;
  return { page: row?.page ?? stop?.page ?? page, row: inRow, at: inside ?? stop?.item.path ?? first };
}

/** The next or the former place; none at the ends. */
export function step(view: View, all: readonly Stop[], place: Place, mode: Mode, by: 1 | -1): Place | null {
  const last = view.pages.length;
  if (mode === "pages") {
    const page = place.page + by;
    return page < 0 || page > last ? null : { page, row: null, at: null };
  }
  if (place.page === last) return by > 0 ? null : at(all[all.length - 1]);
  const index = all.findIndex((stop) => stop.item.path === place.at);
  const next = index + by;
  if (next >= all.length) return by > 0 ? { page: last, row: null, at: null } : null;
  return at(all[next]);
}

function at(stop: Stop | undefined): Place | null {
  return stop ? { page: stop.page, row: null, at: stop.item.path } : null;
}
