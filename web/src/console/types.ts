// What the REST API answers (docs/operations.md), as far as the console reads it.

export type State = "draft" | "submitted" | "sent_back" | "approved" | "confirmed" | "not_accepted";
export type Decision = "approve" | "send_back" | "not_accept" | "confirm" | "reopen";
export type Role = "enumerator" | "supervisor" | "admin";
/** One register of a record: a text, a whole number, yes or no, nothing, or why there is no answer. */
export type Value = string | number | boolean | null | { missing: string } | { [key: string]: unknown };

export interface Me {
  id: string;
  name: string;
  role: Role;
}
export interface SignedIn {
  user: Me;
  page?: string;
  idle_seconds: number;
  life_seconds: number;
}
export interface RecordLine {
  record: string;
  form: string;
  form_version: number;
  area: string;
  subject: string | null;
  alias_of: string | null;
  label: string;
  state: State;
  discarded: boolean;
  flags: Record<string, number>;
  author: string;
  heads: string[];
  changed_ms: number;
  submitted_ms: number | null;
  approved_ms: number | null;
}
export interface RecordPage {
  records: RecordLine[];
  next: string | null;
  total: number;
}
export interface Author {
  name: string;
  role: string;
  device: string | null;
}
export interface GivenAnswer {
  value: Value;
  change: string;
  by: Author | null;
  at_ms: number;
  suggested?: boolean;
}
export interface Answer {
  value: Value;
  different: boolean;
  candidates: GivenAnswer[];
}
export interface Violation {
  path: string;
  key: string;
  severity: "error" | "warning";
  zh: string;
  en: string;
}
export interface Changed {
  path: string;
  before: Value;
  after: Value;
}
export interface Flag {
  kind: string;
  key: string;
  path: string;
  detail: string;
}
export interface Comment {
  id: string;
  path: string | null;
  by: string;
  text: string;
  at_ms: number;
}
export interface Signed {
  path: string;
  by: string;
  role?: string;
  signed_on: string;
  /** Answers changed after signing. */
  changed: string[];
  /** What was signed is no state of this record. */
  unknown: boolean;
}
export interface RecordView {
  line: RecordLine;
  heads: string[];
  judged_by: number;
  answers: Record<string, Answer>;
  calculated: Record<string, Value>;
  violations: Violation[];
  signatures?: Signed[];
  amendment: Changed[];
  flags: Flag[];
  submissions: { by: string; received_ms: number; note: string | null }[];
  reviews: { decision: string; by: string; auto: boolean; at_ms: number; note: string | null }[];
  comments: Comment[];
  merged: string[];
}
export interface HistoryLine {
  path: string;
  value: Value;
  by: Author | null;
  at_ms: number;
  form_version: number;
  reason: string | null;
  superseded: boolean;
}
/** One thing that happened to a record. */
export interface PastEvent {
  at_ms: number;
  kind: string;
  record: string;
  by: string;
  role?: string;
  device?: string;
  /** The record at the other end. */
  other?: string;
  answers?: { path: string; value: Value; superseded?: boolean }[];
  detail?: Record<string, unknown>;
}
/** A household as it was approved. */
export interface DatasetRow {
  record: string;
  form: string;
  form_version: number;
  area: string;
  approved_ms: number;
  answers: Record<string, Value>;
}
export interface Waiver {
  key: string;
  path: string;
  reason: string;
}
export interface Told {
  key: string;
  zh: string;
  en: string;
}
export interface Pair {
  a: string;
  b: string;
  labels: [string, string];
  kind: "certain" | "candidate" | "told";
  state: "open" | "merged" | "dismissed";
  shared: [string, string][];
  evidence: { a: string; b: string; reasons: Told[]; score: number }[];
}
export interface Area {
  code: string;
  parent: string | null;
  level: string;
  name_zh: string;
  name_en: string;
  valid_from: string | null;
  valid_to: string | null;
}
export interface FormView {
  form: string;
  version: number;
  hash: string;
  open: boolean;
  published_ms: number;
  by: string;
}
export interface FormPackage {
  form: string;
  version: number;
  files: Record<string, unknown>;
}
export interface User {
  id: string;
  name: string;
  role: Role;
  areas: string[];
  closed: boolean;
}
export interface Device {
  id: string;
  user: string;
  name: string;
  enrolled_ms: number;
  last_seen_ms: number | null;
  revoked_ms: number | null;
}
export interface Invited {
  url: string | null;
  code: string;
  expires_ms: number;
}
export interface AsideItem {
  record: string;
  envelope: string;
  item: number;
  kind: string;
  reason: string;
  at_ms: number;
  by: string;
  says: [string, Value][];
}
export interface BulkDone {
  decided: { record: string; state: State }[];
  refused: { record: string; problem: string; zh: string; en: string; paths: string[] }[];
}
