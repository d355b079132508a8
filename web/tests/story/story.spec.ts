// The whole story: an admin, a supervisor and two enumerators; two phones and one desk. After each step: what the person
// sees, and what the server says on its command line.

import { expect, test, type Page } from "@playwright/test";
import { question, signIn } from "../console/desk";
import { PASSWORD } from "../console/world";
import { question as asked } from "../form/hands";
import { answer, begin, field, keptForOffline, section } from "../phone";
import { VILLAGE } from "../town";
import { Enumerator } from "./enumerator";
import { dataset, Office } from "./office";

const FORM = "household_register";
const TOWN = "999999100000";
const NAME = "测试户主甲";
const ASKED = "请写明门牌号";
const office = new Office(7650);
const [li, wang] = [new Enumerator("li", office.url), new Enumerator("wang", office.url)];
let record = "";
/** What the policy of the pages refused at the desk: a fault of the pages. */
const refused: string[] = [];

test.use({ baseURL: office.url, viewport: { width: 1280, height: 800 } });
test.beforeAll(async () => {
  await office.begin([], []);
  office.account("chen", "admin", TOWN);
});
test.afterAll(async () => {
  for (const who of [li, wang]) refused.push(...(await who.ends()));
  await office.end();
  expect(refused).toEqual([]);
});

/** The admin publishes the form and adds an account for each of the others. */
async function prepares(desk: Page): Promise<void> {
  await signIn(desk, "chen");
  await desk.goto("/console/#/forms");
  await desk.getByLabel("选择表单包文件夹").setInputFiles(office.form(FORM));
  await expect(desk.getByText("首个版本。")).toBeVisible();
  await desk.getByRole("button", { name: "发布", exact: true }).click();
  await expect(desk.getByText(`已发布 ${FORM} 版本 1。`)).toBeVisible();
  expect(JSON.stringify(office.doorstep(["form", "list"]))).toContain(FORM);
  await desk.goto("/console/#/people");
  for (const [name, role] of [
    ["zhao", "supervisor"],
    ["li", "enumerator"],
    ["wang", "enumerator"],
  ] as const) {
    await desk.getByRole("button", { name: "新增账号" }).click();
    const sheet = desk.getByRole("dialog");
    await sheet.getByLabel("用户名").fill(name);
    await sheet.getByLabel("角色").selectOption(role);
    await sheet.getByLabel("行政区划").selectOption(VILLAGE);
    await sheet.getByLabel("密码").fill(PASSWORD);
    await sheet.getByRole("button", { name: "新增账号" }).click();
    await expect(desk.getByRole("row").filter({ hasText: name })).toBeVisible();
  }
  await desk.getByRole("button", { name: "退出登录" }).click();
  await expect(desk.getByLabel("密码")).toBeVisible();
}

/** A code made at the desk enrols a phone: scanned, it comes with the address; or it is typed. */
async function enrols(desk: Page, who: Enumerator, how: "scans" | "types"): Promise<void> {
  await desk.getByRole("button", { name: `${who.name} 的登记码` }).click();
  const sheet = desk.getByRole("dialog");
  const code = (await sheet.locator(".code").textContent())?.trim() ?? "";
  await sheet.getByRole("button", { name: "关闭" }).click();
  await who.takesPhone();
  const { page } = who;
  await page.goto(how === "scans" ? `${office.url}/#enrol=${code}` : office.url);
  if (how === "types") await page.getByLabel("登记码").fill(code);
  await expect(page.getByLabel("登记码")).toHaveValue(code);
  await page.getByLabel("设备名称").fill(`${who.name} 的手机`);
  await page.getByRole("button", { name: "登记", exact: true }).click();
  await expect(page.getByText("同步完成")).toBeVisible();
  await keptForOffline(page);
}

async function goesAway(): Promise<void> {
  for (const who of [li, wang]) await who.context.setOffline(true);
  await office.kill();
}
async function comesBack(): Promise<void> {
  await office.serve();
  for (const who of [li, wang]) await who.context.setOffline(false);
}

/** A visit, filled without a network, in windows that go away in the middle. */
async function fills(): Promise<void> {
  await li.page.reload();
  await begin(li.page);
  record = li.page.url().slice(li.page.url().lastIndexOf("/") + 1);
  await li.ticks("form_mode", "新登记");
  await li.types("event_date", "2015-07-01");
  await li.ticks("visit_mode", "入户面谈");
  await li.ticks("visit_outcome", "部分完成");
  await li.ticks("informant", "户主");
  await answer(li.page, "住址", "松岭村");
  // Reloaded before anything said that it was saved.
  await li.page.reload();
  await expect(await field(li.page, "住址")).toHaveValue("松岭村");
  // A second window goes on; the first one is closed in the middle of an answer.
  const second = await li.window(record);
  await answer(second, "备注", "第二个窗口");
  await expect(await field(li.page, "备注")).toHaveValue("第二个窗口");
  await answer(li.page, "住址", "松岭村一组");
  await li.page.close();
  // The last window is closed while somebody types.
  await (await field(second, "备注")).fill("正在输入");
  await li.closes(second, record);
  await expect(await field(li.page, "备注")).toHaveValue("正在输入");
  await expect(await field(li.page, "住址")).toHaveValue("松岭村一组");
  await li.member(NAME, "户主");
  await section(li.page, "农户属性");
  await li.ticks("poor", "是");
  await li.completes("其余待补");
}

/** The same household on two phones that know nothing of each other. */
async function differ(): Promise<void> {
  await li.open(record);
  await li.says("联系电话", "13800000001");
  await section(li.page, "居住与生活");
  await li.ticks("water_difficulty", "是");
  await li.completes("补充电话");

  await wang.open(record);
  await answer(wang.page, "联系电话", "13800000002");
  await wang.closes(wang.page, record);
  await expect(await field(wang.page, "联系电话")).toHaveValue("13800000002");
  await section(wang.page, "居住与生活");
  await wang.ticks("water_difficulty", "否");
  await wang.member("测试配偶乙", "配偶");
  await wang.completes("另一次走访");
}

/** Both answers stand on li's phone; one dispute is settled there by a tap. */
async function settlesOnPhone(): Promise<void> {
  await li.open(record);
  await section(li.page, "居住与生活");
  await expect(asked(li.page, "water_difficulty")).toContainText("填写不一致");
  await section(li.page, "基本情况");
  const phone = asked(li.page, "phone");
  await expect(phone.locator(".different li")).toHaveCount(2);
  for (const said of ["13800000001", "13800000002", "li", "wang"])
    await expect(phone.locator(".different")).toContainText(said);
  await phone.locator(".different summary").click();
  await li.page.getByLabel("写明原因（可不填）: 联系电话").fill("打过电话");
  await phone.getByRole("button", { name: "选定答案: 13800000002 (wang)" }).click();
  await expect(phone.locator(".different")).toHaveCount(0);
  await expect(li.page.locator('[id="field-phone"]')).toHaveValue("13800000002");
  await section(li.page, "家庭成员");
  // What each added is there: nobody's row replaced the other's.
  for (const name of [NAME, "测试配偶乙"])
    await expect(li.page.locator(".open").filter({ hasText: name })).toBeVisible();
  await li.completes("饮水情况请审核员定");
}

/** The other dispute is settled at the desk, and the record goes back with a comment on a question. */
async function sendsBack(desk: Page): Promise<void> {
  await desk.goto(`/console/#/queue?flag=conflict`);
  const line = desk.locator("tbody tr").filter({ hasText: NAME });
  await expect(line).toContainText("填写不一致");
  await line.getByRole("link").click();
  await expect(desk.getByRole("heading", { level: 1 })).toHaveText(NAME);
  const water = question(desk, "饮水困难");
  await expect(water.getByRole("listitem")).toHaveCount(2);
  await water.getByRole("listitem").filter({ hasText: "wang" }).getByRole("button").click();
  await water.getByLabel("选定的理由").fill("查看了水表");
  await water.getByRole("button", { name: "选定答案" }).last().click();
  await expect(water).not.toContainText("填写不一致");
  await desk.getByRole("button", { name: "批注: 住址" }).click();
  await desk.getByLabel("对“住址”的批注").fill(ASKED);
  await desk.getByRole("button", { name: "记下批注" }).click();
  await expect(desk.getByText("待发批注 1 条")).toBeVisible();
  await desk.getByRole("button", { name: "退回修改" }).click();
  await desk.getByRole("dialog").getByRole("button", { name: "退回修改" }).click();
  await expect(desk.getByRole("status").filter({ hasText: "已退回修改" })).toBeVisible();
}

/** The enumerator finds the comment at its question, corrects and completes again. */
async function corrects(): Promise<void> {
  await li.syncs();
  await expect(li.count("退回修改")).toContainText("1");
  await li.count("退回修改").click();
  await li.page.getByRole("link", { name: NAME }).click();
  await section(li.page, "基本情况");
  await expect(asked(li.page, "address").getByRole("list", { name: "批注" })).toContainText(ASKED);
  await li.says("住址", "松岭村一组 7 号");
  await li.completes("已写明门牌号");
  await li.syncs();
  await expect(li.count("退回修改")).toContainText("0");
}

const FIGURE = "贫困但未建档立卡";
/** What the report says of households found poor and not registered. */
async function reports(desk: Page, households: number): Promise<void> {
  await desk.goto("/console/#/reports/T8f");
  await desk.reload();
  const row = desk.getByRole("row").filter({ hasText: FIGURE }).first();
  await expect(row.getByRole("cell").first()).toHaveText(`${households} 户`);
  expect(String(office.figure("T8f", "unregistered", "households"))).toBe(String(households));
}

const ids = (lines: { record: string }[]): string[] => lines.map((line) => line.record);

test("a household: begun, filled twice, settled, sent back, corrected, approved, counted", async ({
  page: desk,
}) => {
  desk.on("console", (said) => {
    if (said.text().includes("Content Security Policy")) refused.push(said.text());
  });
  await test.step("the admin publishes the form in the console and adds three accounts", () =>
    prepares(desk));

  await test.step("the supervisor's codes enrol two phones: one scans, one types", async () => {
    await signIn(desk, "zhao");
    await desk.goto("/console/#/people");
    await enrols(desk, li, "scans");
    await enrols(desk, wang, "types");
    const devices = JSON.stringify(office.doorstep(["device", "list"]));
    for (const who of [li, wang]) expect(devices).toContain(`${who.name} 的手机`);
  });

  await test.step("without network and server li fills a household; windows reload and are killed", async () => {
    await goesAway();
    await fills();
    // The server has heard nothing of it.
    expect(office.records("submitted")).toEqual([]);
  });

  await test.step("the server is back: li's work is sent, and wang finds it on the other phone", async () => {
    await comesBack();
    await li.syncs();
    await expect(li.count("已上传")).toContainText("1");
    expect(ids(office.records("submitted"))).toEqual([record]);
    const { text } = office.history(record);
    for (const said of ["松岭村一组", "正在输入", NAME]) expect(text).toContain(said);
    await wang.syncs();
    await wang.finds(NAME);
    await expect(await field(wang.page, "住址")).toHaveValue("松岭村一组");
  });

  await test.step("away again: both edit the household, differently; wang's window is killed", async () => {
    await goesAway();
    await differ();
  });

  await test.step("both synchronise: the answers differ, none is lost", async () => {
    await comesBack();
    for (const who of [li, wang, li]) await who.syncs();
    const { text } = office.history(record);
    for (const said of ["13800000001", "13800000002", "测试配偶乙"]) expect(text).toContain(said);
    expect(ids(office.records("submitted", "--flag", "conflict"))).toEqual([record]);
  });

  await test.step("li settles one of them by a tap, with a reason", async () => {
    await settlesOnPhone();
    await li.syncs();
    expect(office.history(record).text).toContain("打过电话");
    // The other one still stands.
    expect(ids(office.records("submitted", "--flag", "conflict"))).toEqual([record]);
  });

  await test.step("the report counts nothing that nobody approved", () => reports(desk, 0));

  await test.step("the supervisor settles the other one and sends the record back", async () => {
    await sendsBack(desk);
    expect(ids(office.records("sent_back"))).toEqual([record]);
    const { events, text } = office.history(record);
    expect(text).toContain("查看了水表");
    expect(text).toContain(ASKED);
    expect(events.at(-1)).toMatchObject({ by: "zhao" });
    expect(office.records("submitted", "--flag", "conflict")).toEqual([]);
  });

  await test.step("li corrects what was asked for and completes again", async () => {
    await corrects();
    expect(ids(office.records("submitted"))).toEqual([record]);
    expect(office.history(record).text).toContain("松岭村一组 7 号");
    expect(await dataset(desk, office, FORM)).toEqual([]);
  });

  await test.step("the supervisor approves; the dataset holds what was settled and corrected", async () => {
    // The record is still on the screen: what came meanwhile is announced, and shown when somebody looks again.
    await desk
      .getByRole("status")
      .filter({ hasText: "刚有新内容" })
      .getByRole("button", { name: "刷新" })
      .click();
    await expect(question(desk, "住址")).toContainText("松岭村一组 7 号");
    await desk.getByRole("button", { name: "审核通过" }).click();
    await expect(desk.getByRole("status").filter({ hasText: "已审核通过" })).toBeVisible();
    expect(ids(office.records("approved"))).toEqual([record]);
    const rows = await dataset(desk, office, FORM);
    expect(ids(rows)).toEqual([record]);
    const held = JSON.stringify(rows[0]?.answers);
    for (const said of ["松岭村一组 7 号", "13800000002", NAME, "测试配偶乙"]) expect(held).toContain(said);
    expect(held).not.toContain("13800000001");
    expect(rows[0]?.answers).toMatchObject({ water_difficulty: false });
  });

  await test.step("the report shows the figure, and leads back to the record", async () => {
    await reports(desk, 1);
    await desk
      .getByRole("button", { name: new RegExp(`“${FIGURE}.*”统计的记录`) })
      .first()
      .click();
    const behind = desk.getByRole("dialog").getByRole("link");
    await expect(behind).toHaveText([NAME]);
    await expect(behind).toHaveAttribute("href", new RegExp(record));
    await behind.click();
    await expect(desk.getByRole("heading", { level: 1 })).toContainText(NAME);
  });

  await test.step("both phones hear of the approval", async () => {
    for (const who of [li, wang]) {
      await who.syncs();
      await who.count("已上传").click();
      await expect(who.page.getByRole("link", { name: NAME })).toContainText("审核通过");
    }
  });
});
