// The REST API of the server, asked from a page: the session lies in a cookie, every change carries the page's word.

import type { Language } from "../words/words";
import type { SignedIn } from "./types";

/** What the server answers when something is not done (RFC 9457). */
export class Problem extends Error {
  constructor(
    /** The stable name: `not_found`, `different_answers`... */
    readonly kind: string,
    readonly status: number,
    /** A sentence in the language of the page. */
    readonly said: string,
    readonly violations: { pointer: string; detail: string }[] = [],
    readonly body: Record<string, unknown> = {},
  ) {
    super(kind);
  }
}

type Query = Record<string, string | number | boolean | null | undefined>;

let word = "";
let language: Language = "zh";
let ended: () => void = () => {};

/** The language in which problems are told. */
export function speak(now: Language): void {
  language = now;
}

/** What to do when the session has ended. */
export function whenEnded(then: () => void): void {
  ended = then;
}

/** An address with its query; what is empty is left out. */
export function address(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "" && value !== false)
      search.set(name, String(value));
  }
  const text = search.toString();
  return `/api/v1/${path}${text ? `?${text}` : ""}`;
}

async function ask<T>(method: string, url: string, body?: unknown, kind = "application/json"): Promise<T> {
  const headers: Record<string, string> = { "accept-language": language };
  if (method !== "GET") headers["x-doorstep-page"] = word;
  if (body !== undefined) headers["content-type"] = kind;
  const sent = body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body);
  let response: Response;
  try {
    response = await fetch(url, { method, headers, body: sent, credentials: "same-origin" });
  } catch {
    const said =
      language === "zh" ? "无法连接服务器，请检查网络后重试。" : "The server cannot be reached. Try again.";
    throw new Problem("unreachable", 0, said);
  }
  const text = await response.text();
  if (response.ok) return (text ? JSON.parse(text) : undefined) as T;
  const problem = problemOf(response.status, text);
  if (problem.kind === "sign_in_required") ended();
  throw problem;
}

function problemOf(status: number, text: string): Problem {
  try {
    const body = JSON.parse(text) as Record<string, unknown>;
    const kind = String(body["type"] ?? "").replace("urn:doorstep:problem:", "");
    const said = String(body["detail"] ?? body["title"] ?? "");
    const violations = (body["violations"] ?? []) as { pointer: string; detail: string }[];
    return new Problem(kind, status, said, violations, body);
  } catch {
    return new Problem(
      "unreadable",
      status,
      language === "zh" ? "服务器的回答无法识别。" : "The answer cannot be read.",
    );
  }
}

export const get = <T>(path: string, query?: Query): Promise<T> => ask<T>("GET", address(path, query));
export const post = <T>(path: string, body: unknown): Promise<T> => ask<T>("POST", address(path), body);
export const postText = <T>(path: string, text: string, kind: string): Promise<T> =>
  ask<T>("POST", address(path), text, kind);
export const remove = <T>(path: string): Promise<T> => ask<T>("DELETE", address(path));

function began(session: SignedIn): SignedIn {
  word = session.page ?? "";
  return session;
}

export const signIn = async (name: string, password: string): Promise<SignedIn> =>
  began(await post<SignedIn>("sessions", { name, password, cookie: true }));
/** Who is signed in, on a page that was loaded again. */
export const session = async (): Promise<SignedIn> => began(await get<SignedIn>("sessions"));
export const signOut = async (): Promise<void> => {
  await remove("sessions");
  word = "";
};
