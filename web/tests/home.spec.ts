// The first screen: work to do, finding households, what was entered by mistake, practice, the copy of unsent work.

import { expect, test, type Page } from "@playwright/test";
import { readFileSync } from "node:fs";
import { enrol, Phone, section } from "./phone";
import { Town } from "./town";
import { beginYard, complete, give, home, sync, tab } from "./yard";

const town = new Town(7605, 7604);

test.beforeAll(() => town.begin(["yard"], ["li", "wang", "zhao"]));
test.afterAll(() => town.end());

async function phoneOf(name: string): Promise<[Phone, Page]> {
  const phone = new Phone();
  const context = await phone.on();
  const page = context.pages()[0] ?? (await context.newPage());
  await enrol(town, page, name);
  return [phone, page];
}

const lines = (page: Page) => page.getByRole("list").getByRole("link");

test("work is to do until it is done, and households are found in four ways", async () => {
  const [phone, page] = await phoneOf("li");
  const wang = await beginYard(page);
  await give(page, "户主姓名", "王小明");
  await give(page, "电话", "13800000127");
  await home(page);
  await beginYard(page, "大湾 · 大湾第一村民小组");
  await give(page, "户主姓名", "张大山");
  await give(page, "电话", "13900000555");
  await home(page);
  await sync(page);
  const given = ["--to", "li", "--form", "yard", "--due", "2099-07-13", "--note", "请先去"];
  town.doorstep(["assign", "add", ...given, "--subject", wang]);
  await sync(page);

  // Work comes first where there is some.
  await expect(tab(page, "任务")).toHaveText(/1$/);
  await expect(tab(page, "任务")).toHaveAttribute("aria-pressed", "true");
  const work = page.getByRole("button", { name: /王小明/ });
  await expect(work).toContainText("截止 2099-07-13");
  await expect(work).toContainText("请先去");

  const search = page.getByRole("searchbox", { name: "查找农户" });
  for (const word of ["王小", "wxm", "0127", "三组"]) {
    await search.fill(word);
    await expect(lines(page), word).toHaveCount(1);
    await expect(lines(page), word).toContainText("王小明");
  }
  await search.fill("zds");
  await expect(lines(page)).toContainText("张大山");
  await search.fill("wxmm");
  await expect(page.getByText("没有找到。")).toBeVisible();
  await search.fill("");

  await work.click();
  await complete(page);
  await expect(tab(page, "任务")).toHaveText(/0$/);
  await expect(tab(page, "已完成待上传")).toHaveText(/1$/);
  await sync(page);
  await expect(tab(page, "任务")).toHaveText(/0$/);
  await expect(tab(page, "已上传")).toHaveText(/1$/);
  expect(phone.refused).toEqual([]);
  await phone.end();
});

test("what was entered by mistake is taken back at once, or later", async () => {
  const [phone, page] = await phoneOf("wang");
  const record = await beginYard(page);
  await give(page, "户主姓名", "误录一户");
  await page.getByRole("button", { name: "作废…" }).click();
  await page.getByRole("button", { name: "取消", exact: true }).click();
  const discard = async () => {
    await page.getByRole("button", { name: "作废…" }).click();
    await page.getByRole("button", { name: "确定作废" }).click();
    await expect(page.getByText("已作废：误录一户")).toBeVisible();
    await expect(tab(page, "填写中")).toHaveText(/0$/);
  };
  await discard();
  await page.getByRole("button", { name: "撤销作废", exact: true }).click();
  await expect(tab(page, "填写中")).toHaveText(/1$/);

  await lines(page).click();
  await discard();
  await page.getByRole("button", { name: "知道了" }).click();
  await sync(page);
  const listed = () => JSON.stringify(town.doorstep(["review", "list", "--form", "yard"]));
  expect(listed()).not.toContain(record);
  await page.reload();
  await tab(page, "作废").click();
  await page.getByRole("button", { name: "撤销作废: 误录一户" }).click();
  await tab(page, "填写中").click();
  await expect(lines(page)).toContainText("误录一户");
  await lines(page).click();
  await complete(page);
  await sync(page);
  expect(listed()).toContain(record);
  await phone.end();
});

test("practice is marked, kept apart from real work, and nobody's evidence", async () => {
  const [phone, page] = await phoneOf("zhao");
  await page.getByRole("switch", { name: "练习模式" }).click();
  await expect(page.getByText("不计入任何结果。正式记录在练习时不显示。")).toBeVisible();
  const practice = await beginYard(page);
  await give(page, "户主姓名", "练习户");
  await expect(page.locator("h1 + p")).toContainText("练习");
  // A reload goes on practising.
  await page.reload();
  await expect(page.getByRole("button", { name: "结束练习" })).toBeVisible();
  await complete(page);
  await tab(page, "已完成待上传").click();
  await expect(lines(page)).toContainText("练习户");
  await expect(lines(page)).toContainText("练习");
  await sync(page);
  await expect(tab(page, "已上传")).toHaveText(/1$/);

  await page.getByRole("button", { name: "结束练习" }).click();
  await tab(page, "已上传").click();
  await expect(page.getByRole("link", { name: /练习户/ })).toHaveCount(0);
  await page.getByRole("searchbox", { name: "查找农户" }).fill("练习");
  await expect(page.getByText("没有找到。")).toBeVisible();
  expect(JSON.stringify(town.doorstep(["review", "list", "--form", "yard"]))).not.toContain(practice);
  await phone.end();
});

test("a copy of what was not sent is a file that the server takes", async () => {
  const [phone, page] = await phoneOf("li");
  const record = await beginYard(page);
  await give(page, "户主姓名", "钱二");
  await section(page, "院落");
  await complete(page);
  await expect(page.getByText(/已用空间.*\d/)).toBeVisible();
  await expect(page.getByText(/浏览器(已承诺|未承诺)/)).toBeVisible();
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "下载备份包" }).click(),
  ]);
  expect(file.suggestedFilename()).toMatch(/^doorstep-.*\.bundle$/);
  const path = await file.path();
  expect(readFileSync(path).length).toBeGreaterThan(100);
  town.doorstep(["bundle", "import", path]);
  expect(JSON.stringify(town.doorstep(["review", "list", "--form", "yard"]))).toContain(record);
  expect(phone.refused).toEqual([]);
  await phone.end();
});
