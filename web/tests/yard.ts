// The yard visit: a small form of the tests with a photo, a signature, a calculated choice and the outcome of the visit.

import { expect, type Locator, type Page } from "@playwright/test";
import { saved } from "./form/hands";
import { section } from "./phone";

/** A picture of one pixel. */
export const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

/** Begins a visit in one of the groups of Dawan, and gives the record's id. */
export async function beginYard(page: Page, group = "大湾 · 大湾第三村民小组"): Promise<string> {
  await page.getByRole("button", { name: "新增", exact: true }).click();
  const area = page.getByLabel("行政区划");
  await expect(area).toBeVisible();
  await area.selectOption({ label: group });
  await page.getByRole("button", { name: "开始填写" }).click();
  await expect(text(page, "户主姓名")).toBeVisible();
  return recordOf(page);
}

export function recordOf(page: Page): string {
  return page.url().slice(page.url().lastIndexOf("/") + 1);
}

export function text(page: Page, label: string): Locator {
  return page.getByRole("textbox", { name: new RegExp(`^${label}`) });
}

export async function give(page: Page, label: string, answer: string): Promise<void> {
  await text(page, label).fill(answer);
  await text(page, label).press("Tab");
  await saved(page);
}

/** Says how the visit ended, on the last screen, and completes it. */
export async function complete(page: Page): Promise<void> {
  await section(page, "检查并完成");
  await page.getByRole("radio", { name: "完成", exact: true }).check();
  await saved(page);
  await page.getByRole("button", { name: "完成", exact: true }).click();
}

export async function home(page: Page): Promise<void> {
  await page.getByRole("link", { name: "入户", exact: true }).click();
  await expect(tab(page, "填写中")).toBeVisible();
}

export function tab(page: Page, name: string): Locator {
  return page.getByRole("button", { name: new RegExp(`^${name} \\d+$`) });
}

export async function sync(page: Page): Promise<void> {
  await page.getByRole("button", { name: "同步", exact: true }).click();
  await expect(page.getByText("同步完成")).toBeVisible();
}
