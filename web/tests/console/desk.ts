// What the tests do again and again at a desk.

import { expect, type Page } from "@playwright/test";
import { PASSWORD } from "./world";

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
