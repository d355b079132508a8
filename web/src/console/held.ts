// What one register holds as JSON (a file, a point, a signature, an amount), and how a person reads it. Nothing is trusted: it
// was written by a phone.

import type { Json } from "../form/contract";
import { quantityWords } from "../form/quantity";
import type { Language } from "../words/words";
import { MISSING } from "./words";

export interface HeldFile {
  sha256: string;
  type: string;
  name: string;
  bytes: number;
}
export interface HeldPoint {
  latitude: number;
  longitude: number;
  /** Metres; null when the phone did not say. */
  accuracy: number | null;
}
type Parts = Record<string, unknown>;

/** The inside of an answer; nothing when it is plain text that only begins like it. */
export function heldIn(value: unknown): unknown {
  if (typeof value !== "string" || !/^[{[]/.test(value)) return typeof value === "object" ? value : undefined;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}

function partsOf(value: unknown): Parts | null {
  const held = heldIn(value);
  return held !== null && typeof held === "object" && !Array.isArray(held) ? (held as Parts) : null;
}

export function fileOf(value: unknown): HeldFile | null {
  const parts = partsOf(value);
  const sha256 = parts?.["sha256"];
  if (!parts || typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) return null;
  const text = (key: string): string => (typeof parts[key] === "string" ? (parts[key] as string) : "");
  return { sha256, type: text("type"), name: text("name"), bytes: Number(parts["bytes"]) || 0 };
}

export function pointOf(value: unknown): HeldPoint | null {
  const parts = partsOf(value);
  const at = parts?.["coordinates"];
  if (!parts || !Array.isArray(at)) return null;
  const [longitude, latitude] = [Number(at[0]), Number(at[1])];
  const onEarth = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
  if (!onEarth) return null;
  const accuracy = parts["accuracy"];
  return { latitude, longitude, accuracy: typeof accuracy === "number" ? accuracy : null };
}

/** The picture of a signature, where there is one. */
export function pictureOf(value: unknown): HeldFile | null {
  return fileOf(partsOf(value)?.["attachment"]);
}

/** What a register of several parts says in words; `symbol` is the unit of the question. */
export function heldWords(value: unknown, symbol: string, language: Language): string {
  const parts = partsOf(value) ?? {};
  const missing = MISSING[String(parts["missing"])];
  if (missing) return language === "zh" ? missing[0] : missing[1];
  const point = pointOf(parts);
  if (point) return `${point.latitude.toFixed(5)}, ${point.longitude.toFixed(5)}`;
  const file = fileOf(parts);
  if (file) return [file.name, sizeWords(file.bytes)].filter(Boolean).join(" · ");
  if (typeof parts["signed_on"] === "string") return signed(parts, language);
  return quantityWords(parts as Json, symbol, language) ?? JSON.stringify(parts);
}

function signed(parts: Parts, language: Language): string {
  const [by, role, on] = [parts["by"], parts["role"], parts["signed_on"]].map((part) =>
    typeof part === "string" ? part : "",
  );
  const who = role ? (language === "zh" ? `${by}（${role}）` : `${by} (${role})`) : by;
  return `${who} ${on}`;
}

export function sizeWords(bytes: number): string {
  if (bytes <= 0) return "";
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
