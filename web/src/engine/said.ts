// What the engine says: people, lines, work, forms, places, how far a sync is. The words are those of client-core.

import type { View } from "../form/contract";
import type { Language } from "../words/words";
import type { Problem } from "./messages";

export interface Person {
  name: string;
  role: string;
}

export interface Standing {
  person: Person | null;
  server: string | null;
  device: string | null;
  /** The civil day where the survey is held. */
  today: string;
  unsent: number;
  files_unsent: number;
  synced_ms: number | null;
  blocked: "revoked" | "update" | "unknown" | null;
  clock_offset_ms: number;
}

export type Group = "in_progress" | "completed" | "sent_back" | "sent" | "elsewhere" | "discarded";

export interface Line {
  record: string;
  form: string;
  version: number;
  area: string;
  subject: string | null;
  label: string;
  state: string;
  group: Group;
  same_as: string | null;
  own: boolean;
  discarded: boolean;
  test: boolean;
  unsent: number;
  needs_checking: number;
  /** It cannot be read on this device. */
  broken?: boolean;
}

export interface Lines {
  records: Line[];
  counts: Partial<Record<Group, number>>;
}

export interface Query {
  search?: string;
  form?: string;
  group?: Group;
  /** Only practice and tests, or only what counts. */
  test?: boolean;
  from?: number;
  limit?: number;
}

export interface Work {
  assignment: {
    id: string;
    form: string;
    subject?: string;
    area: string;
    quantity: number;
    due?: string;
    note?: string;
    by: string;
  };
  label: string;
  completed: number;
  begun: number;
  days_left: number | null;
}

export interface FormLine {
  form: string;
  version: number;
  title: Record<Language, string>;
  register: boolean;
  subject: "none" | "optional" | "required";
  test: boolean;
}

export interface Area {
  code: string;
  parent?: string;
  level: string;
  name_zh: string;
  name_en: string;
  ended?: boolean;
}

export interface SyncReport {
  requests: number;
  failures: number;
  bytes_up: number;
  bytes_down: number;
  envelopes: number;
  accepted: number;
  waiting: number;
  quarantined: number;
  refused: number;
  pages: number;
  items: number;
  repaired: number;
  files_sent: number;
  files_fetched: number;
  unsent: number;
  files_unsent: number;
}

/** A record on the screen. */
export interface Opened {
  record: string;
  view: View;
}

export interface Checked {
  errors: number;
  warnings: number;
  violations: Problem[];
}

/** What a record is begun for: to count, to practise, or to try a test version. */
export type Purpose = "work" | "practice" | "test_version";
