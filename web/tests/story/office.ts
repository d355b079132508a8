// The server of these tests as people reach it: one program at one address, pages and all.

import type { Page } from "@playwright/test";
import { join, resolve } from "node:path";
import { PASSWORD } from "../console/world";
import { Town } from "../town";

export const ROOT = resolve(import.meta.dirname, "../../..");

/** A line of the review queue, as the command line prints it. */
interface Waiting {
  record: string;
  label: string;
  state: string;
  flags: Record<string, number>;
}

/** What `doorstep record history` says happened. */
interface Happened {
  kind: string;
  by: string;
}

interface Counted {
  reports: { rows: { key: string; values: { key: string; value: string | null }[] }[] }[];
}

export class Office extends Town {
  constructor(private readonly port: number) {
    super(port, port + 1);
  }

  /** Pages and data come from the same program, as for people. */
  override get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  account(name: string, role: string, area: string): void {
    const words = ["user", "add", name, "--role", role, "--area", area, "--password-stdin"];
    this.doorstep(words, `${PASSWORD}\n`);
  }

  form(name: string): string {
    return join(ROOT, "schemas/forms", name, "1");
  }

  /** Records in a state, by `doorstep review list`. */
  records(state: string, ...more: string[]): Waiting[] {
    const found = this.doorstep(["review", "list", "--state", state, ...more]);
    return (found as { records: Waiting[] }).records;
  }

  /** What happened to a record, by `doorstep record history`. */
  history(record: string): { events: Happened[]; text: string } {
    const { events } = this.doorstep(["record", "history", record]) as { events: Happened[] };
    return { events, text: JSON.stringify(events) };
  }

  /** A number of a report, by `doorstep report`. */
  figure(report: string, row: string, value: string): string | null | undefined {
    const { reports } = this.doorstep(["report", report]) as Counted;
    const found = reports[0]?.rows.find(({ key }) => key === row);
    return found?.values.find(({ key }) => key === value)?.value;
  }
}

/** The approved rows of a form, asked of REST in the session of a desk. */
export async function dataset(
  desk: Page,
  office: Office,
  form: string,
): Promise<{ record: string; answers: Record<string, unknown> }[]> {
  const answer = await desk.request.get(`${office.url}/api/v1/dataset/${form}`);
  return ((await answer.json()) as { rows: { record: string; answers: Record<string, unknown> }[] }).rows;
}
