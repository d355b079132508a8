// What the tests do with a form.

import { expect, type Page } from "@playwright/test";
import type { Fake } from "./fake";

declare global {
  var fake: Fake;
  var hurt: number | undefined;
}

export const open = async (page: Page, form = "kinds", language = "zh"): Promise<void> => {
  await page.goto(`/?form=${form}&lang=${language}`);
  await expect(page.locator("h2")).toBeVisible();
};
export const log = (page: Page): Promise<string[]> => page.evaluate(() => [...globalThis.fake.log]);
/** Waits until something was done. */
export const done = (page: Page, said: string): Promise<void> => expect.poll(() => log(page)).toContain(said);
export const section = async (page: Page, title: string): Promise<void> => {
  const menu = page.locator("nav .menu");
  if (await menu.isVisible()) await menu.click();
  await page.locator("nav ol").getByRole("button", { name: title }).click();
  await expect(page.locator("h2")).toHaveText(title);
};
/** Waits until everything is saved; what is being saved is told in words only when it takes long. */
export const saved = (page: Page): Promise<void> =>
  expect(page.locator(".form > header [role=status]:not([aria-busy])")).toHaveText("已保存");
export const question = (page: Page, path: string) => page.locator(`[id="q-${path}"]`);
/** What opens what a question offers beside its answer. */
export const more = (page: Page, path: string) => question(page, path).locator("button.more");
export const field = (page: Page, path: string) => page.locator(`[id="field-${path}"]`);
