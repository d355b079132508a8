// What the tests do again and again at a desk.

import { expect, type Page } from "@playwright/test";
import { PASSWORD, URL } from "./world";

export async function signIn(page: Page, name = "zhao"): Promise<void> {
  await page.goto("/console/");
  await page.locator("input[autocomplete=username]").fill(name);
  await page.locator("input[type=password]").fill(PASSWORD);
  await page.locator("input[type=password]").press("Enter");
  await expect(page.getByRole("navigation")).toBeVisible();
}

/** Goes to a record by its address. */
export async function open(page: Page, record: string): Promise<void> {
  await page.goto(`/console/#/record/${record}`);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("测试");
}

/** The line of a question. */
export const question = (page: Page, name: string) => page.getByRole("group", { name, exact: false });

/** The id of a record by its name, as the page's own session may see it. */
export async function idOf(page: Page, text: string): Promise<string> {
  const answer = await page.request.get(`/api/v1/records?limit=1&text=${encodeURIComponent(text)}`);
  const found = (await answer.json()) as { records: { record: string }[] };
  expect(found.records).toHaveLength(1);
  return found.records[0]?.record ?? "";
}

/** Asks the server for a change, as a page of its own would. */
export async function tell(page: Page, path: string, data: unknown): Promise<void> {
  const session = await page.request.get("/api/v1/sessions");
  const word = ((await session.json()) as { page: string }).page;
  const headers = { "x-doorstep-page": word, origin: URL };
  const answer = await page.request.post(`/api/v1/${path}`, { headers, data });
  expect(answer.ok(), await answer.text()).toBe(true);
}

interface Read {
  heads: string[];
  answers: Record<string, { value: unknown }>;
  violations: { key: string; path: string; severity: string }[];
}
export async function read(page: Page, record: string): Promise<Read> {
  return (await (await page.request.get(`/api/v1/records/${record}`)).json()) as Read;
}

/** Answers from the office. */
export async function change(page: Page, record: string, answers: Record<string, unknown>): Promise<void> {
  const { heads } = await read(page, record);
  await tell(page, `records/${record}/answers`, { heads, answers, reason: "已核实" });
}

/** Approves what is there, whatever stands against it. */
export async function approve(page: Page, record: string): Promise<void> {
  const { heads, violations } = await read(page, record);
  const wrong = violations.filter(({ severity }) => severity === "error");
  const waivers = wrong.map(({ key, path }) => ({ key, path, reason: "台账如此" }));
  await tell(page, `records/${record}/reviews`, { decision: "approve", heads, note: null, waivers });
}
