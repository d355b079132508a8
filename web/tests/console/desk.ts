// What the tests do again and again at a desk.

import { expect, type Page } from "@playwright/test";
import { PASSWORD } from "./world";

export async function signIn(page: Page, name = "zhao"): Promise<void> {
  await page.goto("/console/");
  await page.getByLabel("用户名").fill(name);
  await page.getByLabel("密码").fill(PASSWORD);
  await page.getByRole("button", { name: "登录" }).click();
  await expect(page.getByRole("navigation")).toBeVisible();
}

/** Goes to a record by its address. */
export async function open(page: Page, record: string): Promise<void> {
  await page.goto(`/console/#/record/${record}`);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("测试");
}

/** The line of a question. */
export const question = (page: Page, name: string) => page.getByRole("group", { name, exact: false });
