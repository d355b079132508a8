import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { idOf, signIn, tell } from "./desk";
import { facts } from "./world";

// Every screen, at a desk and on a phone, light in Chinese and dark in English: nothing axe objects to, nothing wider than
// the page, nothing that the policy of the page refuses. With DOORSTEP_PICTURES=DIR each is kept as a picture.
const PICTURES = process.env["DOORSTEP_PICTURES"];
const SIZES = { desk: { width: 1280, height: 800 }, phone: { width: 360, height: 740 } };
const LOOKS = { "zh-CN": "light", en: "dark" } as const;

async function places(page: Page): Promise<[name: string, hash: string, ready: string][]> {
  const found = facts();
  const household = await idOf(page, "赵一心");
  const sample = await drawn(page);
  return [
    ["queue", "#/queue?state=any&text=测试双", "tbody tr"],
    ["record", `#/record/${found.disputed}`, ".asked"],
    ["pictured", `#/record/${found.pictured}`, "img"],
    ["household", `#/household/${household}?valid_at=2014-01-01`, ".timeline li"],
    ["canary", `#/record/${found.canary}`, ".asked"],
    ["duplicates", "#/duplicates", ".cards button"],
    ["progress", "#/progress?form=town_home", "tbody tr"],
    ["sync", "#/sync", "main section p"],
    ["people", "#/people", "tbody tr"],
    ["forms", "#/forms", "tbody tr"],
    ["reports", "#/reports/T8f", ".chart canvas"],
    ["areas", "#/areas", "tbody tr"],
    ["assignments", "#/assignments", "h1"],
    ["samples", `#/samples/${sample}`, "table[aria-label] tbody tr"],
  ];
}

/** A sample, drawn once. */
async function drawn(page: Page): Promise<string> {
  const known = async (): Promise<string | undefined> => {
    const { samples } = (await (await page.request.get("/api/v1/samples")).json()) as {
      samples: { id: string }[];
    };
    return samples[0]?.id;
  };
  if (!(await known()))
    await tell(page, "samples", { area: "990101", asked: "5", seed: 1, filter: "all", name: "测试抽查" });
  return (await known()) ?? "";
}

async function sound(page: Page, name: string): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect.soft(wide, `${name} is wider than the page`).toBeLessThanOrEqual(0);
  const { violations } = await new AxeBuilder({ page }).analyze();
  const told = violations.map(
    (each) =>
      `${each.id}: ${each.nodes
        .map((node) => node.html)
        .slice(0, 3)
        .join(" | ")}`,
  );
  expect.soft(told, name).toEqual([]);
}

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const [language, colorScheme] of Object.entries(LOOKS)) {
    test.describe(`${size}, ${language}, ${colorScheme}`, () => {
      test.use({ viewport, colorScheme });
      test("every screen is sound", async ({ page }) => {
        test.setTimeout(180_000);
        const refused: string[] = [];
        page.on("console", (message) => {
          if (message.type() === "error") refused.push(message.text());
        });
        const look = async (name: string): Promise<void> => {
          if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}-${size}-${language}.png` });
          await sound(page, name);
        };
        await page.addInitScript(
          (kept) => localStorage.setItem("doorstep.language", kept),
          language === "en" ? "en" : "zh",
        );
        await page.goto("/console/");
        await expect(page.locator("input[type=password]")).toBeVisible();
        await look("door");
        await signIn(page);
        for (const [name, hash, ready] of await places(page)) {
          await page.goto(`/console/${hash}`);
          await expect(page.locator(ready).first()).toBeVisible();
          await look(name);
        }
        // What only admins are shown.
        await page.context().clearCookies();
        await page.reload();
        await signIn(page, "chen");
        await page.goto("/console/#/forms");
        await page.getByRole("button", { name: /^(预览|Preview): town_home 1$/ }).click();
        await expect(page.locator(".phone fieldset, .phone [role=radiogroup]").first()).toBeVisible();
        await look("preview");
        // Whoever is not signed in yet is answered 401 once: browsers report that by themselves.
        expect(refused.filter((text) => !text.includes("401"))).toEqual([]);
        expect(await page.evaluate(() => "canary" in window)).toBe(false);
      });
    });
  }
}
