import { expect, test } from "@playwright/test";
import { done, field, log, more, open, question, saved, section } from "./hands";

test("a tick that stands alone takes the others away", async ({ page }) => {
  await open(page);
  await section(page, "选择题");
  const health = question(page, "health");
  await health.getByLabel("健康", { exact: true }).check();
  await expect(health.getByLabel("残疾")).not.toBeChecked();
  await health.getByLabel("残疾").check();
  await expect(health.getByLabel("健康", { exact: true })).not.toBeChecked();
});

test("rosters: a row is added, opened on its own, filled, removed; a year is named", async ({ page }) => {
  await open(page);
  await section(page, "家庭成员");
  await page.getByRole("button", { name: "添加: 家庭成员" }).click();
  await done(page, "addRow members");
  const row = await page.evaluate(() => {
    const { items } = globalThis.fake.view.pages[3] ?? { items: [] };
    return items[0]?.item === "roster" ? (items[0].rows.at(-1)?.path ?? "") : "";
  });
  await expect(page.locator("h2")).toHaveText("3");
  await field(page, `${row}/name`).fill("孙三");
  await page.locator(".sheet").getByRole("button", { name: "返回：家庭成员" }).first().click();
  await done(page, `answer ${row}/name "孙三"`);
  await expect(page.locator(`[id="open-${row}"]`)).toBeFocused();
  await expect(page.locator(`[id="open-${row}"]`)).toContainText("孙三");
  await expect(page.locator(`[id="open-${row}"]`)).toContainText("未填完");
  await page.getByRole("button", { name: "移除: 孙三" }).click();
  await page.getByRole("alert").getByRole("button", { name: "取消" }).click();
  expect(await log(page)).not.toContain(`removeRow ${row}`);
  await page.getByRole("button", { name: "移除: 孙三" }).click();
  await page.getByRole("alert").getByRole("button", { name: "移除" }).click();
  await done(page, `removeRow ${row}`);
  await expect(page.locator(`[id="open-${row}"]`)).toHaveCount(0);
  await section(page, "年度");
  await page.getByLabel("年份").fill("15");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toHaveText("请填四位年份，如 2015");
  await page.getByLabel("年份").fill("2015");
  await page.keyboard.press("Enter");
  await done(page, 'answer years/2015/_order "2015"');
  await expect(page.locator("h2")).toHaveText("2015");
});

test("different answers are shown with who and when, and settled by a tap, with a reason", async ({
  page,
}) => {
  await open(page);
  const name = question(page, "name");
  await expect(name).toContainText("填写不一致");
  await expect(name.locator(".different li")).toHaveCount(2);
  await expect(name.locator(".different")).toContainText("lisi · 2026年11月27日");
  await name.locator(".different summary").click();
  await page.getByLabel("写明原因（可不填）: 姓名").fill("看了身份证");
  await name.getByRole("button", { name: "选定答案: 赵乙 (lisi)" }).click();
  await done(page, 'resolve name "赵乙" 看了身份证');
  await expect(name.locator(".different")).toHaveCount(0);
  await expect(field(page, "name")).toHaveValue("赵乙");
  await section(page, "选择题");
  await question(page, "health").getByRole("button", { name: "选定答案: 未选 (zhangsan)" }).click();
  await done(page, "resolve health/serious false -");
  await section(page, "其他题目");
  await question(page, "grain").getByRole("button", { name: "选定答案: 3200斤 (zhangsan)" }).click();
  await expect
    .poll(async () => (await log(page)).some((said) => said.startsWith("resolve grain")))
    .toBe(true);
});

test("an error is listed at the end, and the way leads to it, also into a row", async ({ page }) => {
  await open(page);
  await section(page, "检查并完成");
  await page.getByRole("button", { name: "去填写: 年龄" }).click();
  await expect(page.locator("h2")).toHaveText("基本情况");
  await expect(field(page, "age")).toBeFocused();
  await expect(field(page, "age")).toHaveAttribute("aria-invalid", "true");
  const described = await field(page, "age").getAttribute("aria-describedby");
  expect(described).toBe("said-age unit-age");
  await expect(page.locator("[id=said-age]")).toContainText("年龄不能超过 120 岁");
  await section(page, "检查并完成");
  await page.getByRole("button", { name: "去填写: 家庭成员 › 赵小一 › 性别" }).click();
  await expect(page.locator("h2")).toHaveText("赵小一");
  await expect(page.getByLabel("男")).toBeFocused();
});

test("a record with errors is completed only with a reason; what is being typed is saved before", async ({
  page,
}) => {
  await open(page);
  await section(page, "检查并完成");
  await page.getByRole("button", { name: "说明原因后完成" }).click();
  await expect(page.getByRole("alert")).toHaveText("请说明为何仍要完成。");
  expect(await log(page)).toEqual([]);
  await page.getByLabel(/给审核员的说明/).fill("身份证丢失");
  await page.getByRole("button", { name: "说明原因后完成" }).click();
  await done(page, "complete 身份证丢失");
});

test("typing is kept while views arrive, and saved in its order", async ({ page }) => {
  await open(page);
  const name = field(page, "name");
  await page.evaluate(() => globalThis.fake.hold());
  await name.pressSequentially("王");
  await expect(page.locator("header [role=status]")).toHaveText("正在保存…");
  await page.evaluate(() => globalThis.fake.sync((view) => (view.label = "同步到的名称")));
  await expect(page.locator("header")).toContainText("同步到的名称");
  await expect(name).toHaveValue("王");
  await name.pressSequentially("小明");
  await page.evaluate(() => globalThis.fake.release());
  await done(page, 'answer name "王小明"');
  await expect(name).toHaveValue("王小明");
  expect((await log(page)).filter((said) => said.startsWith("answer name"))).toEqual([
    'answer name "王"',
    'answer name "王小明"',
  ]);
  await saved(page);
  // It stays while he is in the field, also when a view brings another's answer; what stands is seen when he leaves.
  await page.evaluate(() => globalThis.fake.sync((view) => globalThis.fake.set(view, "name", "别人填的")));
  await page.evaluate(() => globalThis.fake.sync((view) => (view.label = "再次同步")));
  await expect(page.locator("header")).toContainText("再次同步");
  await expect(name).toHaveValue("王小明");
  await page.keyboard.press("Tab");
  await expect(name).toHaveValue("别人填的");
});

test("half a syllable of an input method is not saved", async ({ page }) => {
  await page.clock.install();
  await open(page);
  const keys = await page.context().newCDPSession(page);
  await field(page, "name").focus();
  await keys.send("Input.imeSetComposition", { text: "wang", selectionStart: 4, selectionEnd: 4 });
  await expect(field(page, "name")).toHaveValue("wang");
  await page.clock.runFor(60_000);
  expect(await log(page)).toEqual([]);
  await keys.send("Input.insertText", { text: "王" });
  await expect(field(page, "name")).toHaveValue("王");
  await page.clock.runFor(600);
  await done(page, 'answer name "王"');
});

test("a question that appears above does not take the focus away, nor does another language", async ({
  page,
}) => {
  await open(page, "household");
  const row = "members/0000000000F6X8CBA99TXW9WFH";
  const path = `${row}/membership/from`;
  await section(page, "家庭成员");
  await page.locator(`[id="open-${row}"]`).click();
  await field(page, path).focus();
  await page.evaluate((row) => {
    globalThis.fake.sync((view) => {
      for (const item of view.pages.flatMap((one) => one.items)) {
        const items = item.item === "roster" ? item.rows.find((one) => one.path === row)?.items : undefined;
        const model = items?.find((one) => one.item === "question");
        if (model?.item === "question") items?.unshift({ ...model, path: "appeared", title: "新出现的题目" });
      }
    });
  }, row);
  await expect(question(page, "appeared")).toBeVisible();
  await expect(field(page, path)).toBeFocused();
  await page.evaluate(() => globalThis.fake.speak("en"));
  await expect(page.getByRole("button", { name: "Back to 家庭成员" })).toHaveCount(2);
  await expect(field(page, path)).toBeFocused();
});

test("a save that failed in a row is told outside of it, and goes with the row", async ({ page }) => {
  await open(page);
  await section(page, "家庭成员");
  await page.locator(".open").first().click();
  await page.evaluate(() => globalThis.fake.fail(1));
  await page.getByRole("textbox", { name: /姓名/ }).fill("钱五");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("alert")).toHaveCount(1);
  await page.locator(".sheet").getByRole("button", { name: "返回：家庭成员" }).first().click();
  await expect(page.getByRole("alert")).toContainText("存储空间不足");
  await page.getByRole("button", { name: "移除: 钱二" }).click();
  await page.locator(".ask").getByRole("button", { name: "移除" }).click();
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("what waits is saved when the page is hidden", async ({ page }) => {
  await open(page);
  await field(page, "land").fill("3.");
  await page.evaluate(() => globalThis.dispatchEvent(new Event("pagehide")));
  await expect(question(page, "land").getByRole("alert")).toContainText("“3.”不是数字");
  await field(page, "land").fill("7.");
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden" });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await expect(question(page, "land").getByRole("alert")).toContainText("“7.”不是数字");
});

test("a failed save is shown at the question, keeps what was typed, and is tried again", async ({ page }) => {
  await open(page);
  await page.evaluate(() => globalThis.fake.fail(2));
  await field(page, "name").fill("周四");
  await page.keyboard.press("Tab");
  await expect(question(page, "name").getByRole("alert")).toContainText("未保存：存储空间不足");
  await expect(page.locator("header [role=status]")).toHaveText("有答案未保存");
  await expect(field(page, "name")).toHaveValue("周四");
  // Elsewhere it is told as well, and nobody leaves without knowing.
  await section(page, "选择题");
  await expect(page.locator(".sheet").getByRole("alert")).toContainText("存储空间不足");
  await page.getByRole("button", { name: "返回", exact: true }).click();
  expect(await log(page)).not.toContain("close");
  await section(page, "基本情况");
  await expect(field(page, "name")).toHaveValue("周四");
  await question(page, "name").getByRole("button", { name: "再试一次" }).click();
  await expect(question(page, "name").getByRole("alert")).toContainText("存储空间不足");
  await question(page, "name").getByRole("button", { name: "再试一次" }).click();
  await done(page, 'answer name "周四"');
  await saved(page);
  await page.getByRole("button", { name: "返回", exact: true }).click();
  await done(page, "close");
});

test("comments at the question and on the record", async ({ page }) => {
  await open(page);
  await more(page, "land").click();
  await question(page, "land").getByLabel("添加批注").fill('<img src=x onerror="window.hurt=1">');
  await question(page, "land").getByRole("button", { name: "保存批注" }).click();
  await expect(question(page, "land").getByRole("list", { name: "批注" })).toContainText("<img src=x");
  await section(page, "检查并完成");
  await page.getByLabel("对本记录添加批注").fill("户主外出");
  await page.getByRole("button", { name: "保存批注" }).click();
  await done(page, "comment - 户主外出");
});

test("a new version of the form is told once, and stays until it is read", async ({ page }) => {
  await open(page);
  const change = { from: 1, to: 2, changes: [], zh: "第 2 版：年龄上限改为 110 岁。", en: "Version 2." };
  await page.evaluate((notice) => globalThis.fake.sync((view) => (view.notice = notice)), change);
  await page.evaluate(() => globalThis.fake.sync((view) => delete view.notice));
  const notice = page.getByRole("region", { name: "表单已更新" });
  await expect(notice).toContainText("年龄上限改为 110 岁");
  await notice.getByRole("button", { name: "知道了" }).click();
  await expect(notice).toHaveCount(0);
  await page.evaluate(() => globalThis.fake.sync((view) => (view.newer_version = 3)));
  await expect(page.locator(".sheet")).toContainText("表单已有第 3 版");
});

test("one question a screen is kept on this device, and views move nobody", async ({ page }) => {
  await open(page);
  await page.getByRole("switch", { name: "每屏一题" }).check();
  await page.reload();
  await expect(page.locator(".sheet [id^=q-]")).toHaveCount(1);
  await expect(question(page, "name")).toBeVisible();
  await page.getByRole("button", { name: "下一步" }).click();
  await expect(question(page, "age")).toBeVisible();
  await page.evaluate(() => globalThis.fake.sync((view) => view.pages[0]?.items.shift()));
  await expect(question(page, "age")).toBeVisible();
  const seen = [];
  for (
    let screens = 0;
    screens < 40 && (await page.locator("h2").textContent()) !== "检查并完成";
    screens++
  ) {
    seen.push(await page.locator(".sheet [id^=q-]").first().getAttribute("id"));
    await page.getByRole("button", { name: "下一步" }).click();
  }
  expect(seen.length).toBe(26);
  await page.getByRole("button", { name: "去填写: 家庭成员 › 赵小一 › 性别" }).click();
  await expect(page.locator("h2")).toHaveText("家庭成员 › 家庭成员 › 赵小一");
});

test("labels and answers are text", async ({ page }) => {
  const canary = '<img src=x onerror="window.hurt=1">';
  await open(page);
  const unhurt = async (): Promise<void> => {
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.evaluate(() => globalThis.hurt)).toBeUndefined();
  };
  await expect(question(page, "name")).toContainText(`${canary} 请核对姓名`);
  await unhurt();
  await section(page, "选择题");
  const hostile = question(page, "hostile");
  await expect(hostile.locator(".title")).toHaveText(`${canary}题目`);
  await expect(hostile).toContainText(`${canary}提示`);
  await expect(hostile.getByText(canary, { exact: true })).toBeVisible();
  await unhurt();
  await section(page, "其他题目");
  await expect(field(page, "note")).toHaveValue(canary);
  await unhurt();
  // Answers become labels elsewhere, and part of different answers.
  await page.evaluate((canary) => {
    globalThis.fake.sync((view) => {
      view.label = canary;
      const one = { by: canary, device: null, at: 0, change: "1" };
      const name = globalThis.fake.question("name", view);
      if (name) name.different = { name: [{ ...one, value: canary }] };
      for (const item of view.pages.flatMap(({ items }) => items)) {
        if (item.item === "roster") for (const row of item.rows) row.label = canary;
      }
      view.violations = [{ key: "k", severity: "error", message: canary }];
    });
  }, canary);
  for (const title of ["家庭成员", "检查并完成", "基本情况"]) {
    await section(page, title);
    await expect(page.locator(".sheet")).toContainText(canary);
    await unhurt();
  }
});
