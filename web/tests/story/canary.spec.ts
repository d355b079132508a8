// Labels, hints, choices, answers, comments and names that contain markup are text on every screen of both faces, under the
// policy the pages are served with.

import { expect, test, type Page } from "@playwright/test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signIn } from "../console/desk";
import { Phone as Device } from "../console/world";
import { question } from "../form/hands";
import { section } from "../phone";
import { Enumerator } from "./enumerator";
import { ADDRESS, ALL, areas, CANARY, FORM, formPackage, PLACE, TURNED, watch } from "./hostile";
import { Office } from "./office";

const office = new Office(7652);
const folder = mkdtempSync(join(tmpdir(), "doorstep-canary-"));
/** A name of 64 characters at most. */
const PERSON = `li ${CANARY}`;
const people = { first: PERSON, second: "wang <b>x</b>" };
let disputed = "";

test.use({ baseURL: office.url, viewport: { width: 1280, height: 800 } });

test.beforeAll(async () => {
  await office.begin([], []);
  office.doorstep(["area", "import", areas(folder)]);
  office.doorstep(["form", "publish", formPackage(folder)]);
  office.account("chen", "admin", "97");
  office.account("zhao", "supervisor", "97");
  for (const name of Object.values(people)) office.account(name, "enumerator", PLACE);
  fill();
});
test.afterAll(async () => {
  await office.end();
  rmSync(folder, { recursive: true, force: true });
});

function device(user: string, name: string): Device {
  const one = new Device(folder, name.slice(0, 1));
  one.do("enrol", office.url, office.invite(user), "--name", name);
  one.do("sync");
  return one;
}

/** Two phones that differ, a pair that may be one household, an error, work, comments on an answer and on the record. */
function fill(): void {
  const [li, wang] = [device(people.first, `l ${CANARY}`), device(people.second, `w ${CANARY}`)];
  const home = (name: string): string => {
    const { record } = li.do("new", FORM, "--area", PLACE);
    const row = ["members/+a/name=" + ALL, "members/+a/id_no=999999197001010017"];
    li.do(
      "set",
      String(record),
      `head_name=${name} ${ALL}`,
      "persons=200",
      `told=${ALL}`,
      "house=a",
      "cause=c1",
      ...row,
    );
    li.do("submit", String(record), "--with-errors");
    return String(record);
  };
  disputed = home("甲");
  const other = home("乙");
  li.do("sync");
  wang.do("sync");
  li.do("set", disputed, `told=li ${ALL}`, "house=b");
  wang.do("set", disputed, `told=wang ${ALL}`, "cause=c2");
  for (const phone of [li, wang]) {
    phone.do("submit", disputed, "--with-errors");
    phone.do("sync");
  }
  const words = ["--comment", `told=${ALL}`, "--note", ALL, "--as", "zhao"];
  office.doorstep(["review", "send-back", other, ...words]);
  const work = ["--to", people.first, "--form", FORM, "--area", PLACE, "--quantity", "3"];
  office.doorstep(["assign", "add", ...work, "--note", ALL, "--as", "zhao"]);
}

/** Whatever became markup on a page. */
async function unhurt(page: Page, fired: string[], screen: string): Promise<void> {
  const found = await page.evaluate(() => {
    const address = (element: Element): string =>
      element.getAttribute("href") ?? element.getAttribute("src") ?? "";
    const hurt = (element: Element): boolean =>
      element.getAttributeNames().some((name) => name.startsWith("on")) ||
      /^(javascript:|x$)/.test(address(element)) ||
      ["B", "IMG", "SCRIPT"].includes(element.tagName);
    return [...document.body.querySelectorAll("*")].filter(hurt).map((element) => element.outerHTML);
  });
  expect(found, screen).toEqual([]);
  expect(fired, screen).toEqual([]);
}

test("a canary that gets through is heard", async ({ page, context }) => {
  const fired = await watch(context);
  await page.goto("/");
  await page.evaluate((markup) => {
    document.body.innerHTML = markup;
  }, CANARY);
  await expect.poll(() => fired.join()).toContain("refused: script-src");
  await expect.poll(() => fired.join()).toContain("a picture was asked for");
});

test("the enumerator's app", async () => {
  const li = new Enumerator(people.first, office.url);
  await li.takesPhone();
  const fired = await watch(li.context);
  const { page } = li;
  const screen = async (name: string, ...texts: string[]): Promise<void> => {
    for (const text of texts) await expect(page.locator("main")).toContainText(text);
    await unhurt(page, fired, name);
  };

  await test.step("enrolment and the home screen", async () => {
    await page.goto(`${office.url}/#enrol=${office.invite(people.first)}`);
    await page.getByLabel("设备名称").fill(ALL);
    await screen("enrolment");
    await page.getByRole("button", { name: "登记", exact: true }).click();
    await expect(page.getByText("同步完成")).toBeVisible();
    for (const [tab, text] of [
      ["任务", ALL],
      ["退回修改", `乙 ${ALL}`],
      ["已上传", `甲 ${ALL}`],
    ] as const) {
      await li.count(tab).click();
      await screen(tab, PERSON, text);
    }
    await page.getByRole("searchbox", { name: "查找农户" }).fill(CANARY);
    await screen("search", ALL);
  });

  await test.step("a new record", async () => {
    await page.getByRole("button", { name: "新增" }).click();
    await expect(page.getByLabel("行政区划")).toContainText(`village ${CANARY}`);
    await expect(page.getByLabel("表单")).toContainText(`农户表 ${CANARY}`);
    await screen("new");
  });

  for (const language of ["zh", "en"] as const) {
    await test.step(`the form, ${language}`, async () => {
      if (language === "en") await page.getByRole("button", { name: "English" }).click();
      await page.goto(`${office.url}/#/`);
      await expect(page.locator(".tabs")).toBeVisible();
      await page.goto(`${office.url}/#/record/${disputed}`);
      const basics = language === "zh" ? "基本" : "Basics";
      await expect(page.locator("h2")).toHaveText(`${basics} ${CANARY}`);
      for (const [path, text] of [
        ["head_name", ALL],
        ["persons", ADDRESS],
        ["persons", TURNED],
        ["told", `li ${ALL}`],
        ["told", `wang ${ALL}`],
        ["told", PERSON],
        ["house", `b ${CANARY}`],
        ["needs", CANARY],
        ["order", CANARY],
      ] as const)
        await expect(question(page, path)).toContainText(text);
      await expect(page.locator('[id="field-head_name"]')).toHaveValue(`甲 ${ALL}`);
      await page.locator('[id="field-cause"]').click();
      await expect(page.getByRole("option", { name: "c9" })).toContainText(CANARY);
      await screen("answers");
      const menu = page.locator("nav .menu");
      await menu.click();
      await screen("sections", CANARY);
      await page.locator("nav ol li button").nth(1).click();
      await expect(page.locator(".open")).toContainText(ALL);
      await screen("roster");
      await page.locator(".open").click();
      await expect(page.locator("h2")).toHaveText(ALL);
      await screen("row");
      await menu.click();
      await page.locator("nav ol li button").last().click();
      await screen("completion", ALL, CANARY);
    });
  }

  await test.step("comments, his own and the supervisor's", async () => {
    await page.getByRole("button", { name: "中文" }).click();
    await li.finds("乙");
    await expect(question(page, "told").getByRole("list", { name: "批注" })).toContainText(ALL);
    await section(page, "检查并完成");
    await page.getByLabel("对本记录添加批注").fill(ALL);
    await page.getByRole("button", { name: "保存批注" }).click();
    await expect(page.getByRole("list", { name: "批注" })).toContainText(ALL);
    await screen("comments");
  });
  expect(await li.ends()).toEqual([]);
});

test("the console", async ({ page, context }) => {
  const fired = await watch(context);
  await signIn(page, "chen");
  const screen = async (hash: string, ...texts: string[]): Promise<void> => {
    await page.goto(`/console/${hash}`);
    for (const text of texts) await expect(page.locator("main")).toContainText(text);
    await unhurt(page, fired, hash);
  };
  for (const language of ["zh", "en"] as const) {
    await test.step(`every screen, ${language}`, async () => {
      if (language === "en") await page.getByRole("button", { name: "English" }).click();
      const form = language === "zh" ? `农户表 ${CANARY}` : `Homes ${CANARY}`;
      await screen("#/queue?state=any", `甲 ${ALL}`, form, `village ${CANARY}`, PERSON);
      await screen(
        `#/record/${disputed}`,
        `甲 ${ALL}`,
        form,
        `li ${ALL}`,
        `wang ${ALL}`,
        `b ${CANARY}`,
        TURNED,
      );
      await screen("#/duplicates", `甲 ${ALL}`);
      await screen(`#/progress?form=${FORM}`, PERSON, `village ${CANARY}`);
      await screen("#/sync");
      await screen("#/people", PERSON, `l ${CANARY}`, `village ${CANARY}`);
      await screen("#/forms", form);
      await screen("#/areas", `county ${CANARY}`);
      await screen("#/assignments", PERSON, form);
      await screen("#/reports");
      await screen("#/samples");
    });
  }

  await test.step("what opens on a screen", async () => {
    await page.getByRole("button", { name: "中文" }).click();
    const dialog = page.getByRole("dialog");
    const opened = async (name: string, ...texts: string[]): Promise<void> => {
      for (const text of texts) await expect(dialog).toContainText(text);
      await unhurt(page, fired, name);
      await dialog.getByRole("button", { name: "关闭" }).click();
    };
    await screen(`#/record/${disputed}`, `甲 ${ALL}`);
    await page.getByRole("button", { name: /^历史: 情况/ }).click();
    await opened("history", `情况 ${CANARY}`, `li ${ALL}`, `wang ${ALL}`);
    await page.getByRole("button", { name: "审核通过" }).click();
    await opened("cannot be approved", `整条 ${ALL}`, `情况 ${CANARY}`);
    await page.getByRole("button", { name: /^批注: 情况/ }).click();
    await page.getByLabel(/^对“情况/).fill(ALL);
    await page.getByRole("button", { name: "记下批注" }).click();
    await page.getByRole("button", { name: "退回修改" }).click();
    await opened("send back", ALL, `情况 ${CANARY}`);
    await screen("#/duplicates", `甲 ${ALL}`);
    await page.getByRole("button", { name: "对照" }).first().click();
    await expect(page.getByRole("table")).toContainText(ALL);
    await unhurt(page, fired, "compared");
    await screen("#/people", PERSON);
    await page.getByRole("button", { name: `${PERSON} 的登记码` }).click();
    await opened("one-time code", PERSON);
    await page.getByRole("button", { name: `停用: l ${CANARY}` }).click();
    await opened("revoke", `l ${CANARY}`);
  });
});
