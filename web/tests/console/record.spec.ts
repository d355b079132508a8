import { expect, test } from "@playwright/test";
import { approve, change, idOf, open, question, read, signIn, tell } from "./desk";
import { facts } from "./world";

test("a photo is shown as a picture, a point with its accuracy and a way to a map", async ({ page }) => {
  const refused: string[] = [];
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) refused.push(message.text());
  });
  await signIn(page);
  await open(page, facts().pictured);
  const photo = question(page, "房屋照片");
  const picture = photo.locator("img");
  await expect.poll(() => picture.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(1);
  await expect(photo).toContainText("house.png");
  await photo.getByRole("button", { name: "放大查看：房屋照片" }).click();
  await expect(page.getByRole("dialog").locator("img")).toBeVisible();
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("dialog").getByRole("link", { name: "下载附件" }).click(),
  ]);
  expect(saved.suggestedFilename()).toMatch(/^[0-9a-f]{16}\.png$/);
  await page.getByRole("dialog").getByRole("button", { name: "关闭" }).click();
  const place = question(page, "住宅位置");
  await expect(place).toContainText("28.10012, 104.20034");
  await expect(place).toContainText("精度约 12 米");
  await expect(place.getByRole("link")).toHaveAttribute("href", "geo:28.10012,104.20034");
  await place.getByText("示意图").click();
  await expect(place.getByRole("img")).toHaveAttribute("aria-label", "此处与上湾村另外 0 处的位置");
  expect(refused).toEqual([]);
});

test("a comment goes by itself, on a question without an answer and on the whole record", async ({
  page,
}) => {
  await signIn(page);
  await open(page, facts().pictured);
  await expect(question(page, "情况说明")).toHaveCount(0);
  await page.getByLabel("也显示未填的问题").check();
  const told = question(page, "情况说明");
  await expect(told).toContainText("—");
  await told.getByRole("button", { name: /^批注/ }).click();
  await told.getByRole("textbox").fill("请补充情况");
  await told.getByRole("button", { name: "立即发出" }).click();
  await expect(page.getByText("批注已发出")).toBeVisible();
  await expect(told).toContainText("请补充情况");
  await page.getByRole("button", { name: "对整条记录写批注" }).click();
  await page.getByRole("textbox", { name: /整条记录/ }).fill("照片清楚");
  await page.getByRole("button", { name: "立即发出" }).click();
  await expect(page.getByText("照片清楚")).toBeVisible();
  await page.reload();
  // What is said of a question is shown, though nobody has answered it.
  await expect(question(page, "情况说明")).toContainText("请补充情况");
  await expect(page.getByText("照片清楚")).toBeVisible();
  await expect(page.getByText("待审核").first()).toBeVisible();
});

test("what the office changes after an approval stands beside what was approved", async ({ page }) => {
  await signIn(page);
  const record = await idOf(page, "测试户55");
  await open(page, record);
  await page.getByRole("button", { name: "审核通过" }).click();
  await expect(page.getByRole("status").filter({ hasText: "已审核通过" })).toBeVisible();
  await change(page, record, { house: "brick" });
  await open(page, record);
  await page.reload();
  await expect(page.getByText("与上次通过相比有 1 处改动")).toBeVisible();
  const house = question(page, "住房");
  await expect(house).toContainText("砖房");
  await expect(house.locator("del")).toContainText("木房");
  await house.getByRole("button", { name: /^历史/ }).click();
  await expect(page.getByRole("dialog")).toContainText("已核实");
});

test("members stand over time; the register is read as of a day, and for the facts of a day", async ({
  page,
}) => {
  await signIn(page);
  const household = await idOf(page, "赵一心");
  const { answers } = await read(page, household);
  const found = Object.keys(answers).find((path) => answers[path]?.value === "孔明月") ?? "";
  const row = found.replace(/\/name$/, "");
  await change(page, household, {
    [`${row}/membership/state`]: "married_out",
    [`${row}/membership/to`]: "2015-06-01",
  });
  await approve(page, household);
  await page.goto(`/console/#/household/${household}`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("赵一心");
  const members = page.getByRole("table", { name: "家庭成员" });
  const left = members.getByRole("row").filter({ hasText: "孔明月" });
  await expect(left).toContainText("2015-06-01");
  await expect(left).toContainText("婚出");
  await page.getByLabel("截至此日已审核通过").fill("2010-01-01");
  await expect(page.getByText("当时台账中没有此户。")).toBeVisible();
  await page.getByLabel("截至此日已审核通过").fill("");
  await page.getByLabel("此日的事实").fill("2014-01-01");
  await expect(left).toContainText(/是$/);
  await page.getByLabel("此日的事实").fill("2016-01-01");
  await expect(left).toContainText(/否$/);
  await expect(members.getByRole("row").filter({ hasText: "赵一心" })).toContainText(/是$/);
  await expect(page.getByText("审核通过于")).toBeVisible();
  await expect(page).toHaveURL(/valid_at=2016-01-01/);
  const history = page.locator(".timeline");
  const approvals = history.getByRole("listitem").filter({ hasText: "审核通过" });
  await expect(approvals).toContainText(["zhao", "chen"]);
  await expect(history).toContainText("姓名: 孔明月");
});

test("a merge is taken back from the household's page", async ({ page }) => {
  await signIn(page);
  const [a, b] = facts().twins;
  await tell(page, "duplicates/merge", { a, b });
  await page.goto(`/console/#/household/${a}`);
  await expect(page.getByRole("heading", { name: "已合并到此户的登记" })).toBeVisible();
  await expect(page.locator(".timeline")).toContainText("合并重复登记");
  await page.getByRole("button", { name: "撤销合并" }).click();
  await expect(page.getByText("合并已撤销。")).toBeVisible();
  await expect(page.getByRole("heading", { name: "已合并到此户的登记" })).toHaveCount(0);
  await expect(page.locator(".timeline")).toContainText("撤销合并");
});
