// Every screen as a person meets it: accessible in both languages, light and dark, without scrolling sideways at 360 px.
// `SHOTS=folder` keeps pictures.

import { AxeBuilder } from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { join } from "node:path";
import { answer, begin, enrol, Phone, section } from "./phone";
import { Town, VILLAGE } from "./town";

const town = new Town(7603, 7602);

test.beforeAll(() => town.begin(["household_register"], ["li"]));
test.afterAll(() => town.end());

async function look(page: Page, screen: string): Promise<void> {
  for (const [width, height] of [
    [360, 740],
    [1280, 800],
  ] as const) {
    await page.setViewportSize({ width, height });
    for (const language of ["zh", "en"]) {
      for (const scheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme: scheme });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(wide, `${screen} ${language} ${width}`).toBeLessThanOrEqual(0);
        if (width === 360) {
          const found = await new AxeBuilder({ page }).analyze();
          expect(found.violations, `${screen} ${language} ${scheme}`).toEqual([]);
        }
        const shots = process.env["SHOTS"];
        if (shots !== undefined && scheme === "light") {
          await page.screenshot({ path: join(shots, `${screen}-${language}-${width}.png`) });
        }
      }
      await page.getByRole("button", { name: language === "zh" ? "English" : "中文" }).click();
    }
  }
  await page.setViewportSize({ width: 360, height: 740 });
}

test("every screen is accessible in both languages and fits a small phone", async () => {
  const phone = new Phone();
  const context = await phone.on();
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(town.url);
  await expect(page.getByLabel("登记码")).toBeVisible();
  await look(page, "enrol");
  await enrol(town, page, "li");
  await begin(page);
  await answer(page, "住址", "青禾村一组 7 号");
  await look(page, "form");
  await page.getByRole("link", { name: "入户" }).click();
  await expect(page.getByRole("link", { name: /未命名/ })).toBeVisible();
  await look(page, "home");
  await page.getByRole("button", { name: "新增" }).click();
  await expect(page.getByLabel("行政区划")).toBeVisible();
  await look(page, "new");
  await phone.end();
});

async function sync(page: Page): Promise<void> {
  await page.getByRole("button", { name: "同步", exact: true }).click();
  await expect(page.getByText("同步完成")).toBeVisible();
}

const tab = (page: Page, name: string) => page.getByRole("button", { name: new RegExp(`^${name}`) });

/** Work given, a member's own page, the completion screen. */
async function filled(page: Page): Promise<void> {
  const work = ["--to", "li", "--form", "household_register", "--area", VILLAGE, "--quantity", "3"];
  const said = ["--due", "2030-07-13", "--note", "先去三组", "--as", "shen"];
  town.doorstep(["assign", "add", ...work, ...said]);
  await sync(page);
  await tab(page, "任务").click();
  await expect(page.getByText("先去三组")).toBeVisible();
  await look(page, "work");
  await tab(page, "填写中").click();
  await page.getByRole("link", { name: /未命名/ }).click();
  await section(page, "家庭成员");
  await page.getByRole("button", { name: "添加: 家庭成员" }).click();
  await expect(page.getByRole("textbox", { name: /^姓名/ })).toBeVisible();
  await look(page, "member");
  await section(page, "检查并完成");
  await look(page, "completion");
}

/** A record that was sent, and that came back with a comment on a question. */
async function sentBack(page: Page): Promise<void> {
  const record = page.url().slice(page.url().lastIndexOf("/") + 1);
  await page.getByRole("textbox", { name: /说明/ }).fill("其余待补");
  await page.getByRole("button", { name: /完成$/ }).last().click();
  await expect(tab(page, "已完成待上传")).toContainText("1");
  await sync(page);
  await tab(page, "已上传").click();
  await expect(page.getByRole("link", { name: /未命名/ })).toBeVisible();
  await look(page, "sent");
  town.doorstep(["review", "send-back", record, "--comment", "address=请写门牌号", "--as", "shen"]);
  await sync(page);
  await tab(page, "退回修改").click();
  await look(page, "sent back");
  await page.getByRole("link", { name: /未命名/ }).click();
  await section(page, "基本情况");
  await expect(page.getByText("请写门牌号")).toBeVisible();
  await look(page, "comment");
  await page.getByRole("link", { name: "入户" }).click();
}

/** A search that finds nothing, and a sync without a network. */
async function away(page: Page): Promise<void> {
  await page.getByRole("searchbox", { name: "查找农户" }).fill("没有这一户");
  await expect(page.getByText("没有找到。")).toBeVisible();
  await look(page, "nothing found");
  await page.context().setOffline(true);
  await page.getByRole("button", { name: "同步", exact: true }).click();
  await expect(page.getByText("无法连接服务器")).toBeVisible({ timeout: 120_000 });
  await look(page, "no network");
}

test("so is what shows only after something has happened", async () => {
  const phone = new Phone();
  const context = await phone.on();
  const page = context.pages()[0] ?? (await context.newPage());
  await enrol(town, page, "li");
  await begin(page);
  await page.getByRole("link", { name: "入户" }).click();
  await filled(page);
  await sentBack(page);
  await page.getByRole("switch", { name: "练习模式" }).click();
  await look(page, "practice");
  await page.getByRole("button", { name: "结束练习" }).click();
  await page.getByRole("button", { name: "设置 PIN 码" }).click();
  await look(page, "pin");
  await page.getByLabel("PIN 码").fill("2468");
  await page.getByLabel("再输一次").fill("2468");
  await page.getByRole("button", { name: "保存", exact: true }).click();
  await away(page);
  await page.getByRole("button", { name: "换人" }).click();
  await page.getByRole("button", { name: "li", exact: true }).click();
  await page.getByRole("button", { name: "忘记 PIN 码" }).click();
  await look(page, "people");
  await phone.end();
});
