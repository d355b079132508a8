// The enumerator's app against a real server: enrolled with a network, worked without one, killed in the middle, back again.

import { expect, test } from "@playwright/test";
import { answer, begin, enrol, field, keptForOffline, Phone, section, withoutFiles } from "./phone";
import { Town } from "./town";

const town = new Town(7601, 7600);

test.beforeAll(async () => {
  await town.begin(["household_register"], ["li"]);
});
test.afterAll(() => town.end());

test("an answer outlives the network, the window and the browser, and reaches the server", async () => {
  const phone = new Phone();
  let context = await phone.on();
  let page = context.pages()[0] ?? (await context.newPage());
  await enrol(town, page, "li");
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
  await expect(await field(page, "住址")).toHaveValue("青禾村一组 7 号");
  await answer(page, "备注", "刷新之后");

  // A second window works on the same record while the first one runs the engine, and takes over when that is killed.
  const second = await context.newPage();
  await second.goto(household);
  await expect(await field(second, "备注")).toHaveValue("刷新之后");
  await answer(second, "备注", "第二个窗口");
  await expect(await field(page, "备注")).toHaveValue("第二个窗口");
  await page.close();
  await answer(second, "联系电话", "13900000008");
  await second.reload();
  await expect(await field(second, "联系电话")).toHaveValue("13900000008");
  await expect(await field(second, "备注")).toHaveValue("第二个窗口");

  // The whole browser is gone, and comes back without a network.
  await phone.off();
  context = await phone.on();
  await context.setOffline(true);
  page = context.pages()[0] ?? (await context.newPage());
  await page.goto(household);
  await expect(await field(page, "备注")).toHaveValue("第二个窗口");
  await section(page, "检查并完成");
  // Much of the register is still unanswered: who completes it all the same says why.
  await page.getByRole("textbox", { name: /说明/ }).fill("户主外出，其余待补");
  await page.getByRole("button", { name: /完成$/ }).last().click();
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
  for (const said of ["青禾村一组 7 号", "13800000007", "13900000008", "第二个窗口"])
    expect(history).toContain(said);
  expect(phone.refused).toEqual([]);
  await phone.end();
});

test("what a window did counts once when its process is killed in the middle", async () => {
  const phone = new Phone();
  const context = await phone.on();
  const page = context.pages()[0] ?? (await context.newPage());
  await enrol(town, page, "li");
  await begin(page);
  const household = page.url();

  // The second window waits behind the first, which runs the engine.
  const second = await context.newPage();
  await second.goto(household);
  await answer(second, "住址", "青禾村二组 1 号");
  const devtools = await context.newCDPSession(page);
  void devtools.send("Page.crash").catch(() => {});
  await answer(second, "联系电话", "13700000001");
  await second.getByRole("link", { name: "入户" }).click();
  await begin(second);
  await second.getByRole("link", { name: "入户" }).click();
  await expect(second.getByRole("button", { name: /^填写中/ })).toContainText("2");
  await second.goto(household);
  await expect(await field(second, "联系电话")).toHaveValue("13700000001");
  await expect(await field(second, "住址")).toHaveValue("青禾村二组 1 号");
  await phone.end();
});

test("without a file system of its own the browser keeps an image, and says so", async () => {
  const phone = new Phone();
  const context = await phone.on({ serviceWorkers: "block" });
  await withoutFiles(context);
  const page = context.pages()[0] ?? (await context.newPage());
  await enrol(town, page, "li");
  await expect(page.getByText("保存在浏览器数据库中（较慢）")).toBeVisible();
  await expect(page.getByRole("note")).toContainText("Chrome");
  await begin(page);
  await answer(page, "住址", "青禾村三组 2 号");
  await page.reload();
  await expect(await field(page, "住址")).toHaveValue("青禾村三组 2 号");
  await phone.end();
});
