// The enumerator's app: an answer, a search, the first sync, a start without a network.

import { expect, test, type Locator, type Page } from "@playwright/test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { question } from "../form/hands";
import { keptForOffline, section } from "../phone";
import { Enumerator } from "../story/enumerator";
import { Office } from "../story/office";
import { calls, clocks, fromHand, interactions, loop, slow } from "./clock";
import { LAST, PICKS, rulesPackage } from "./rules";
import { kilobytes, note, quantile, times } from "./table";
import { HOUSEHOLDS, headOf, importHouseholds, TOWN, VILLAGES } from "./town";

/** As a cheap phone is to this machine. */
const SLOWER = 4;
const office = new Office(7656);
const all = new Enumerator("sun", office.url);

test.describe.configure({ mode: "serial" });
test.beforeAll(async () => {
  await office.begin([], []);
  await office.kill();
  office.account("chen", "admin", TOWN);
  office.account("li", "enumerator", VILLAGES[0]);
  office.account("wang", "enumerator", VILLAGES[1]);
  office.account("sun", "enumerator", TOWN);
  office.doorstep(["form", "publish", office.form("household_register")]);
  importHouseholds(office, HOUSEHOLDS);
  await office.serve();
});
test.afterAll(async () => {
  await all.ends();
  await office.end();
});

async function enrolled(who: Enumerator): Promise<Page> {
  await who.takesPhone();
  await clocks(who.context);
  const { page } = who;
  await page.goto(office.url);
  await page.getByLabel("登记码").fill(office.invite(who.name));
  await page.getByRole("button", { name: "登记", exact: true }).click();
  await expect(page.getByText("同步完成")).toBeVisible();
  return page;
}

/**
 * Does something again and again, first at the machine's pace, then on a slow page. The browser slows the page's thread and not
 * the engine's worker: what a phone that is slow in both would need is worked out from the engine's own time.
 */
async function bothPaces(
  page: Page,
  verb: string,
  once: (nth: number) => Promise<number>,
): Promise<{ text: string; numbers: Record<string, number> }> {
  const round = async (count: number): Promise<number[]> => {
    const taken: number[] = [];
    for (let nth = 0; nth < count; nth++) taken.push(await once(nth));
    return taken;
  };
  await calls(page, verb);
  const normal = times(await round(20));
  const engine = times((await calls(page, verb)).map(({ ms }) => ms));
  // Those of the slow page are told alone.
  await interactions(page);
  await slow(page, SLOWER);
  const { text, numbers } = times(await round(30));
  await slow(page, 1);
  const [own = 0, whole = 0] = [engine.numbers["median"], numbers["median"]];
  const estimate = whole + (SLOWER - 1) * own;
  const not = `the engine needs ${own.toFixed(1)} ms and is not slowed, with it about ${estimate.toFixed(0)} ms`;
  return {
    text: `${text}; ${not}; unslowed ${normal.text}`,
    numbers: { ...numbers, engine: own, estimate, normal: normal.numbers["median"] ?? 0 },
  };
}

async function firstSync(name: string): Promise<void> {
  const who = new Enumerator(name, office.url);
  const page = await enrolled(who);
  const [call] = await calls(page, "sync");
  const { bytes_up, bytes_down, pages, requests } = call?.value as Record<string, number> & {
    bytes_up: number;
    bytes_down: number;
  };
  const households = HOUSEHOLDS / 2;
  const bytes = bytes_up + bytes_down;
  note({
    work: `first sync of ${households} households in the browser`,
    aim: "seconds, bytes",
    measured: `${((call?.ms ?? 0) / 1000).toFixed(1)} s, ${kilobytes(bytes)}, ${(bytes / households).toFixed(0)} bytes a household, ${requests} requests`,
    numbers: {
      ms: call?.ms ?? 0,
      bytes_up,
      bytes_down,
      pages: pages ?? 0,
      requests: requests ?? 0,
      households,
    },
  });
  await who.ends();
}

test("the first sync", async () => {
  for (const name of ["li", "wang"]) await firstSync(name);
});

test("a search", async () => {
  const page = await enrolled(all);
  const field = page.getByRole("searchbox", { name: "查找农户" });
  const { text, numbers } = await bothPaces(page, "list", async (nth) => {
    await field.focus();
    await field.selectText();
    const wanted = headOf((nth * 977 + 1) % HOUSEHOLDS);
    const taken = await fromHand(page, ".list", () => page.keyboard.insertText(wanted));
    await expect(page.locator(".list li").filter({ hasText: wanted }).first()).toBeVisible();
    return taken;
  });
  note({
    work: `search over ${HOUSEHOLDS} households, page ${SLOWER} x slower`,
    aim: "<= 300 ms",
    measured: text,
    numbers,
  });
});

test("a start without a network", async () => {
  const { page } = all;
  await keptForOffline(page);
  await office.kill();
  const shown: number[] = [];
  const engine: number[] = [];
  for (let nth = 0; nth < 5; nth++) {
    // The browser itself is new each time.
    await all.phone.off();
    await all.takesPhone();
    await clocks(all.context);
    await all.context.setOffline(true);
    // On a file of the same place first: the process that will run the app is the one that is slowed.
    await all.page.goto(`${office.url}/icon.svg`);
    await slow(all.page, SLOWER);
    await all.page.goto(office.url);
    await all.page.evaluate(() => globalThis.pictured(() => document.querySelector(".tabs, .list") !== null));
    const at = await all.page.evaluate(() => ({
      shown: performance.now(),
      engine: globalThis.engineReady ?? 0,
    }));
    shown.push(at.shown);
    engine.push(at.engine);
  }
  const slowed = await loop(all.page);
  await slow(all.page, 1);
  const rate = slowed / (await loop(all.page));
  const { text, numbers } = times(shown);
  const ready = quantile(engine, 0.5);
  note({
    work: `start without a network, ${HOUSEHOLDS} households kept, page ${SLOWER} x slower`,
    aim: "<= 1500 ms",
    measured: `${text}; the engine ran after ${ready.toFixed(0)} ms (a loop on the page was ${rate.toFixed(1)} x slower)`,
    numbers: { ...numbers, ready, rate },
  });
  await all.phone.off();
  await office.serve();
});

/** Answers a question again and again, until what depends on it is drawn. */
async function answers(page: Page, work: string, watched: string, options: Locator[]): Promise<void> {
  let turn = 0;
  const { text, numbers } = await bothPaces(page, "answer", async () => {
    const { x, y } = await middleOf(options[turn++ % options.length]);
    return fromHand(page, watched, () => page.mouse.click(x, y));
  });
  const drawn = await interactions(page);
  const tap = `the tap itself is drawn after ${quantile(drawn, 0.5)} ms, p95 ${quantile(drawn, 0.95)}, in steps of 8`;
  note({ work: `${work}, page ${SLOWER} x slower`, aim: "<= 50 ms", measured: `${text}; ${tap}`, numbers });
}

/** Where a finger goes. A click on the element itself would look for it, on the page's slowed thread, between tap and picture. */
async function middleOf(option: Locator | undefined): Promise<{ x: number; y: number }> {
  await option?.scrollIntoViewIfNeeded();
  const box = await option?.boundingBox();
  if (!box) throw new Error("the option is not shown");
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

test("an answer", async () => {
  const who = new Enumerator("li", office.url);
  const folder = mkdtempSync(join(tmpdir(), "doorstep-rules-"));
  office.doorstep(["form", "publish", rulesPackage(folder)]);
  rmSync(folder, { recursive: true });
  const page = await enrolled(who);

  await page.getByRole("button", { name: "新增" }).click();
  await page.getByLabel("表单").selectOption({ label: "一百条规则" });
  await page.getByLabel("行政区划").selectOption({ index: 1 });
  await page.getByRole("button", { name: "开始填写" }).click();
  const picks = PICKS.map((pick) => question(page, "pick").getByLabel(`第 ${pick} 项`));
  await picks.at(-1)?.click();
  await who.saved();
  await answers(page, "an answer with 100 rules that depend on it", `[id="q-${LAST}"]`, picks);

  await who.ends();
});

test("an answer in the large form of a county, with a family in it", async () => {
  const who = new Enumerator("li", office.url);
  await registers(await enrolled(who));
  await who.ends();
});

async function registers(page: Page): Promise<void> {
  await page.getByRole("button", { name: "新增" }).click();
  await page.getByLabel("表单").selectOption({ label: "农户登记与年度核查表" });
  await page.getByLabel("行政区划").selectOption({ index: 1 });
  await page.getByRole("button", { name: "开始填写" }).click();
  await question(page, "form_mode").getByLabel("新登记").check();
  for (let nth = 0; nth < 5; nth++) {
    await section(page, "家庭成员");
    await page.getByRole("button", { name: "添加: 家庭成员" }).click();
    await page.getByRole("textbox", { name: /^姓名/ }).fill(`测试${nth}`);
    await page.keyboard.press("Tab");
    await page.locator(".sheet").getByRole("button", { name: "返回：家庭成员" }).first().click();
  }
  await section(page, "居住与生活");
  const [bad, good] = ["D级（整幢危房）", "A级（安全）"].map((grade) =>
    question(page, "house_grade").getByLabel(grade),
  ) as [Locator, Locator];
  await good.click();
  await answers(page, "an answer in the household register, 5 members", '[id="q-unsafe_house"]', [bad, good]);
}
