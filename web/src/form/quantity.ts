// A quantity in three fields: how it is meant, the number, and the unit it is told in. The core reads the text they make.

import { inside } from "./answers";
import type { Json } from "./contract";
import { say, type Language, type Said } from "../words/words";

export type Qualifier = "over" | "about" | "nearly" | "at_least" | "at_most";

export interface Quantity {
  /** null: exact. */
  qualifier: Qualifier | null;
  /** As it was typed; also a masked number (`2x00`), or a whole text such as `70余万份`. */
  amount: string;
  /** A magnitude (`wan`), a code of another unit (`jin`), or empty: the question's own unit. */
  unit: string;
}

export const QUALIFIERS: readonly Qualifier[] = ["over", "about", "nearly", "at_least", "at_most"];
export const QUALIFIER_WORDS: Record<Qualifier, Said> = {
  over: ["余（超过）", "over"],
  about: ["约", "about"],
  nearly: ["近", "nearly"],
  at_least: ["至少", "at least"],
  at_most: ["至多", "at most"],
};
/** Words of 10,000 and so on; in English they are written as in Chinese, because there is no word. */
export const MAGNITUDES: Record<string, Said> = {
  qian: ["千", "qian (thousand)"],
  wan: ["万", "wan (10,000)"],
  yi: ["亿", "yi (100 million)"],
};

/** The names of client-core/forms/src/quantity/units.csv; a test compares them. */
export const UNITS: Record<string, Said> = {
  yuan: ["元", "yuan"],
  mu: ["亩", "mu"],
  area_fen: ["分", "fen (0.1 mu)"],
  hectare: ["公顷", "hectares"],
  m2: ["平方米", "m²"],
  jin: ["斤", "jin"],
  kg: ["公斤", "kg"],
  ton: ["吨", "tonnes"],
  m: ["米", "m"],
  km: ["公里", "km"],
  li: ["里", "li"],
  person: ["人", "persons"],
  person_time: ["人次", "visits"],
  household: ["户", "households"],
  household_time: ["户次", "household visits"],
  piece: ["个", "pieces"],
  copies: ["份", "copies"],
  head: ["头", "head"],
  animal: ["只", "animals"],
  plant: ["株", "plants"],
  place: ["处", "places"],
  room: ["间", "rooms"],
  set: ["套", "sets"],
  machine: ["台", "machines"],
  strip: ["条", "strips"],
  time: ["次", "times"],
  day: ["天", "days"],
};

/** A code as magnitude and unit: `wan_kg` is 万 and kg. */
function split(code: string): [magnitude: string, base: string] {
  const cut = code.indexOf("_");
  const before = code.slice(0, Math.max(cut, 0));
  return !(code in UNITS) && before in MAGNITUDES ? [before, code.slice(cut + 1)] : ["", code];
}

/** The name of a code; a unit of the form's own has only the symbol that the question shows. */
export function unitWords(code: string, symbol: string, language: Language): string {
  const [magnitude, base] = split(code);
  const known = UNITS[base];
  const unit = known ? say(known, language) : symbol;
  const word = MAGNITUDES[magnitude];
  if (!word) return unit;
  return language === "zh" ? word[0] + unit : `${magnitude} ${unit}`;
}

export function quantityOf(value: Json): Quantity | null {
  const parts = inside(value);
  if (parts === null || Array.isArray(parts)) return null;
  const text = (key: string): string => (typeof parts[key] === "string" ? parts[key] : "");
  const qualifier = QUALIFIERS.find((known) => known === parts["qualifier"]) ?? null;
  const entered = text("entered_unit");
  const [magnitude, base] = split(entered);
  const own = base === text("unit");
  return {
    qualifier,
    amount: text("masked") || text("entered") || text("value"),
    unit: own ? magnitude : entered,
  };
}

/** The three fields as they were just changed, not yet in a view. */
export function fieldsOf(value: Json): Quantity | null {
  const isFields = value !== null && typeof value === "object" && "amount" in value;
  return isFields ? (value as unknown as Quantity) : null;
}

/** The text that the core reads. Who types words into the number's field is taken at his word. */
export function quantityText({ qualifier, amount, unit }: Quantity): string {
  const plain = amount.trim();
  if (!/^[-\d.０-９．x□*]+$/.test(plain)) return plain;
  const before = qualifier === null ? "" : `${qualifier.replace("_", " ")} `;
  return `${before}${plain}${unit === "" ? "" : ` ${unit}`}`;
}

/** 余3000斤 for people: of one of different answers, which comes without words. */
export function quantityWords(value: Json, symbol: string, language: Language): string | null {
  const parts = inside(value);
  const quantity = quantityOf(value);
  if (quantity === null || parts === null || Array.isArray(parts) || quantity.amount === "") return null;
  const code = parts["entered_unit"] ?? parts["unit"];
  const unit = typeof code === "string" ? unitWords(code, symbol, language) : symbol;
  const word = quantity.qualifier === null ? "" : say(QUALIFIER_WORDS[quantity.qualifier], language);
  if (language === "en") return [word, quantity.amount, unit].filter((part) => part !== "").join(" ");
  return quantity.qualifier === "over" ? `${quantity.amount}余${unit}` : word + quantity.amount + unit;
}
