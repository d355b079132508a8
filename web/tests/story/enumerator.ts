// An enumerator with a phone: what a person does with the app, and what can happen to a phone.

import { expect, type BrowserContext, type Locator, type Page } from "@playwright/test";
import { question, saved } from "../form/hands";
import { answer, Phone, section } from "../phone";

export class Enumerator {
  readonly phone = new Phone();
  private held: { context: BrowserContext; page: Page } | undefined;

  constructor(
    readonly name: string,
    private readonly url: string,
  ) {}

  async takesPhone(): Promise<void> {
    const context = await this.phone.on();
    this.held = { context, page: context.pages()[0] ?? (await context.newPage()) };
  }

  get context(): BrowserContext {
    if (!this.held) throw new Error(`${this.name} has no phone`);
    return this.held.context;
  }

  /** The window in the hand. */
  get page(): Page {
    if (!this.held) throw new Error(`${this.name} has no phone`);
    return this.held.page;
  }

  /** Another window of the same phone, on a record. */
  async window(record: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(`${this.url}/#/record/${record}`);
    return page;
  }

  /** The window in the hand is closed in the middle, without waiting for anything; another one is opened on the record. */
  async closes(window: Page, record: string): Promise<void> {
    // A phone's browser goes on without windows; Chromium here ends with its last one.
    const next = await this.context.newPage();
    await window.close();
    await next.goto(`${this.url}/#/record/${record}`);
    this.held = { context: this.context, page: next };
  }

  async open(record: string): Promise<void> {
    await this.page.goto(`${this.url}/#/record/${record}`);
    await expect(this.page.getByRole("navigation", { name: "各节" })).toBeVisible();
  }

  /** Finds a household by a part of its name, as a person does, and opens it. */
  async finds(name: string): Promise<void> {
    await this.home();
    await this.page.getByRole("searchbox", { name: "查找农户" }).fill(name);
    await this.page.getByRole("link", { name }).first().click();
    await expect(this.page.getByRole("navigation", { name: "各节" })).toBeVisible();
  }

  async home(): Promise<void> {
    await this.page.goto(`${this.url}/#/`);
    await expect(this.page.getByRole("button", { name: "同步", exact: true })).toBeVisible();
  }

  async ticks(path: string, choice: string): Promise<void> {
    await question(this.page, path).getByLabel(choice, { exact: true }).check();
    await this.saved();
  }

  /** Types into the field of a question that is on the screen, and leaves it. */
  async types(path: string, text: string): Promise<void> {
    const input = this.page.locator(`[id="field-${path}"]`);
    await input.fill(text);
    await input.press("Tab");
  }

  /** Says a line of the first section, the address or the remark. */
  async says(label: Parameters<typeof answer>[1], text: string): Promise<void> {
    await answer(this.page, label, text);
    await this.saved();
  }

  async saved(): Promise<void> {
    await saved(this.page);
  }

  async member(name: string, relation: string): Promise<void> {
    const { page } = this;
    await section(page, "家庭成员");
    await page.getByRole("button", { name: "添加: 家庭成员" }).click();
    await page.getByRole("textbox", { name: /^姓名/ }).fill(name);
    const box = page.getByRole("combobox", { name: /^与户主关系/ });
    await box.fill(relation);
    await page.getByRole("option", { name: relation, exact: true }).click();
    await this.saved();
    await page.locator(".sheet").getByRole("button", { name: "返回：家庭成员" }).first().click();
    await expect(page.locator(".open").filter({ hasText: name })).toBeVisible();
  }

  /** Says that the record is complete; the note stands where something is still open. */
  async completes(note: string): Promise<void> {
    const { page } = this;
    await section(page, "检查并完成");
    await page.getByRole("textbox", { name: /说明/ }).fill(note);
    await page.getByRole("button", { name: /完成$/ }).last().click();
    await expect(this.count("已完成待上传")).toContainText("1");
  }

  /** A tab of the home screen, with its number. */
  count(tab: string): Locator {
    return this.page.getByRole("button", { name: new RegExp(`^${tab}`) });
  }

  async syncs(): Promise<void> {
    await this.home();
    await this.page.getByRole("button", { name: "同步", exact: true }).click();
    await expect(this.page.getByText("同步完成")).toBeVisible();
    await expect(this.page.locator(".sync .warn")).toHaveCount(0);
  }

  /** Gives the phone back; what its pages were refused is for the test to judge. */
  async ends(): Promise<string[]> {
    await this.phone.end();
    return this.phone.refused;
  }
}
