import { expect, test } from "@playwright/test";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { idOf, signIn } from "./desk";
import { facts } from "./world";

// Work, samples, forms on a phone, reports on paper.

test("work is given about a household, from its page", async ({ page }) => {
  await signIn(page);
  const household = await idOf(page, "钱二春");
  await page.goto(`/console/#/household/${household}`);
  await page.getByRole("link", { name: "给此户布置任务" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText("已选 1 户")).toBeVisible();
  await dialog.getByLabel("表单").selectOption("sample_check");
  await dialog.getByLabel("交给").selectOption("wang");
  await dialog.getByLabel("查找农户").fill("孙三秋");
  await dialog.getByLabel("查找农户").press("Tab");
  await dialog.getByRole("checkbox", { name: /孙三秋/ }).check();
  await dialog.getByRole("button", { name: "布置任务" }).click();
  for (const name of ["钱二春", "孙三秋"])
    await expect(page.getByRole("row").filter({ hasText: name })).toContainText("wang");
});

test("a sample is drawn, handed out, and a household replaced with a reason", async ({ page }) => {
  await signIn(page);
  await page.goto("/console/#/samples");
  await page.getByRole("button", { name: "抽样" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("名称").fill("七月抽查");
  await dialog.getByLabel("行政区划").selectOption("990101");
  await dialog.getByLabel("比例或户数").fill("4");
  await dialog.getByLabel("总体").selectOption("all");
  await dialog.getByRole("button", { name: "抽样" }).click();
  await page.getByRole("link", { name: "七月抽查" }).click();
  const units = page.getByRole("table", { name: "农户" }).locator("tbody tr");
  await expect(units).toHaveCount(4);
  const one = units.filter({ has: page.getByRole("button", { name: /^布置/ }) }).first();
  const name = (await one.getByRole("rowheader").textContent())?.trim() ?? "";
  await one.getByRole("button", { name: /^布置/ }).click();
  await dialog.getByLabel("交给").selectOption("li");
  await dialog.getByRole("button", { name: "布置任务" }).click();
  await expect(units.filter({ hasText: name })).toContainText("li");
  await page.getByRole("button", { name: "分配农户" }).click();
  await dialog.getByRole("checkbox", { name: "wang" }).check();
  await dialog.getByRole("button", { name: "布置任务" }).click();
  await expect(units.getByRole("button", { name: /^布置/ })).toHaveCount(0);
  await units.filter({ hasText: name }).getByRole("button", { name: /^替换/ }).click();
  await expect(dialog.getByRole("button", { name: "替换" })).toBeDisabled();
  await dialog.getByLabel("替换的理由").fill("已搬迁");
  await dialog.getByRole("button", { name: "替换" }).click();
  await expect(units).toHaveCount(5);
  await expect(units.filter({ hasText: name })).toContainText("已搬迁");
  // The work went with it.
  await expect(units.filter({ hasText: "li" })).not.toHaveCount(0);
  await expect(page.getByText("已比对 0 户")).toBeVisible();
});

test("a questionnaire is tried on a phone's screen, by its own rules, and nothing is kept", async ({
  page,
}) => {
  await signIn(page, "chen");
  await page.goto("/console/#/forms");
  await page.getByRole("button", { name: "预览: town_home 1" }).click();
  const phone = page.locator(".phone");
  await expect(phone.getByText("常住人口 <img").first()).toBeVisible();
  expect((await phone.boundingBox())?.width).toBeLessThanOrEqual(380);
  await expect(phone.getByText("维修情况")).toHaveCount(0);
  await phone.getByText("土房").click();
  await expect(phone.getByText("维修情况").first()).toBeVisible();
  await phone
    .getByLabel(/常住人口/)
    .first()
    .fill("0");
  await phone
    .getByLabel(/常住人口/)
    .first()
    .press("Tab");
  await expect(phone.locator("li.error")).toBeVisible();
  await page.getByRole("button", { name: "重新开始" }).click();
  await expect(phone.getByText("维修情况")).toHaveCount(0);
  await page.getByRole("dialog").getByRole("button", { name: "关闭", exact: true }).click();
  await page.goto("/console/#/queue?state=draft");
  await expect(page.getByText("没有内容")).toBeVisible();
});

test("a package is looked at and given to some phones before it is published", async ({ page }) => {
  const folder = join(facts().folder, "form-7");
  cpSync(join(import.meta.dirname, "form"), folder, { recursive: true });
  const manifest = join(folder, "form.json");
  const schema = join(folder, "schema.json");
  writeFileSync(manifest, readFileSync(manifest, "utf8").replace('"version": 1', '"version": 7'));
  writeFileSync(schema, readFileSync(schema, "utf8").replace('"维修情况"', '"维修与改造"'));
  await signIn(page, "chen");
  await page.goto("/console/#/forms");
  await page.getByLabel("选择表单包文件夹").setInputFiles(folder);
  await page.getByRole("button", { name: "预览", exact: true }).click();
  await page.locator(".phone").getByText("土房").click();
  await expect(page.locator(".phone").getByText("维修与改造").first()).toBeVisible();
  await page.getByRole("dialog").getByRole("button", { name: "关闭", exact: true }).click();
  await page.getByRole("checkbox", { name: /li-phone/ }).check();
  await page.getByRole("button", { name: "发给所选设备试用" }).click();
  await expect(page.getByText("town_home 版本 7 已发给所选设备试用。")).toBeVisible();
  const row = page.getByRole("table", { name: "测试版" }).getByRole("row").filter({ hasText: "town_home" });
  await expect(row).toContainText("li-phone (li)");
  await expect(row).toContainText("试用中");
});

test("a chart and its table lead to the records behind a figure, and the report prints", async ({ page }) => {
  await signIn(page);
  await page.goto("/console/#/reports/T8f");
  await expect(page.getByRole("heading", { name: "台账与实际对照" })).toBeVisible();
  const dialog = page.getByRole("dialog");
  await page.getByRole("button", { name: "“贫困户和贫困人口 (户)”统计的记录" }).click();
  await expect(dialog).toContainText("共 12 条记录");
  await expect(dialog.getByRole("link", { name: "赵一心" })).toBeVisible();
  await dialog.getByRole("button", { name: "关闭", exact: true }).click();
  // The name of the first bar stands near the top left corner.
  await expect(page.locator(".chart canvas")).toBeVisible();
  await page.locator(".chart canvas").click({ position: { x: 60, y: 20 } });
  await expect(dialog).toContainText("共 12 条记录");
  await dialog.getByRole("button", { name: "关闭", exact: true }).click();
  await page.emulateMedia({ media: "print" });
  await expect(page.getByRole("navigation")).toBeHidden();
  await expect(page.locator(".filters")).toBeHidden();
  await expect(page.getByRole("table")).toBeVisible();
  await expect(page.getByText("填表人")).toBeVisible();
  await expect(page.locator(".chart canvas")).toBeVisible();
  const paper = await page.pdf({ format: "A4" });
  expect(paper.subarray(0, 5).toString()).toBe("%PDF-");
});
