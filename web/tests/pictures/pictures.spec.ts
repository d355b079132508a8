// One picture of each face, in both languages, for the README.

import { expect, test, type Page } from "@playwright/test";
import { resolve } from "node:path";
import { Demo, PASSWORD, URL } from "./demo";

const FOLDER = resolve(import.meta.dirname, "../../../docs/pictures");
const demo = new Demo();

test.beforeAll(() => demo.begin());
test.afterAll(() => demo.end());

async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: resolve(FOLDER, `${name}.png`), animations: "disabled" });
}

test("the phone", async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 });
  const page = await context.newPage();
  await page.goto(URL);
  await page.getByLabel("登记码").fill(demo.invite("diaocha01"));
  await page.getByLabel("设备名称").fill("一号手机");
  await page.getByRole("button", { name: "登记", exact: true }).click();
  await expect(page.getByText("同步完成")).toBeVisible();
  await page.getByRole("button", { name: /^已上传/ }).click();
  const line = page.getByRole("main").getByRole("listitem").getByRole("link").first();
  await expect(line).toBeVisible();
  await picture(page, "phone-home-zh");
  await line.click();
  await expect(page.getByRole("navigation", { name: "各节" })).toBeVisible();
  await picture(page, "phone-form-zh");
  await page.getByRole("button", { name: "English" }).click();
  await picture(page, "phone-form-en");
  await context.close();
});

test("the desk", async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.goto(`${URL}/console/`);
  await page.locator("input[autocomplete=username]").fill("shenhe");
  await page.locator("input[type=password]").fill(PASSWORD);
  await page.locator("input[type=password]").press("Enter");
  await expect(page.getByRole("navigation")).toBeVisible();
  await page.goto(`${URL}/console/#/queue?state=approved&form=sample_check`);
  await expect(page.locator("tbody tr").first()).toBeVisible();
  await picture(page, "desk-queue-zh");
  await page.locator("tbody a").first().click();
  await expect(page.getByRole("group").first()).toBeVisible();
  await picture(page, "desk-record-zh");
  await page.getByRole("button", { name: "English" }).click();
  await picture(page, "desk-record-en");
  await context.close();
});
