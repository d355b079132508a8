// Carries the requests of a sync with `fetch`.

import type { Step } from "doorstep-wasm";

/** Time for a whole request, and for a piece of a file: what has arrived of that counts. */
const REQUEST_MS = 60_000;
const PIECE_MS = 300_000;
/** No server sends more in one answer. */
const LARGEST = 64 * 1024 * 1024;

/** What came back, as far as it came. */
export interface Came {
  status: number;
  body: Uint8Array;
  /** Why there is no more: `timed_out`, `cut`, `too_large`. */
  cut?: string;
}

/** Nothing came back. */
export class NotAnswered extends Error {
  constructor(
    readonly kind: "unreachable" | "timed_out",
    text: string,
  ) {
    super(text);
  }
}

function reason(error: unknown): "timed_out" | "cut" {
  return error instanceof DOMException && error.name === "TimeoutError" ? "timed_out" : "cut";
}

async function received(response: Response): Promise<Came> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  let cut: string | undefined;
  try {
    const reader = response.body?.getReader();
    for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
      size += piece.value.length;
      if (size > LARGEST) {
        cut = "too_large";
        await reader?.cancel();
        break;
      }
      pieces.push(piece.value);
    }
  } catch (error) {
    cut = reason(error);
  }
  const body = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    body.set(piece, at);
    at += piece.length;
  }
  return { status: response.status, body, ...(cut === undefined ? {} : { cut }) };
}

async function send(url: string, init: RequestInit, ms: number): Promise<Came> {
  let response: Response;
  try {
    response = await fetch(url, {
      ...init,
      signal: AbortSignal.timeout(ms),
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
    });
  } catch (error) {
    const kind = reason(error) === "timed_out" ? "timed_out" : "unreachable";
    throw new NotAnswered(kind, error instanceof Error ? error.message : String(error));
  }
  return received(response);
}

function headers(token: string | undefined, more: Record<string, string>): Record<string, string> {
  return token === undefined ? more : { ...more, authorization: `Bearer ${token}` };
}

/** Posts a message of the protocol. */
export function post(url: string, type: string, body: Uint8Array, token?: string): Promise<Came> {
  const sent = headers(token, { "content-type": type, accept: type });
  return send(url, { method: "POST", headers: sent, body: new Uint8Array(body) }, REQUEST_MS);
}

/** Does what a step of a sync asks of the network. */
export function carry(server: string, step: Step, [message, raw]: [string, string]): Promise<Came> {
  const url = server.replace(/\/+$/, "") + step.url;
  switch (step.kind) {
    case "upload": {
      const sent = headers(step.token, { "content-type": raw, accept: message });
      const body = new Uint8Array(step.body ?? []);
      return send(url, { method: "POST", headers: sent, body }, PIECE_MS);
    }
    case "download": {
      const sent = headers(step.token, { range: `bytes=${step.from}-${step.last}` });
      return send(url, { method: "GET", headers: sent }, PIECE_MS);
    }
    default:
      return post(url, message, step.body ?? new Uint8Array(), step.token);
  }
}
