// Every screen as a person meets it: accessible in both languages, light and dark, without scrolling sideways at 360 px.
// `SHOTS=folder` keeps pictures.

import { AxeBuilder } from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { join } from "node:path";
import { answer, begin, enrol, Phone } from "./phone";
import { Town } from "./town";

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
  await page.getByRole("button", { name: "返回" }).click();
  await page.getByRole("switch", { name: "练习模式" }).click();
  await look(page, "practice");
  await page.getByRole("button", { name: "结束练习" }).click();
  await page.getByRole("button", { name: "设置 PIN 码" }).click();
  await look(page, "pin");
  await page.getByLabel("PIN 码").fill("2468");
  await page.getByLabel("再输一次").fill("2468");
  await page.getByRole("button", { name: "保存", exact: true }).click();
  await page.getByRole("button", { name: "换人" }).click();
  await page.getByRole("button", { name: "li", exact: true }).click();
  await page.getByRole("button", { name: "忘记 PIN 码" }).click();
  await look(page, "people");
  await phone.end();
});
