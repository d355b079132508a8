// An engine in memory over one view, just enough of client-core to type against: kinds are read, exclusives and two rules
// hold, rows come and go. A test can hold it, make it fail, and read what was done.

import { inside, ticksOf } from "../../src/form/answers";
import type {
  FormActs,
  ItemView,
  Json,
  QuestionView,
  RosterView,
  RowView,
  View,
} from "../../src/form/contract";
import { UNITS } from "../../src/form/quantity";
import { stops } from "../../src/form/walk";
import type { Language } from "../../src/words/words";

const EXCLUSIVE = "healthy";
const ROW = "01M8D94M8";

export class Fake implements FormActs {
  /** What was done, as text. */
  readonly log: string[] = [];
  /** The files that are here, by path. */
  private readonly files = new Map<string, Uint8Array>();
  changed: (view: View) => void = () => undefined;
  /** The page changes its language. */
  speak: (language: Language) => void = () => undefined;
  private failures = 0;
  private gate: Promise<void> | null = null;
  private opened: () => void = () => undefined;
  private rows = 0;
  private readonly villages: QuestionView["choices"];

  constructor(
    public view: View,
    private readonly language: Language,
  ) {
    this.villages = this.question("village")?.choices ?? [];
  }

  /** The next acts fail. */
  fail(times: number): void {
    this.failures = times;
  }

  /** Acts wait until `release`. */
  hold(): void {
    this.gate = new Promise((open) => (this.opened = open));
  }

  release(): void {
    this.gate = null;
    this.opened();
  }

  /** A view comes without an act: a synchronisation. */
  sync(change: (view: View) => void): void {
    const view = structuredClone(this.view);
    change(view);
    this.show(view);
  }

  /** Puts a value into a view that comes by itself. */
  set(view: View, path: string, value: Json): void {
    this.put(view, path, value);
  }

  answer(path: string, value: Json): Promise<void> {
    return this.act(`answer ${path} ${JSON.stringify(value)}`, (view) => this.put(view, path, value));
  }

  answerText(path: string, text: string): Promise<void> {
    return this.act(`text ${path} ${text}`, (view) => {
      const question = this.question(path, view);
      if (!question) throw new Error(`no question ${path}`);
      this.put(view, path, this.read(question, text));
    });
  }

  clear(path: string): Promise<void> {
    return this.act(`clear ${path}`, (view) => this.put(view, path, null));
  }

  async addRow(roster: string): Promise<string> {
    const id = `${ROW}${String(++this.rows).padStart(17, "0")}`;
    await this.act(`addRow ${roster}`, (view) => this.begin(view, roster, id, ""));
    return id;
  }

  removeRow(path: string): Promise<void> {
    return this.act(`removeRow ${path}`, (view) => {
      for (const roster of rosters(view)) roster.rows = roster.rows.filter((row) => row.path !== path);
    });
  }

  resolve(path: string, value: Json, reason: string | null): Promise<void> {
    const said = `resolve ${path} ${JSON.stringify(value)} ${reason ?? "-"}`;
    return this.act(said, (view) => this.put(view, path, value));
  }

  comment(path: string | null, text: string): Promise<void> {
    return this.act(`comment ${path ?? "-"} ${text}`, (view) => {
      const remark = { by: "zhangsan", at: Date.UTC(2014, 6, 1, 2), text };
      const question = path === null ? null : this.question(path, view);
      if (question) question.comments = [...(question.comments ?? []), remark];
      else view.comments.push(remark);
    });
  }

  file(path: string): Promise<Uint8Array | null> {
    return Promise.resolve(this.files.get(path) ?? null);
  }

  async attach(path: string, file: Blob, name: string, role?: string): Promise<void> {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const size = file.type.startsWith("image/") ? await sizeOf(file) : "";
    await this.act(`attach ${path} ${file.type} ${size} ${name}`, (view) => {
      const question = this.question(path, view);
      if (!question) throw new Error(`no question ${path}`);
      this.files.set(path, bytes);
      const about = { bytes: file.size, name, sha256: "5f".repeat(32), type: file.type };
      const signed = { by: name, heads: [], signed_on: "2014-07-01", attachment: about };
      question.value = JSON.stringify(question.kind === "signature" ? signed : about);
      question.words = role === undefined ? name : `${name}（${role}）`;
    });
  }

  complete(note: string | null): Promise<void> {
    return this.act(`complete ${note ?? "-"}`, (view) => void (view.state = "submitted"));
  }

  close(): void {
    this.log.push("close");
  }

  question(path: string, view = this.view): QuestionView | undefined {
    const stop = stops(view).find(({ item }) => item.item === "question" && item.path === path);
    return stop?.item.item === "question" ? stop.item : undefined;
  }

  private async act(said: string, change: (view: View) => void): Promise<void> {
    if (this.gate) await this.gate;
    if (this.failures > 0) {
      this.failures -= 1;
      this.log.push(`failed ${said}`);
      throw new Error(this.language === "zh" ? "存储空间不足" : "the storage is full");
    }
    const view = structuredClone(this.view);
    change(view);
    this.log.push(said);
    this.show(view);
  }

  private show(view: View): void {
    judge(view, this.language);
    this.view = view;
    this.changed(view);
  }

  private put(view: View, path: string, value: Json): void {
    const year = /^(.+)\/(\d{4})\/_order$/.exec(path);
    if (year?.[1] && year[2]) return this.begin(view, year[1], year[2], year[2]);
    const question = this.question(path, view);
    if (question) {
      question.value = value;
      delete question.different;
      delete question.words;
      if (typeof value === "string" && inside(value)) question.words = value;
      this.follow(view, question);
      return;
    }
    const above = path.slice(0, path.lastIndexOf("/"));
    const many = this.question(above, view);
    if (many?.kind !== "select_many") throw new Error(`no question ${path}`);
    const code = path.slice(above.length + 1);
    const others = ticksOf(many.value).filter((one) => one !== code);
    const beside = others.filter((one) => (code === EXCLUSIVE) === (one === EXCLUSIVE));
    many.value = value === true ? [...beside, code] : others;
    delete many.different?.[path];
  }

  /** What depends on an answer: the label, half the land, the villages of the town. */
  private follow(view: View, question: QuestionView): void {
    if (question.path === "land") {
      const half = this.question("half", view);
      if (half) half.value = question.value === null ? null : String(Number(question.value) / 2);
    }
    const village = question.path === "town" ? this.question("village", view) : undefined;
    if (village) {
      const town = String(question.value);
      village.choices =
        this.villages?.map(({ code, label }) => ({ code: town + code.slice(1), label })) ?? [];
    }
    for (const roster of rosters(view)) {
      for (const row of roster.rows)
        if (question.path === `${row.path}/name`) row.label = String(question.value ?? "");
    }
  }

  private read(question: QuestionView, text: string): Json {
    const not = (zh: string, en: string): Error =>
      new Error(this.language === "zh" ? `“${text}”不是${zh}` : `"${text}" is not ${en}`);
    switch (question.kind) {
      case "integer":
        if (!/^-?\d+$/.test(text)) throw not("整数", "a whole number");
        return Number(text);
      case "decimal":
        if (!/^-?\d+(\.\d+)?$/.test(text)) throw not("数字", "a number");
        return text;
      case "gps": {
        const [latitude, longitude, accuracy] = text.split(",").map(Number);
        if (!Number.isFinite(latitude) || !Number.isFinite(longitude)) throw not("坐标", "a position");
        const point = { coordinates: [longitude ?? 0, latitude ?? 0], type: "Point" };
        return JSON.stringify(accuracy === undefined ? point : { accuracy, ...point });
      }
      case "quantity": {
        const parts = /^(over|about|nearly|at least|at most)? ?([\d.x]+) ?(\w*)$/.exec(text);
        if (!parts?.[2]) throw not("数量", "a quantity");
        const said = parts[1] ? { qualifier: parts[1].replace(" ", "_") } : {};
        const code = parts[3] ?? "";
        const entered =
          code === "" ? {} : { entered: parts[2], entered_unit: code in UNITS ? code : `${code}_kg` };
        return JSON.stringify({ ...entered, ...said, unit: "kg", value: parts[2] });
      }
      default:
        return text;
    }
  }

  private begin(view: View, path: string, id: string, label: string): void {
    const roster = rosters(view).find((one) => one.path === path);
    const model = roster?.rows[0];
    if (!roster || !model) throw new Error(`no roster ${path}`);
    const text = JSON.stringify(model).replaceAll(model.path, `${path}/${id}`);
    const row = JSON.parse(text) as RowView;
    Object.assign(row, {
      id,
      label: label || String(roster.rows.length + 1),
      items: row.items.map(emptied),
      violations: [],
    });
    roster.rows.push(row);
  }
}

function emptied(item: ItemView): ItemView {
  if (item.item === "group") return { ...item, items: item.items.map(emptied) };
  if (item.item === "roster") return { ...item, rows: [] };
  const {
    different: _different,
    violations: _violations,
    comments: _comments,
    words: _words,
    ...bare
  } = item;
  return { ...bare, value: item.kind === "select_many" ? [] : null };
}

function rosters(view: View): RosterView[] {
  return stops(view).flatMap(({ item }) => (item.item === "roster" ? [item] : []));
}

/** Two rules of the form, and the counts that follow. */
function judge(view: View, language: Language): void {
  const all = stops(view);
  for (const { item } of all) {
    if (item.item !== "question" || item.path !== "age") continue;
    const age = typeof item.value === "number" ? item.value : 0;
    const [zh, en] = ["年龄不能超过 120 岁", "Nobody is older than 120"];
    const error = { key: "too_old", severity: "error" as const, message: language === "zh" ? zh : en };
    item.violations = age > 120 ? [error] : [];
  }
  let errors = 0;
  view.pages.forEach((page, index) => {
    const here = all.filter((stop) => stop.page === index).map(({ item }) => item);
    const wrong = here.filter((item) => item.violations?.some(({ severity }) => severity === "error")).length;
    const due = here.filter(
      (item) => item.item === "question" && item.required && item.value === null,
    ).length;
    errors += wrong + due;
    page.state = wrong > 0 ? "invalid" : due > 0 ? "incomplete" : "complete";
  });
  view.errors = errors;
}

async function sizeOf(picture: Blob): Promise<string> {
  const bitmap = await createImageBitmap(picture);
  return `${bitmap.width}x${bitmap.height}`;
}
