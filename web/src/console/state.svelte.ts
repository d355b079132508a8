// What every screen shares: the language, who is signed in, where we are, what changed while we looked.

import { keepLanguage, languageKept, say, type Language, type Said } from "../words/words";
import { Problem, speak } from "./api";
import type { Me } from "./types";
import { WORDS, type Word } from "./words";

const first = languageKept();
speak(first);

export const ui = $state({ language: first, me: null as Me | null, notice: "" });

/** A word of the console in the language of the page; `{0}` and `{1}` take what follows. */
export function t(word: Word, ...parts: (string | number)[]): string {
  return parts.reduce<string>(
    (text, part, place) => text.replace(`{${place}}`, String(part)),
    say(WORDS[word], ui.language),
  );
}

/** A pair that came from the server or a form. */
export function both(said: Said): string {
  return say(said, ui.language);
}

/** Words as the server gives them. */
export interface Words {
  zh: string;
  en: string;
}

/** The same of the server's words; nothing where it gave none. */
export function words(given: Words | undefined): string {
  return given ? both([given.zh, given.en]) : "";
}

export function setLanguage(language: Language): void {
  ui.language = language;
  keepLanguage(language);
  speak(language);
}

/** A failure in words for the person. */
export function inWords(failure: unknown): string {
  return failure instanceof Problem ? failure.said : t("failed");
}

/** A moment as people here write it. */
export function when(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "—";
  const tag = ui.language === "zh" ? "zh-CN" : "en-GB";
  return new Intl.DateTimeFormat(tag, { dateStyle: "medium", timeStyle: "short" }).format(ms);
}

// Where we are: `#/queue?state=submitted`. What is looked at can be sent to a colleague as an address.

export interface Route {
  screen: string;
  id: string;
  query: Record<string, string>;
}

function parse(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#\/?/, "").split("?");
  const [screen = "", id = ""] = path.split("/").map(decodeURIComponent);
  return { screen: screen || "queue", id, query: Object.fromEntries(new URLSearchParams(search)) };
}

export const place = $state({ route: parse(location.hash) });
addEventListener("hashchange", () => {
  place.route = parse(location.hash);
});

export function hrefOf(screen: string, id = "", query: Record<string, string> = {}): string {
  const kept = Object.entries(query).filter(([, value]) => value !== "");
  const search = new URLSearchParams(kept).toString();
  return `#/${screen}${id ? `/${encodeURIComponent(id)}` : ""}${search ? `?${search}` : ""}`;
}

export function go(screen: string, id = "", query: Record<string, string> = {}): void {
  location.hash = hrefOf(screen, id, query);
}

// What changed while we looked.

export const live = $state({ on: false, turn: 0, records: [] as string[] });
let source: EventSource | null = null;

export function listen(): void {
  hush();
  source = new EventSource("/api/v1/events");
  source.onopen = () => (live.on = true);
  source.onerror = () => (live.on = false);
  source.addEventListener("records", (event) => {
    const told = JSON.parse((event as MessageEvent<string>).data) as { records: string[] };
    live.records = told.records;
    live.turn += 1;
  });
}

export function hush(): void {
  source?.close();
  source = null;
  live.on = false;
}
