// What a form is drawn from, and what a person does to it. The view is made by the form session of client-core and comes
// as its JSON; whoever mounts the form performs the acts and passes the next view.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type Kind =
  | "text"
  | "decimal"
  | "integer"
  | "bool"
  | "date"
  | "select_one"
  | "select_many"
  | "gps"
  | "compound"
  | "ranking"
  | "quantity"
  | "signature"
  | "attachment";

/** A record being filled. */
export interface View {
  title: string;
  /** What people call the record. */
  label: string;
  /** Area code. */
  area: string;
  /** `draft`, `submitted`, `sent_back`, `approved`, `confirmed` or `not_accepted`. */
  state: string;
  /** Practice, or under a test version: it counts nowhere. */
  test?: boolean;
  /** Set aside as entered by mistake. */
  discarded?: boolean;
  /** Where the form asks how the visit ended. */
  visit_outcome?: string;
  version: number;
  /** A newer version that it does not go on under, because that is built otherwise. */
  newer_version?: number;
  /** Rules changed since the record was begun: told once. */
  notice?: Notice;
  pages: PageView[];
  /** Errors and warnings of a full check. */
  errors: number;
  warnings: number;
  /** Violations of the record as a whole. */
  violations: Said[];
  /** Remarks on the record as a whole, oldest first. */
  comments: Remark[];
}

export interface Notice {
  from: number;
  to: number;
  changes: Json[];
  en: string;
  zh: string;
}

export interface PageView {
  key: string;
  title: string;
  state: "complete" | "incomplete" | "invalid";
  items: ItemView[];
}

export type ItemView = ({ item: "question" } & QuestionView) | GroupView | RosterView;

export interface GroupView {
  item: "group";
  /** May be empty. */
  title: string;
  items: ItemView[];
}

export interface RosterView {
  item: "roster";
  /** Rows are added below it. */
  path: string;
  title: string;
  /** Rows are years, named by the person. */
  yearly: boolean;
  rows: RowView[];
  violations: Said[];
}

export interface RowView {
  /** Row id or year. */
  id: string;
  /** `members/<row>`. */
  path: string;
  label: string;
  items: ItemView[];
  violations: Said[];
}

export interface QuestionView {
  path: string;
  kind: Kind;
  title: string;
  hint?: string;
  /** Symbol of the unit. */
  unit?: string;
  required: boolean;
  /** Calculated, copied, or written by the office. */
  read_only: boolean;
  /** Of a multi-select the list of ticked codes; null when there is none, or when answers differ. */
  value: Json;
  /** The value in words, where it is one register of several parts, or a choice that is not offered. */
  words?: string;
  /** Of a signature: changed after signing; of a file: where it is. */
  remark?: string;
  /** Where answers differ: all of them, by time. Of a multi-select, by tick. */
  different?: Record<string, ShownCandidate[]>;
  /** Codes that stand here and that this version does not know: kept, shown, not offered. */
  unknown_codes?: string[];
  choices?: Choice[];
  violations?: Said[];
  comments?: Remark[];
}

export interface ShownCandidate {
  value: Json;
  by: string;
  device: string | null;
  /** Milliseconds since 1970 UTC. */
  at: number;
  change: string;
  /** The form suggests this one; nothing is chosen by that. */
  suggested?: boolean;
}

export interface Choice {
  code: string;
  label: string;
}

export interface Said {
  key: string;
  severity: "error" | "warning";
  message: string;
}

export interface Remark {
  by: string;
  /** Milliseconds since 1970 UTC. */
  at: number;
  text: string;
}

/** Each returns when what it did is kept on the device, and throws an Error whose message a person can read. */
export interface FormActs {
  /** One answer; of a multi-select one tick (`causes/illness`). */
  answer(path: string, value: Json): Promise<void>;
  /** Typed text, read by the core: `70余万`, `28.1,104.2`, `2015-12-31`. */
  answerText(path: string, text: string): Promise<void>;
  clear(path: string): Promise<void>;
  /** Begins a row and gives its id. (A year of a yearly roster is begun by answering `years/2015/_order` with `2015`.) */
  addRow(roster: string): Promise<string>;
  /** Closes the row at a path such as `members/<row>`. */
  removeRow(path: string): Promise<void>;
  resolve(path: string, value: Json, reason: string | null): Promise<void>;
  /** On the question at a path; null: on the record. */
  comment(path: string | null, text: string): Promise<void>;
  /**
   * A file for a question of kind attachment. Of a signature: the picture of what was drawn; `name` is who signs, `role` as
   * what.
   */
  attach(path: string, file: Blob, name: string, role?: string): Promise<void>;
  /** The bytes of the file at a path; null while they are not here: the next sync fetches them. */
  file(path: string): Promise<Uint8Array | null>;
  complete(note: string | null): Promise<void>;
  close(): void;
}
