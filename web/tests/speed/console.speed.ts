// The console over many records: how long each screen takes until it is drawn.

import { expect, test, type Page } from "@playwright/test";
import { signIn } from "../console/desk";
import { Office } from "../story/office";
import { clocks } from "./clock";
import { note, quantile, times } from "./table";
import { importHouseholds, RECORDS, TOWN, VILLAGES } from "./town";

/** Of the records of the ledger so many wait for review again. */
const WAITING = Math.min(2_000, RECORDS / 5);
const TIMES = 20;
const BULK = 200;
const office = new Office(7658);

test.use({ baseURL: office.url, viewport: { width: 1280, height: 800 } });
test.beforeAll(async () => {
  await office.begin([], []);
  await office.kill();
  for (const [name, role] of [
    ["chen", "admin"],
    ["zhao", "supervisor"],
  ] as const)
    office.account(name, role, TOWN);
  office.doorstep(["form", "publish", office.form("household_register")]);
  importHouseholds(office, RECORDS);
  await office.serve();
});
test.afterAll(() => office.end());

interface Found {
  records: { record: string; heads: unknown }[];
  next: string | null;
}

/** Takes approvals back, as a supervisor may, so that the queue is a queue. */
async function waitAgain(page: Page): Promise<string> {
  return page.evaluate(
    async ({ waiting, bulk }) => {
      const session = await (await fetch("/api/v1/sessions")).json();
      let after = "";
      let last = "";
      for (let done = 0; done < waiting; done += bulk) {
        const asked = `/api/v1/records?state=approved&limit=${bulk}${after && `&after=${after}`}`;
        const found = (await (await fetch(asked)).json()) as Found;
        const records = found.records.map(({ record, heads }) => ({ record, heads }));
        await fetch("/api/v1/reviews", {
          method: "POST",
          headers: { "content-type": "application/json", "x-doorstep-page": session.page },
          body: JSON.stringify({ decision: "reopen", records, note: null }),
        });
        [after, last] = [found.next ?? "", records.at(-1)?.record ?? last];
      }
      return last;
    },
    { waiting: WAITING, bulk: BULK },
  );
}

/** Opens a screen again and again; each time until what belongs on it is drawn. */
async function screens(page: Page, hash: string, ready: string): Promise<number[]> {
  const taken: number[] = [];
  for (let nth = 0; nth < TIMES; nth++) {
    await page.evaluate(() => (location.hash = "#/nothing"));
    await expect(page.locator("main p", { hasText: "没有内容" })).toBeVisible();
    taken.push(
      await page.evaluate(
        async ({ hash, ready }) => {
          const begun = performance.now();
          location.hash = hash;
          const drawn = (): boolean =>
            document.querySelector(ready) !== null && document.querySelector("[aria-busy=true]") === null;
          return (await globalThis.pictured(drawn)) - begun;
        },
        { hash, ready },
      ),
    );
  }
  return taken;
}

test("the console's screens", async ({ page, context }) => {
  await clocks(context);
  await signIn(page, "zhao");
  const record = await waitAgain(page);
  await page.reload();
  await expect(page.locator("tbody tr").first()).toBeVisible();
  const village = VILLAGES[1];
  const places: [string, string, string][] = [
    ["review queue", "#/queue", "tbody tr"],
    ["all records", "#/queue?state=any", "tbody tr"],
    ["all records of a village", `#/queue?state=any&area=${village}`, "tbody tr"],
    ["all records by name", "#/queue?state=any&text=赵一一", "tbody tr"],
    ["a later page of all records", `#/queue?state=any&trail=${record}`, "tbody tr"],
    ["a record", `#/record/${record}`, "[data-question]"],
    ["duplicates", "#/duplicates", "ul.cards li"],
    ["progress", "#/progress?form=household_register", "tbody tr"],
    ["sync", "#/sync", "main .good, main table"],
    ["people", "#/people", "tbody tr"],
    ["forms", "#/forms", "tbody tr"],
    ["areas", "#/areas", "tbody tr"],
    ["assignments", "#/assignments", "main h1"],
    ["samples", "#/samples", "main h1"],
    ["reports", "#/reports", "ul.cards a"],
  ];
  const all: number[] = [];
  for (const [name, hash, ready] of places) {
    const taken = await screens(page, hash, ready);
    all.push(...taken);
    const { text, numbers } = times(taken);
    note({ work: `console at ${RECORDS} records: ${name}`, aim: "p95 <= 200 ms", measured: text, numbers });
  }
  const p95 = quantile(all, 0.95);
  note({
    work: `console at ${RECORDS} records: every screen together`,
    aim: "p95 <= 200 ms",
    measured: `p95 ${p95.toFixed(1)} ms`,
    numbers: { p95, median: quantile(all, 0.5) },
  });
});
