import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { field, more, open, question } from "./hands";

const clean = async (page: Page, where: string): Promise<void> => {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
  expect(found, where).toEqual([]);
  const wide = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(wide, `${where} scrolls sideways`).toBe(0);
};

const LOOKS = [
  ["light", "zh"],
  ["light", "en"],
  ["dark", "zh"],
  ["dark", "en"],
] as const;
/** The large forms add screens, not parts: one look of each finds what a longer label breaks. */
const SCREENS: (readonly ["light" | "dark", "zh" | "en", string])[] = [
  ...LOOKS.map((look) => [...look, "kinds"] as const),
  ["dark", "zh", "household"],
  ["light", "en", "household"],
  ["light", "zh", "health"],
];

for (const [scheme, language, form] of SCREENS) {
  test(`every screen of ${form} is accessible and no wider than the phone, ${scheme}, ${language}`, async ({
    page,
  }) => {
    test.slow();
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await open(page, form, language);
    const count = await page.locator("nav ol li").count();
    for (let at = 0; at < count; at++) {
      await page.locator("nav .menu").click();
      if (at === 0) await clean(page, "menu");
      await page.locator("nav ol li button").nth(at).click();
      await clean(page, (await page.locator("h2").textContent()) ?? "");
      const row = page.locator(".sheet .open").first();
      if ((await row.count()) === 0) continue;
      await row.click();
      await clean(page, "a row");
    }
  });
}

for (const [scheme, language] of LOOKS) {
  test(`what opens on a screen is accessible, ${scheme}, ${language}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await open(page, "kinds", language);
    await more(page, "age").click();
    await page.locator("[id='q-name'] .different summary").click();
    await page.evaluate(() => globalThis.fake.fail(1));
    await field(page, "name").fill("x");
    await page.keyboard.press("Tab");
    await expect(question(page, "name").getByRole("alert")).toBeVisible();
    await clean(page, "opened parts and a failed save");
    await page.getByRole("switch").check();
    await clean(page, "one question a screen");
    await page.getByRole("switch").uncheck();
    await page.locator("nav .menu").click();
    await page.locator("nav ol li button").nth(1).click();
    await field(page, "village").click();
    await clean(page, "a list that is searched");
  });
}
