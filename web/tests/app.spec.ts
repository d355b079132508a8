// The enumerator's app against a real server: enrolled with a network, worked without one, killed in the middle, back again.

import { chromium, expect, test, type BrowserContext, type Page } from "@playwright/test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Town } from "./town";

const town = new Town(7601, 7600);

test.beforeAll(async () => {
  await town.begin(["household_register"], ["li"]);
});
test.afterAll(() => town.end());

/** A phone: a browser with a profile of its own on the disk. */
class Phone {
  private readonly profile = mkdtempSync(join(tmpdir(), "doorstep-phone-"));
  private context: BrowserContext | undefined;
  readonly refused: string[] = [];

  async on(): Promise<BrowserContext> {
    const { launchOptions, viewport, locale } = test.info().project.use;
    const options = { ...launchOptions, viewport: viewport ?? null, locale: locale ?? "zh-CN" };
    this.context = await chromium.launchPersistentContext(this.profile, options);
    // What the content security policy refused is a fault of the pages.
    this.context.on("console", (said) => {
      if (/Content Security Policy/.test(said.text())) this.refused.push(said.text());
    });
    return this.context;
  }

  async off(): Promise<void> {
    await this.context?.close();
    this.context = undefined;
  }

  async end(): Promise<void> {
    await this.off();
    rmSync(this.profile, { recursive: true, force: true });
  }
}

async function enrol(page: Page, name: string): Promise<void> {
  await page.goto(town.url);
  await page.getByLabel("登记码").fill(town.invite(name));
  await page.getByLabel("设备名称").fill("测试手机");
  await page.getByRole("button", { name: "登记", exact: true }).click();
  // The forms and areas come by themselves.
  await expect(page.getByText("同步完成")).toBeVisible();
}

/** Waits until the worker that serves the app without a network is in place. */
async function keptForOffline(page: Page): Promise<void> {
  await expect(page.getByText("可离线打开", { exact: true })).toBeVisible();
}

async function begin(page: Page): Promise<void> {
  await page.getByRole("button", { name: "新增" }).click();
  const area = page.getByLabel("行政区划");
  await expect(area).toBeVisible();
  await area.selectOption({ index: 1 });
  await page.getByRole("button", { name: "开始填写" }).click();
  await expect(page.getByLabel("住址", { exact: true })).toBeVisible();
}

async function answer(page: Page, label: string, text: string): Promise<void> {
  const input = page.getByLabel(label, { exact: true });
  await input.fill(text);
  await input.press("Tab");
}

test("an answer outlives the network, the window and the browser, and reaches the server", async () => {
  const phone = new Phone();
  let context = await phone.on();
  let page = context.pages()[0] ?? (await context.newPage());
  await enrol(page, "li");
  await expect(page.getByText("保存在本机文件中")).toBeVisible();
  await keptForOffline(page);

  await context.setOffline(true);
  await town.kill();
  await page.reload();
  await begin(page);
  await answer(page, "住址", "青禾村一组 7 号");
  await answer(page, "联系电话", "13800000007");
  const household = page.url();

  // Reloaded in the middle.
  await page.reload();
  await expect(page.getByLabel("住址", { exact: true })).toHaveValue("青禾村一组 7 号");
  await answer(page, "备注", "刷新之后");

  // A second window works on the same record while the first one runs the engine, and takes over when that is killed.
  const second = await context.newPage();
  await second.goto(household);
  await expect(second.getByLabel("备注", { exact: true })).toHaveValue("刷新之后");
  await answer(second, "备注", "第二个窗口");
  await expect(page.getByLabel("备注", { exact: true })).toHaveValue("第二个窗口");
  await page.close();
  await answer(second, "联系电话", "13900000008");
  await second.reload();
  await expect(second.getByLabel("联系电话", { exact: true })).toHaveValue("13900000008");
  await expect(second.getByLabel("备注", { exact: true })).toHaveValue("第二个窗口");

  // The whole browser is gone, and comes back without a network.
  await phone.off();
  context = await phone.on();
  await context.setOffline(true);
  page = context.pages()[0] ?? (await context.newPage());
  await page.goto(household);
  await expect(page.getByLabel("备注", { exact: true })).toHaveValue("第二个窗口");
  await page.getByRole("button", { name: "完成", exact: true }).click();
  await expect(page.getByRole("button", { name: /已完成待上传/ })).toContainText("1");

  // Without a network a sync says so and loses nothing.
  await page.getByRole("button", { name: "同步", exact: true }).click();
  await expect(page.getByText("无法连接服务器")).toBeVisible({ timeout: 120_000 });

  await town.serve();
  await context.setOffline(false);
  await page.getByRole("button", { name: "同步", exact: true }).click();
  await expect(page.getByText("同步完成")).toBeVisible();
  const sent = page.getByRole("button", { name: /^已上传/ });
  await expect(sent).toContainText("1");

  const queue = JSON.stringify(town.doorstep(["review", "list", "--form", "household_register"]));
  const record = household.slice(household.lastIndexOf("/") + 1);
  expect(queue).toContain(record);
  const history = JSON.stringify(town.doorstep(["record", "history", record]));
  for (const said of ["青禾村一组 7 号", "13800000007", "13900000008", "第二个窗口"]) expect(history).toContain(said);
  expect(phone.refused).toEqual([]);
  await phone.end();
});
