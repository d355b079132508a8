import { expect, test } from "@playwright/test";
import { open, question, signIn } from "./desk";
import { CANARY, facts, PASSWORD, Phone } from "./world";

test("a wrong password is refused in words, the right one opens, signing out shuts", async ({ page }) => {
  await page.goto("/console/");
  await page.getByLabel("用户名").fill("zhao");
  await page.getByLabel("密码").fill("not the password");
  await page.getByRole("button", { name: "登录" }).click();
  await expect(page.getByRole("alert")).toHaveText("用户名或密码不正确。");
  await page.getByLabel("密码").fill(PASSWORD);
  await page.getByRole("button", { name: "登录" }).click();
  await expect(page.getByRole("heading", { name: "审核", exact: true })).toBeVisible();
  const cookies = await page.context().cookies();
  expect(cookies.map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite }))).toEqual([
    { name: "doorstep", httpOnly: true, sameSite: "Strict" },
  ]);
  await page.reload();
  await expect(page.getByRole("heading", { name: "审核", exact: true })).toBeVisible();
  await page.getByRole("button", { name: "退出登录" }).click();
  await expect(page.getByLabel("密码")).toBeVisible();
  expect(await page.context().cookies()).toEqual([]);
  await page.reload();
  await expect(page.getByLabel("密码")).toBeVisible();
});

test("an enumerator's account is sent to the phone", async ({ page }) => {
  await page.goto("/console/");
  await page.getByLabel("用户名").fill("li");
  await page.getByLabel("密码").fill(PASSWORD);
  await page.getByRole("button", { name: "登录" }).click();
  await expect(page.getByRole("alert")).toContainText("请使用手机应用");
});

test("a session that ended elsewhere asks to sign in again", async ({ page }) => {
  await signIn(page);
  // What the page asks for by itself is answered; only then does the session end.
  await expect(page.locator("tbody tr")).toHaveCount(50);
  await expect(page.locator(".live.on")).toBeVisible();
  await expect(page.getByLabel("表单").locator("option")).not.toHaveCount(1);
  await expect(page.getByLabel("行政区划").locator("option")).not.toHaveCount(1);
  await page.context().clearCookies();
  // By the address: what the page asks by itself may notice first and take its fields away.
  await page.evaluate(() => (location.hash = "#/queue?text=测试户3"));
  await expect(page.getByText("登录已过期，请重新登录。")).toBeVisible();
});

test("the queue is paged by the server, filtered and searched", async ({ page }) => {
  await signIn(page);
  const rows = page.locator("tbody tr");
  await expect(rows).toHaveCount(50);
  const first = await rows.first().textContent();
  await page.getByRole("button", { name: "下一页" }).click();
  await expect(page.getByText("第 51–")).toBeVisible();
  // The page says where it goes before it is there.
  await expect.poll(() => rows.first().textContent()).not.toBe(first);
  await page.getByRole("button", { name: "上一页" }).click();
  await expect(rows).toHaveCount(50);
  await page.getByLabel("标记").selectOption("conflict");
  await expect(rows).toHaveCount(1);
  await expect(rows.first()).toContainText("测试争议");
  await page.goBack();
  await expect(rows).toHaveCount(50);
  await page.getByLabel("搜索").fill("测试户42");
  await page.getByLabel("搜索").press("Enter");
  await expect(rows).toHaveCount(1);
});

test("different answers stand side by side, block approval in plain words, and one is chosen", async ({
  page,
}) => {
  await signIn(page);
  await open(page, facts().disputed);
  const house = question(page, "住房");
  await expect(house.getByRole("listitem")).toHaveCount(2);
  await expect(house).toContainText("砖房");
  await expect(house).toContainText("木房");
  await expect(house).toContainText("li");
  await expect(house).toContainText("wang");
  await page.keyboard.press("a");
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("存在填写不一致，请先选定答案或说明原因。");
  await expect(dialog.getByRole("button", { name: "说明原因后通过" })).toBeDisabled();
  await dialog.getByRole("button", { name: "关闭" }).click();
  await house.getByRole("listitem").filter({ hasText: "木房" }).getByRole("button").click();
  await house.getByLabel("选定的理由").fill("电话核实");
  await house.getByRole("button", { name: "选定答案" }).last().click();
  await expect(house).not.toContainText("填写不一致");
  await expect(house).toContainText("木房");
  await house.getByRole("button", { name: /^历史/ }).click();
  await expect(page.getByRole("dialog")).toContainText("砖房");
  await expect(page.getByRole("dialog")).toContainText("电话核实");
});

test("an error is waived with a reason, and the approval is taken back", async ({ page }) => {
  await signIn(page);
  await open(page, facts().wrong);
  await page.getByRole("button", { name: "审核通过" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("存在错误");
  await dialog.getByRole("textbox").fill("户口本如此");
  await dialog.getByRole("button", { name: "说明原因后通过" }).click();
  await expect(page.getByRole("status").filter({ hasText: "已审核通过" })).toBeVisible();
  await open(page, facts().wrong);
  await page.keyboard.press("r");
  await page.getByRole("dialog").getByRole("button", { name: "撤销决定" }).click();
  await expect(page.getByText("决定已撤销。")).toBeVisible();
  await expect(page.getByRole("button", { name: "审核通过" })).toBeVisible();
});

test("a record is reviewed by keyboard alone and sent back with a comment", async ({ page }) => {
  await signIn(page);
  await page.goto("/console/#/queue?text=测试户7");
  await expect(page.locator("tbody tr")).toHaveCount(1);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "快捷键" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  // The browser gives the focus back when the window of shortcuts closes, at a moment of its own.
  await expect(async () => {
    await page.keyboard.press("j");
    await expect(page.getByRole("link", { name: "测试户7" })).toBeFocused({ timeout: 500 });
  }).toPass();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("测试户7");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("c");
  await page.keyboard.type("请核对人数");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByText("待发批注 1 条")).toBeVisible();
  await page.keyboard.press("b");
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("请核对人数");
  await dialog.getByRole("button", { name: "退回修改" }).click();
  await expect(page.getByRole("status").filter({ hasText: "已退回修改" })).toBeVisible();
  await expect(question(page, "常住人口")).toContainText("请核对人数");
});

test("clean records are approved together, the others are named", async ({ page }) => {
  await signIn(page);
  await page.goto("/console/#/queue?text=测试户1");
  const rows = page.locator("tbody tr");
  await expect(rows).toHaveCount(11);
  await page.getByLabel("选择本页全部").check();
  await page.getByRole("button", { name: "审核通过所选" }).click();
  await expect(page.getByRole("dialog")).toContainText("11 条没有问题");
  await page.getByRole("button", { name: "通过这 11 条" }).click();
  await expect(page.getByText("没有待审核的记录。")).toBeVisible();
});

test("markup in labels and answers is text", async ({ page }) => {
  const refused: string[] = [];
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) refused.push(message.text());
  });
  await signIn(page);
  await open(page, facts().canary);
  await expect(question(page, "情况说明")).toContainText(CANARY);
  await expect(page.getByText("常住人口 <img").first()).toBeVisible();
  await expect(page.getByText("测试农户表 <script>").first()).toBeVisible();
  expect(await page.evaluate(() => "canary" in window)).toBe(false);
  expect(await page.locator("main img, main script, main i, main b").count()).toBe(0);
  expect(refused).toEqual([]);
});

test("what a phone sends appears while one looks", async ({ page }) => {
  await signIn(page);
  await expect(page.locator(".live.on")).toBeVisible();
  await expect(page.locator("tbody tr")).toHaveCount(50);
  const shown = page.getByRole("status").filter({ hasText: "条记录" });
  const before = Number((await shown.textContent())?.match(/\d+/)?.[0]);
  const phone = new Phone(facts().folder, "li-phone");
  phone.fill("head_name=测试新到", "persons=2");
  phone.do("sync");
  await expect(shown).toContainText(`共 ${before + 1} 条`);
});
