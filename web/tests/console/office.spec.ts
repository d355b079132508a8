import { expect, test } from "@playwright/test";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { signIn } from "./desk";
import { facts } from "./world";

test("possible duplicates stand side by side, are merged, and the merge is taken back", async ({ page }) => {
  await signIn(page);
  await page.goto("/console/#/duplicates");
  await page
    .getByRole("listitem")
    .filter({ hasText: "测试双甲" })
    .getByRole("button", { name: "对照" })
    .click();
  const rows = page.getByRole("table").getByRole("row");
  await expect(rows.filter({ hasText: "户主" })).toContainText(["不同"]);
  await expect(rows.filter({ hasText: "证件号码" })).not.toContainText("不同");
  await page.getByRole("button", { name: "合并重复登记" }).click();
  await expect(page.getByText("已合并。")).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: "测试双甲" })).toHaveCount(0);
  await page.getByLabel("状态").selectOption("merged");
  await page.getByRole("button", { name: "对照" }).click();
  await page.getByRole("button", { name: "撤销合并" }).click();
  await expect(page.getByText("合并已撤销。")).toBeVisible();
});

test("a supervisor invites a phone with a code and a picture of it, and revokes one", async ({ page }) => {
  await signIn(page);
  await page.goto("/console/#/people");
  await page.getByRole("button", { name: "li 的登记码" }).click();
  const sheet = page.getByRole("dialog");
  await expect(sheet.getByRole("img")).toBeVisible();
  await expect(sheet.locator(".code")).toHaveText(/^[0-9A-Z]{5}(-[0-9A-Z]{1,5})+$/);
  await sheet.getByRole("button", { name: "关闭" }).click();
  await page.getByRole("button", { name: "停用: wang-phone" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "停用", exact: true }).click();
  await expect(page.getByRole("row").filter({ hasText: "wang-phone" })).toContainText("已停用");
  // Who has no phone any more gets a sheet; it prints without the page around it.
  await page.getByRole("button", { name: "为没有设备的调查员发登记码（1 人）" }).click();
  await expect(sheet.getByRole("heading", { name: "wang 的登记码" })).toBeVisible();
  await page.emulateMedia({ media: "print" });
  await expect(page.getByRole("navigation")).toBeHidden();
  await expect(sheet.getByRole("img")).toBeVisible();
  await expect(sheet.getByRole("button")).toHaveCount(0);
});

test("a form is published after its effect on stored records was seen", async ({ page }) => {
  const folder = join(facts().folder, "form-2");
  cpSync(join(import.meta.dirname, "form"), folder, { recursive: true });
  const change = (name: string, from: string, to: string): void => {
    const text = readFileSync(join(folder, name), "utf8");
    expect(text).toContain(from);
    writeFileSync(join(folder, name), text.replace(from, to));
  };
  change("form.json", '"version": 1', '"version": 2');
  change("schema.json", '"maxLength": 500', '"maxLength": 500, "x-required": true');
  await signIn(page, "chen");
  await page.goto("/console/#/forms");
  await page.getByLabel("选择表单包文件夹").setInputFiles(folder);
  await expect(page.getByText("C：规则有变")).toBeVisible();
  await expect(page.getByText(/将变为有错误/)).toBeVisible();
  const publish = page.getByRole("button", { name: "发布", exact: true });
  await expect(publish).toBeDisabled();
  await page.getByLabel("我已查看对已有记录的影响").check();
  await publish.click();
  await expect(page.getByText("已发布 town_home 版本 2。")).toBeVisible();
});

test("a structural change without its mapping cannot be published", async ({ page }) => {
  const folder = join(facts().folder, "form-3");
  cpSync(join(import.meta.dirname, "form"), folder, { recursive: true });
  for (const [name, from, to] of [
    ["form.json", '"version": 1', '"version": 3'],
    ["schema.json", '"maximum": 30', '"maximum": 2'],
  ] as const) {
    writeFileSync(join(folder, name), readFileSync(join(folder, name), "utf8").replace(from, to));
  }
  await signIn(page, "chen");
  await page.goto("/console/#/forms");
  await page.getByLabel("选择表单包文件夹").setInputFiles(folder);
  await expect(page.getByText("D：结构有变")).toBeVisible();
  await expect(page.getByRole("button", { name: "发布", exact: true })).toBeDisabled();
  await expect(page.getByLabel("我已查看对已有记录的影响")).toHaveCount(0);
});

test("what a supervisor may not do is not offered", async ({ page }) => {
  await signIn(page);
  await page.goto("/console/#/forms");
  await expect(page.getByRole("row").nth(1)).toBeVisible();
  await expect(page.getByText("选择表单包文件夹")).toHaveCount(0);
  await page.goto("/console/#/people");
  await expect(page.getByRole("row").nth(1)).toBeVisible();
  await expect(page.getByRole("button", { name: "新增账号" })).toHaveCount(0);
});

test("work is given and closed", async ({ page }) => {
  await signIn(page);
  await page.goto("/console/#/assignments");
  await page.getByRole("button", { name: "布置任务" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("表单").selectOption("town_home");
  await dialog.getByLabel("交给").selectOption("li");
  await dialog.getByLabel("行政区划").selectOption("990101");
  await dialog.getByLabel("数量", { exact: true }).fill("12");
  await dialog.getByRole("button", { name: "布置任务" }).click();
  const row = page.getByRole("row").filter({ hasText: "/12" });
  await expect(row).toContainText("li");
  await row.getByRole("button", { name: "关闭" }).click();
  await dialog.getByLabel("关闭任务的理由").fill("已有他人完成");
  await dialog.locator("button", { hasText: "关闭" }).last().click();
  await expect(row).toHaveCount(0);
});
