// A form version as its package says it: which question stands at a path, what its answers are called, in which order
// they are shown. Everything here is text; nothing of a form is ever markup.

import type { Language, Said } from "../words/words";
import { MISSING } from "./words";
import type { FormPackage, Value } from "./types";

type Node = Record<string, unknown>;

/** A line of a record as the form shows it. */
export interface Line {
  path: string;
  /** The row it stands in: `members/<row>`; empty outside rosters. */
  row: string;
}
export interface Section {
  title: string;
  lines: Line[];
}

const asNode = (value: unknown): Node => (value !== null && typeof value === "object" ? (value as Node) : {});
const asText = (value: unknown): string => (typeof value === "string" ? value : "");

/** The questions of one form version. */
export class FormText {
  private readonly root: Node;
  private readonly english: Record<string, unknown>;
  private readonly codes = new Map<string, Map<string, Said>>();
  private readonly order: { title: Said; keys: string[] }[] = [];
  readonly title: Said;

  constructor(private readonly files: FormPackage["files"]) {
    this.root = asNode(files["schema.json"]);
    this.english = asNode(files["i18n/en.json"]);
    const title = asNode(asNode(files["form.json"])["title"]);
    this.title = [asText(title["zh"]), asText(title["en"]) || asText(title["zh"])];
    for (const page of (asNode(files["ui.json"])["elements"] ?? []) as Node[]) this.page(page);
  }

  private page(page: Node): void {
    const keys: string[] = [];
    const walk = (element: Node): void => {
      const scope = asText(element["scope"]).match(/^#\/properties\/([^/]+)/)?.[1];
      if (scope) keys.push(scope);
      for (const inner of (element["elements"] ?? []) as Node[]) walk(inner);
    };
    walk(page);
    const key = asText(page["i18n"]);
    const zh = asText(page["label"]);
    this.order.push({ title: [zh, asText(this.english[key] ?? this.english[`${key}.label`]) || zh], keys });
  }

  private follow(node: Node): Node {
    const ref = asText(node["$ref"]);
    if (!ref.startsWith("#/$defs/")) return node;
    return { ...asNode(asNode(this.root["$defs"])[ref.slice(8)]), ...node };
  }

  /** Every schema on the way to a path, with its dotted name; a row has none of its own. */
  private steps(path: string): { node: Node; dotted: string; row: string }[] {
    const steps: { node: Node; dotted: string; row: string }[] = [];
    let [node, dotted] = [this.root, ""];
    for (const segment of path.split("/")) {
      const own = asNode(asNode(node["properties"])[segment]);
      if (Object.keys(own).length > 0) {
        node = this.follow(own);
        dotted = dotted ? `${dotted}.${segment}` : segment;
        steps.push({ node, dotted, row: "" });
      } else {
        node = this.follow(asNode(node["additionalProperties"]));
        steps.push({ node, dotted, row: segment });
      }
    }
    return steps;
  }

  private name(step: { node: Node; dotted: string }, language: Language): string {
    const zh = asText(step.node["title"]);
    const en = asText(this.english[`${step.dotted}.label`] ?? this.english[step.dotted]);
    return (language === "en" && en) || zh || step.dotted;
  }

  /** What a question is called; inside rows without the roster's name. */
  label(path: string, language: Language): string {
    const steps = this.steps(path);
    const names = steps.filter((step) => step.row === "").map((step) => this.name(step, language));
    const inRow = steps.some((step) => step.row !== "");
    const shown = inRow && names.length > 1 ? names.slice(1) : names;
    return shown.join(" · ") || path;
  }

  /** What a row is called: the roster, and the person in it where the form says how. */
  rowLabel(
    row: string,
    nth: number,
    nameOf: (path: string) => Value | undefined,
    language: Language,
  ): string {
    const [key = "", id = ""] = row.split("/");
    const roster = this.steps(key)[0];
    const rule = asNode(roster?.node["x-roster"]);
    const title = roster ? this.name(roster, language) : key;
    if (rule["kind"] === "yearly") return `${title} ${id}`;
    const named = asText(rule["label"]).match(/^row\.(\w+)$/)?.[1];
    const name = named ? nameOf(`${row}/${named}`) : undefined;
    return typeof name === "string" && name ? `${title} ${nth}: ${name}` : `${title} ${nth}`;
  }

  /** An answer in words. */
  value(path: string, value: Value | undefined, language: Language): string {
    if (value === null || value === undefined || value === "") return "—";
    if (typeof value === "boolean") return language === "zh" ? (value ? "是" : "否") : value ? "yes" : "no";
    const step = this.steps(path).at(-1);
    if (typeof value === "object") return compound(value, language);
    const text = String(value);
    const held = step && /^[{[]/.test(text) ? heldIn(text) : undefined;
    if (Array.isArray(held)) return held.map((each) => this.value(path, each as Value, language)).join(" > ");
    if (held) return compound(held as Record<string, unknown>, language);
    const code = step ? this.codeOf(step, text) : undefined;
    if (code) return language === "zh" ? code[0] : code[1];
    const unit = step ? this.unit(step, language) : "";
    return unit ? `${text} ${unit}` : text;
  }

  private unit(step: { node: Node; dotted: string }, language: Language): string {
    const unit = step.node["x-unit"];
    const zh = asText(unit) || asText(asNode(unit)["label"]);
    return (language === "en" && asText(this.english[`${step.dotted}.unit`])) || zh;
  }

  private codeOf(step: { node: Node; dotted: string }, code: string): Said | undefined {
    const choices = (step.node["oneOf"] ?? []) as Node[];
    const choice = choices.find((each) => each["const"] === code);
    if (choice) {
      const zh = asText(choice["title"]);
      return [zh, asText(this.english[`${step.dotted}.${code}`]) || zh];
    }
    const rule = step.node["x-codes"];
    const list = asText(rule) || asText(asNode(rule)["list"]);
    return list ? this.list(list).get(code) : undefined;
  }

  private list(name: string): Map<string, Said> {
    const known = this.codes.get(name);
    if (known) return known;
    const rows = csv(asText(this.files[`codes/${name}.csv`]));
    const [head = [], ...body] = rows;
    const at = (column: string): number => head.indexOf(column);
    const list = new Map<string, Said>();
    for (const row of body) {
      const zh = row[at("label")] ?? "";
      list.set(row[at("code")] ?? "", [zh, row[at("label_en")] || zh]);
    }
    this.codes.set(name, list);
    return list;
  }

  /** Paths in the order of the form, by page; rows stay together. What the form does not know comes last. */
  sections(paths: string[], language: Language): Section[] {
    const left = new Set(paths.filter((path) => !path.startsWith("_")));
    const sections: Section[] = [];
    const take = (title: string, keys: string[]): void => {
      const lines = keys.flatMap((key) => this.linesUnder(key, left));
      lines.forEach((line) => left.delete(line.path));
      if (lines.length > 0) sections.push({ title, lines });
    };
    for (const { title, keys } of this.order) take(language === "zh" ? title[0] : title[1], keys);
    take(language === "zh" ? "其他" : "Other", Object.keys(asNode(this.root["properties"])));
    const rest = [...left].sort();
    if (rest.length > 0) {
      sections.push({
        title: language === "zh" ? "表单没有的问题" : "Not in the form",
        lines: rest.map((path) => ({ path, row: "" })),
      });
    }
    return sections;
  }

  private linesUnder(key: string, paths: Set<string>): Line[] {
    const found = [...paths].filter((path) => path === key || path.startsWith(`${key}/`));
    const rule = asNode(this.steps(key)[0]?.node)["x-roster"];
    if (!rule) return found.sort((a, b) => this.rank(a, b)).map((path) => ({ path, row: "" }));
    const row = (path: string): string => path.split("/").slice(0, 2).join("/");
    return found
      .filter((path) => !/\/_[^/]*$/.test(path))
      .sort((a, b) => (row(a) === row(b) ? this.rank(a, b) : row(a) < row(b) ? -1 : 1))
      .map((path) => ({ path, row: row(path) }));
  }

  /** Order of two questions under the same parent: as the schema names them. */
  private rank(a: string, b: string): number {
    const place = (path: string): number[] => {
      const places: number[] = [];
      let node = this.root;
      for (const segment of path.split("/")) {
        places.push(Object.keys(asNode(node["properties"])).indexOf(segment));
        node = this.follow(asNode(asNode(node["properties"])[segment] ?? node["additionalProperties"]));
      }
      return places;
    };
    const [left, right] = [place(a), place(b)];
    for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
      const apart = (left[at] ?? -1) - (right[at] ?? -1);
      if (apart !== 0) return apart;
    }
    return a < b ? -1 : 1;
  }
}

/** What one register holds as JSON (a point, a ranking); nothing when it is plain text that begins like it. */
function heldIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function compound(value: Record<string, unknown>, language: Language): string {
  const missing = MISSING[asText(value["missing"])];
  if (missing) return language === "zh" ? missing[0] : missing[1];
  const point = value["coordinates"];
  if (Array.isArray(point)) return `${Number(point[1]).toFixed(5)}, ${Number(point[0]).toFixed(5)}`;
  return JSON.stringify(value);
}

/** A small CSV reader: quotes as RFC 4180 has them. */
export function csv(text: string): string[][] {
  const rows: string[][] = [];
  let [row, cell, quoted]: [string[], string, boolean] = [[], "", false];
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] ?? "";
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[at + 1] === '"') [cell, at] = [`${cell}"`, at + 1];
      else quoted = false;
    } else if (sign === '"') quoted = true;
    else if (sign === "," || sign === "\n") {
      row.push(cell.replace(/\r$/, ""));
      cell = "";
      if (sign === "\n") {
        rows.push(row);
        row = [];
      }
    } else cell += sign;
  }
  if (cell || row.length > 0) rows.push([...row, cell]);
  return rows.filter((each) => each.some((value) => value !== ""));
}
