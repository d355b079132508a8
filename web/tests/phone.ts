// A phone, and what its person does first.

import { chromium, expect, test, type BrowserContext, type Locator, type Page } from "@playwright/test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Town } from "./town";

/** A phone: a browser with a profile of its own on the disk. */
export class Phone {
  private readonly profile = mkdtempSync(join(tmpdir(), "doorstep-phone-"));
  private context: BrowserContext | undefined;
  readonly refused: string[] = [];

  async on(more: { serviceWorkers?: "block" } = {}): Promise<BrowserContext> {
    const { launchOptions, viewport, locale } = test.info().project.use;
    const options = { ...launchOptions, viewport: viewport ?? null, locale: locale ?? "zh-CN", ...more };
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

/** As a browser whose workers have no file system of their own. */
export async function withoutFiles(context: BrowserContext): Promise<void> {
  await context.route(/worker-.*\.js$/, async (route) => {
    const response = await route.fetch();
    const body = `delete StorageManager.prototype.getDirectory;\n${await response.text()}`;
    await route.fulfill({ response, body });
  });
}

export async function enrol(town: Town, page: Page, name: string): Promise<void> {
  await page.goto(town.url);
  await page.getByLabel("登记码").fill(town.invite(name));
  await page.getByLabel("设备名称").fill("测试手机");
  await page.getByRole("button", { name: "登记", exact: true }).click();
  // The forms and areas come by themselves.
  await expect(page.getByText("同步完成")).toBeVisible();
}

/** Waits until the worker that serves the app without a network is in place. */
export async function keptForOffline(page: Page): Promise<void> {
  await expect(page.getByText("可离线打开", { exact: true })).toBeVisible();
}

export async function begin(page: Page): Promise<void> {
  await page.getByRole("button", { name: "新增" }).click();
  const area = page.getByLabel("行政区划");
  await expect(area).toBeVisible();
  await area.selectOption({ index: 1 });
  await page.getByRole("button", { name: "开始填写" }).click();
  await expect(page.getByRole("radio", { name: "新登记" })).toBeVisible();
}

/** The section of the register in which a question stands. */
const SECTIONS = { 住址: "基本情况", 联系电话: "基本情况", 备注: "备注" };
export type Asked = keyof typeof SECTIONS;

/** Opens a section, or the completion screen. */
export async function section(page: Page, title: string): Promise<void> {
  const sections = page.getByRole("navigation", { name: "各节" });
  await sections.locator("button").first().click();
  await sections
    .getByRole("listitem")
    .getByRole("button", { name: new RegExp(`^${title}`) })
    .click();
}

/** The field of a question, in its section. */
export async function field(page: Page, label: Asked): Promise<Locator> {
  await section(page, SECTIONS[label]);
  return page.getByRole("textbox", { name: new RegExp(`^${label}`) });
}

export async function answer(page: Page, label: Asked, text: string): Promise<void> {
  const input = await field(page, label);
  await input.fill(text);
  await input.press("Tab");
}
