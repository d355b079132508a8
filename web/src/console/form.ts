// A form version as its package says it: which question stands at a path, what its answers are called, in which order
// they are shown. Everything here is text; nothing of a form is ever markup.

import type { Language, Said } from "../words/words";
import { heldIn, heldWords } from "./held";
import type { FormPackage, Value } from "./types";

type Node = Record<string, unknown>;
/** What stands at a path. */
type Answers = (path: string) => Value | undefined;

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

/** A schema on the way to a path. */
interface Step {
  node: Node;
  /** Its name in the texts of other languages. */
  dotted: string;
  /** The row it is, if it is one. */
  row: string;
  /** `$defs.cause`, where it is taken from there. */
  shared: string;
}

/** The name of what a schema takes from `$defs`, in the texts of other languages; empty when it takes nothing. */
function sharedIn(node: Node): string {
  const ref = asText(node["$ref"]);
  return ref.startsWith("#/$defs/") ? `$defs.${ref.slice(8)}` : "";
}

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

  /** The English of a key, of the question itself or of what it takes from `$defs`. */
  private inEnglish(step: Step, key: string): string {
    return asText(this.english[`${step.dotted}.${key}`]) || asText(this.english[`${step.shared}.${key}`]);
  }

  private follow(node: Node): Node {
    const ref = asText(node["$ref"]);
    if (!ref.startsWith("#/$defs/")) return node;
    return { ...asNode(asNode(this.root["$defs"])[ref.slice(8)]), ...node };
  }

  /** Every schema on the way to a path, with its dotted name; a row has none of its own. */
  private steps(path: string): Step[] {
    const steps: Step[] = [];
    let [node, dotted] = [this.root, ""];
    for (const segment of path.split("/")) {
      const own = asNode(asNode(node["properties"])[segment]);
      if (Object.keys(own).length > 0) {
        node = this.follow(own);
        dotted = dotted ? `${dotted}.${segment}` : segment;
        steps.push({ node, dotted, row: "", shared: sharedIn(own) });
      } else {
        const rows = asNode(node["additionalProperties"]);
        node = this.follow(rows);
        steps.push({ node, dotted, row: segment, shared: sharedIn(rows) });
      }
    }
    return steps;
  }

  private name(step: Step, language: Language): string {
    const zh = asText(step.node["title"]);
    const en = this.inEnglish(step, "label") || asText(this.english[step.dotted]);
    return (language === "en" && en) || zh || step.dotted;
  }

  /** What a question is called; inside rows without the roster's name. */
  label(path: string, language: Language): string {
    if (isClosing(path)) return language === "zh" ? "此行已删去" : "Row taken away";
    const steps = this.steps(path);
    const names = steps.filter((step) => step.row === "").map((step) => this.name(step, language));
    const inRow = steps.some((step) => step.row !== "");
    const shown = inRow && names.length > 1 ? names.slice(1) : names;
    return shown.join(" · ") || path;
  }

  /** What a row is called: the roster, and the person in it where the form says how. */
  rowLabel(row: string, nth: number, nameOf: Answers, language: Language): string {
    const [key = "", id = ""] = row.split("/");
    const roster = this.steps(key)[0];
    const rule = asNode(roster?.node["x-roster"]);
    const gone = language === "zh" ? "（已删去）" : " (taken away)";
    const closed = nameOf(`${row}/_deleted`) === true ? gone : "";
    const title = `${roster ? this.name(roster, language) : key}${closed}`;
    if (rule["kind"] === "yearly") return `${title} ${id}`;
    const named = asText(rule["label"]).match(/^row\.(\w+)$/)?.[1];
    const name = named ? nameOf(`${row}/${named}`) : undefined;
    return typeof name === "string" && name ? `${title} ${nth}: ${name}` : `${title} ${nth}`;
  }

  /** An answer in words; `others`: the answers beside it, for one that names a row. */
  value(
    path: string,
    value: Value | undefined,
    language: Language,
    others: Answers = () => undefined,
  ): string {
    if (value === null || value === undefined || value === "") return "—";
    if (typeof value === "boolean") return language === "zh" ? (value ? "是" : "否") : value ? "yes" : "no";
    const step = this.steps(path).at(-1);
    const unit = step ? this.unit(step, language) : "";
    if (typeof value === "object") return heldWords(value, unit, language);
    const text = String(value);
    // Only what the form asks for as one register of several parts: a text may begin with a bracket, too.
    const held = step && this.isHeld(step.node) ? heldIn(text) : undefined;
    if (Array.isArray(held))
      return held.map((each) => this.value(path, each as Value, language, others)).join(" > ");
    if (held) return heldWords(held, unit, language);
    const code = step ? this.codeOf(step, text) : undefined;
    if (code) return language === "zh" ? code[0] : code[1];
    const row = step ? this.rowName(asText(step.node["x-row-of"]), text, language, others) : undefined;
    if (row) return row;
    return unit ? `${text} ${unit}` : text;
  }

  /** The name of a row, where its roster says what names it. */
  private rowName(roster: string, row: string, language: Language, others: Answers): string | undefined {
    const rule = roster && asNode(this.steps(roster)[0]?.node["x-roster"]);
    const named = rule && asText(rule["label"]).match(/^row\.(\w+)$/)?.[1];
    const name = named ? others(`${roster}/${row}/${named}`) : undefined;
    return named && name ? this.value(`${roster}/${row}/${named}`, name, language) : undefined;
  }

  private isHeld(node: Node): boolean {
    return node["type"] === "object" || node["type"] === "array";
  }

  /** What is shown of an answer besides its words. */
  kind(path: string): "file" | "point" | "signature" | "plain" {
    const node = this.steps(path).at(-1)?.node ?? {};
    if (node["x-attachment"]) return "file";
    if (node["x-signature"]) return "signature";
    return asNode(asNode(node["properties"])["type"])["const"] === "Point" ? "point" : "plain";
  }

  /** How the form says that members come and leave, where it does. */
  get membership(): { roster: string; state: string; from: string; to: string; joined: string } | null {
    const told = asNode(this.root["x-membership"]);
    const part = (name: string): string => asText(told[name]);
    if (!part("roster")) return null;
    return {
      roster: part("roster"),
      state: part("state"),
      from: part("from"),
      to: part("to"),
      joined: part("joined"),
    };
  }

  /** Paths of all questions, also of those without an answer; inside rosters, of the rows that are there. */
  all(answered: string[]): string[] {
    const found = [...answered];
    const begins = (at: string): boolean => answered.some((path) => path === at || path.startsWith(`${at}/`));
    const walk = (node: Node, below: string): void => {
      for (const [key, own] of Object.entries(asNode(node["properties"]))) {
        const [question, at] = [this.follow(asNode(own)), below ? `${below}/${key}` : key];
        if (question["x-roster"]) {
          const depth = at.split("/").length + 1;
          const below = answered.filter((path) => path.startsWith(`${at}/`));
          const rows = new Set(below.map((path) => path.split("/").slice(0, depth).join("/")));
          for (const row of rows) walk(this.follow(asNode(question["additionalProperties"])), row);
        } else if (question["x-group"]) walk(question, at);
        else if (!begins(at)) found.push(at);
      }
    };
    walk(this.root, "");
    return found;
  }

  private unit(step: Step, language: Language): string {
    const unit = step.node["x-unit"];
    const zh = asText(unit) || asText(asNode(unit)["label"]) || asText(asNode(unit)["symbol"]);
    return (language === "en" && this.inEnglish(step, "unit")) || zh;
  }

  private codeOf(step: Step, code: string): Said | undefined {
    // Of a ranking the codes stand at its places.
    const items = asNode(step.node["items"]);
    const places = this.follow(items);
    const choices = (step.node["oneOf"] ?? places["oneOf"] ?? []) as Node[];
    const choice = choices.find((each) => each["const"] === code);
    if (choice) {
      const zh = asText(choice["title"]);
      return [zh, this.inEnglish({ ...step, shared: sharedIn(items) || step.shared }, code) || zh];
    }
    const rule = step.node["x-codes"] ?? places["x-codes"];
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

  /** Paths in the order of the form, by page; rows stay together, in their own order. What the form does not know comes last. */
  sections(paths: string[], language: Language, answer: Answers = () => undefined): Section[] {
    const left = new Set(paths.filter((path) => !path.startsWith("_")));
    const sections: Section[] = [];
    const take = (title: string, keys: string[]): void => {
      const lines = keys.flatMap((key) => this.linesUnder(key, left, answer));
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

  private linesUnder(key: string, paths: Set<string>, answer: Answers): Line[] {
    const found = [...paths].filter((path) => path === key || path.startsWith(`${key}/`));
    const rule = asNode(this.steps(key)[0]?.node)["x-roster"];
    if (!rule) return found.sort((a, b) => this.rank(a, b)).map((path) => ({ path, row: "" }));
    // What is said of the roster itself stands above its rows.
    const row = (path: string): string => (path === key ? "" : path.split("/").slice(0, 2).join("/"));
    const order = byOrder(answer);
    return found
      .filter((path) => !/\/_[^/]*$/.test(path) || isClosing(path))
      .sort((a, b) => (row(a) === row(b) ? this.rank(a, b) : order(row(a), row(b))))
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

/** Whether a row was taken away. People may differ about that, too; where they do not, it is no line of a record. */
export const isClosing = (path: string): boolean => path.endsWith("/_deleted");

/** Rows as people put them; ids come in the order in which rows were begun. */
export function byOrder(answer: Answers): (a: string, b: string) => number {
  const key = (row: string): string => {
    const order = answer(`${row}/_order`);
    return typeof order === "string" ? order : row.split("/").slice(1).join("/");
  };
  return (a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a < b ? -1 : a > b ? 1 : 0);
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
