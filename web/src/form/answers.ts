// How answers of each kind are written for the core, and read from it. Pure; docs/form-format.md is the authority.

import type { Choice, Json, Kind, QuestionView } from "./contract";

export type Missing = "dk" | "refused" | "na";
export const MISSING: readonly Missing[] = ["dk", "refused", "na"];

/** What one typed text does. */
export type Act = { how: "answer"; value: Json } | { how: "text"; text: string } | { how: "clear" };

/** Full-width digits, signs and spaces, as Chinese input methods type them. */
export function halfWidth(text: string): string {
  return text
    .replace(/[０-９．－＋]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replace(/\u3000/g, " ")
    .trim();
}

/** A free text is the answer as it stands (also `?dk`); anything else typed is read by the core. */
export function typedAct(kind: Kind, text: string): Act {
  if (text.trim() === "") return { how: "clear" };
  return kind === "text" ? { how: "answer", value: text } : { how: "text", text };
}

/** False while somebody is in the middle of a number or a date: `12.`, `-`, a year of two digits. */
export function looksWhole(kind: Kind, text: string): boolean {
  const plain = halfWidth(text);
  switch (kind) {
    case "integer":
      return /^(|[-+]?\d+)$/.test(plain);
    case "decimal":
      return /^(|[-+]?\d+(\.\d+)?)$/.test(plain);
    case "date":
      return plain === "" || /^[12]\d{3}[-/.]\d{1,2}[-/.]\d{1,2}$/.test(plain);
    case "text":
      return true;
    default:
      return plain === "";
  }
}

/** `{"missing": "dk"}` */
export function missingJson(missing: Missing): Json {
  return { missing };
}

export function missingOf(value: Json): Missing | null {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return null;
  const code = value["missing"];
  return MISSING.find((missing) => missing === code) ?? null;
}

/** The inside of an answer that is one register of canonical JSON. */
export function inside(value: Json): { [key: string]: Json } | Json[] | null {
  let read: Json = value;
  if (typeof value === "string") {
    try {
      read = JSON.parse(value) as Json;
    } catch {
      return null;
    }
  }
  return typeof read === "object" ? read : null;
}

/** What an answer says of a picture: of a photo, or of a signature drawn by hand. None when it has none. */
export function pictureOf(value: Json): { sha256: string; type: string } | null {
  const about = inside(value);
  if (about === null || Array.isArray(about)) return null;
  const within = about["attachment"];
  const { sha256, type } = within !== undefined ? ((inside(within) ?? {}) as { [key: string]: Json }) : about;
  const isPicture = typeof type === "string" && type.startsWith("image/");
  return typeof sha256 === "string" && isPicture ? { sha256, type } : null;
}

/** A ranking as the core keeps it: `["roads","jobs"]`; nothing ranked is no answer. */
export function rankingJson(codes: readonly string[]): Json {
  return codes.length === 0 ? null : JSON.stringify(codes);
}

export function rankingOf(value: Json): string[] {
  const codes = inside(value);
  return Array.isArray(codes) ? codes.filter((code) => typeof code === "string") : [];
}

/** A position as text that the core reads: six places are a hand's breadth. */
export function positionText(latitude: number, longitude: number, accuracy: number): string {
  const places = (number: number, digits: number): string => String(Number(number.toFixed(digits)));
  return [places(latitude, 6), places(longitude, 6), places(accuracy, 1)].join(",");
}

/** What stands in the field of a typed answer. */
export function fieldText(kind: Kind, value: Json): string {
  if (value === null || missingOf(value) !== null) return "";
  const point = kind === "gps" ? inside(value) : null;
  if (point !== null && !Array.isArray(point) && Array.isArray(point["coordinates"])) {
    const [longitude, latitude] = point["coordinates"];
    const accuracy = point["accuracy"];
    const parts = typeof accuracy === "number" ? [latitude, longitude, accuracy] : [latitude, longitude];
    return parts.join(",");
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export function labelOf(choices: readonly Choice[] | undefined, code: string): string {
  return choices?.find((choice) => choice.code === code)?.label ?? code;
}

/** Short labels stand side by side on a phone: a Chinese character is two Latin letters wide. */
export function areShort(labels: readonly string[]): boolean {
  const width = (label: string): number => [...label].reduce((sum, c) => sum + (c > "\u2e7f" ? 2 : 1), 0);
  return labels.every((label) => width(label) <= 12);
}

export function ticksOf(value: Json): string[] {
  return Array.isArray(value) ? value.filter((code) => typeof code === "string") : [];
}

/** True when something stands there: a value, a missing code, or answers that differ. */
export function isAnswered(question: QuestionView): boolean {
  const { value } = question;
  const stands = Array.isArray(value) ? value.length > 0 : value !== null && value !== "";
  return stands || hasDifferent(question) || (question.unknown_codes?.length ?? 0) > 0;
}

export function hasDifferent(question: QuestionView): boolean {
  return Object.keys(question.different ?? {}).length > 0;
}
