// Several people on one phone: each has a PIN, records of their own, and their own name at the server.

import { expect, test, type Page } from "@playwright/test";
import { enrol, Phone } from "./phone";
import { Town } from "./town";
import { beginYard, complete, give, sync, tab } from "./yard";

const town = new Town(7609, 7608);

test.beforeAll(() => town.begin(["yard"], ["li", "wang", "zhao"]));
test.afterAll(() => town.end());

async function pin(page: Page, digits: string): Promise<void> {
  await page.getByLabel("PIN 码").fill(digits);
  await page.getByLabel("再输一次").fill(digits);
  await page.getByRole("button", { name: "保存", exact: true }).click();
}

async function enrolNext(page: Page, name: string): Promise<void> {
  await page.getByLabel("登记码").fill(town.invite(name));
  await page.getByRole("button", { name: "登记", exact: true }).click();
}

async function open(page: Page, name: string, digits: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
  await page.getByLabel("PIN 码").fill(digits);
  await page.getByRole("button", { name: "打开", exact: true }).click();
}

test("two people share a phone, and neither writes under the other's name", async () => {
  const phone = new Phone();
  const context = await phone.on();
  const page = context.pages()[0] ?? (await context.newPage());
  await enrol(town, page, "li");
  const first = await beginYard(page);
  await give(page, "户主姓名", "李家一户");
  await page.getByRole("link", { name: "入户", exact: true }).click();

  // Whoever is there needs a PIN before somebody else comes.
  await page.getByRole("button", { name: "添加人员" }).click();
  await expect(page.getByText("多人共用时，每人都要有 PIN 码。")).toBeVisible();
  await pin(page, "1234");
  await enrolNext(page, "wang");
  await pin(page, "5678");
  await expect(page.getByText("同步完成")).toBeVisible();
  await expect(page.getByText("调查员 wang")).toBeVisible();
  await expect(tab(page, "填写中")).toHaveText(/0$/);
  const second = await beginYard(page);
  await give(page, "户主姓名", "王家一户");
  await complete(page);
  await expect(tab(page, "已完成待上传")).toHaveText(/1$/);

  // A reload goes on; a new window asks, and so does whoever switches.
  await page.reload();
  await expect(page.getByText("调查员 wang")).toBeVisible();
  const window = await context.newPage();
  await window.goto(town.url);
  await expect(window.getByRole("heading", { name: "请选择您的姓名" })).toBeVisible();
  await open(window, "wang", "1234");
  await expect(window.getByText("PIN 码不对。")).toBeVisible();
  await window.close();

  await page.getByRole("button", { name: "换人" }).click();
  await open(page, "li", "1234");
  await expect(page.getByText("调查员 li")).toBeVisible();
  await expect(tab(page, "填写中")).toHaveText(/1$/);
  await page.getByRole("link", { name: /李家一户/ }).click();
  await complete(page);
  await expect(tab(page, "已完成待上传")).toHaveText(/1$/);
  await sync(page);
  await page.getByRole("button", { name: "换人" }).click();
  await open(page, "wang", "5678");
  await expect(page.getByText("调查员 wang")).toBeVisible();
  await sync(page);

  const written = (record: string) => JSON.stringify(town.doorstep(["record", "history", record]));
  expect(written(first)).toContain('"li"');
  expect(written(first)).not.toContain('"wang"');
  expect(written(second)).toContain('"wang"');
  expect(written(second)).not.toContain('"li"');

  // The browser was closed: it asks.
  await phone.off();
  const again = (await phone.on()).pages()[0];
  if (again === undefined) throw new Error("no window");
  await again.goto(town.url);
  await open(again, "li", "1234");
  await expect(again.getByText("调查员 li")).toBeVisible();
  expect(phone.refused).toEqual([]);
  await phone.end();
});

test("a forgotten PIN costs nothing: everything is sent first, and comes back", async () => {
  const phone = new Phone();
  const context = await phone.on();
  const page = context.pages()[0] ?? (await context.newPage());
  await enrol(town, page, "zhao");
  await beginYard(page);
  await give(page, "户主姓名", "赵家一户");
  await complete(page);
  await page.getByRole("button", { name: "设置 PIN 码" }).click();
  await pin(page, "2468");
  await page.getByRole("button", { name: "换人" }).click();
  await page.getByRole("button", { name: "zhao", exact: true }).click();
  await page.getByRole("button", { name: "忘记 PIN 码" }).click();
  const anew = page.getByRole("button", { name: "2. 用新登记码登记" });
  await expect(anew).toBeDisabled();
  // Without a network it stays so.
  await town.kill();
  await context.setOffline(true);
  await page.getByRole("button", { name: "1. 同步" }).click();
  await expect(page.getByText("无法连接服务器")).toBeVisible({ timeout: 120_000 });
  await expect(anew).toBeDisabled();
  await town.serve();
  await context.setOffline(false);
  await page.getByRole("button", { name: "1. 同步" }).click();
  await expect(page.getByText("同步完成")).toBeVisible();
  await anew.click();
  await enrolNext(page, "zhao");
  await expect(page.getByText("同步完成")).toBeVisible();
  await expect(page.getByText("调查员 zhao")).toBeVisible();
  await tab(page, "已上传").click();
  await expect(page.getByRole("link", { name: /赵家一户/ })).toBeVisible();
  await phone.end();
});

test("who guesses a PIN waits, and a new page changes nothing about that", async () => {
  const phone = new Phone();
  const context = await phone.on();
  const page = context.pages()[0] ?? (await context.newPage());
  await enrol(town, page, "li");
  await page.getByRole("button", { name: "设置 PIN 码" }).click();
  await pin(page, "1357");
  await page.getByRole("button", { name: "换人" }).click();
  await page.getByRole("button", { name: "li", exact: true }).click();
  const field = page.getByLabel("PIN 码");
  for (const guess of ["0000", "1111", "2222", "3333", "4444"]) {
    await field.fill(guess);
    await page.getByRole("button", { name: "打开", exact: true }).click();
    await expect(page.getByText("PIN 码不对。")).toBeVisible();
    await expect(field).toHaveValue("");
  }
  await field.fill("1357");
  await page.getByRole("button", { name: "打开", exact: true }).click();
  await expect(page.getByText(/请等待.*\d/)).toBeVisible();
  await page.reload();
  await open(page, "li", "1357");
  await expect(page.getByText(/请等待.*\d/)).toBeVisible();

  await page.clock.setFixedTime(Date.now() + 31_000);
  await field.fill("1357");
  await page.getByRole("button", { name: "打开", exact: true }).click();
  await expect(page.getByText("调查员 li")).toBeVisible();
  await phone.end();
});

test("a code is scanned from the desk's screen; one of another server is told with its address", async () => {
  const phone = new Phone();
  const context = await phone.on();
  const codes = ["http://elsewhere.example/#enrol=ABCD-1234", `${town.url}/#enrol=${town.invite("wang")}`];
  await context.addInitScript((codes) => {
    class BarcodeDetector {
      detect = (): Promise<{ rawValue: string }[]> => Promise.resolve([{ rawValue: codes.shift() ?? "" }]);
    }
    Object.assign(globalThis, { BarcodeDetector });
    Object.defineProperty(navigator, "mediaDevices", {
      value: { getUserMedia: () => Promise.resolve(document.createElement("canvas").captureStream()) },
    });
    HTMLMediaElement.prototype.play = () => Promise.resolve();
  }, codes);
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(town.url);
  const scan = page.getByRole("button", { name: "扫码填写" });
  await scan.click();
  await expect(page.getByRole("alert")).toContainText("elsewhere.example");
  await expect(page.getByLabel("登记码")).toHaveValue("");
  await scan.click();
  await expect(page.getByLabel("登记码")).not.toHaveValue("");
  await page.getByRole("button", { name: "登记", exact: true }).click();
  await expect(page.getByText("调查员 wang")).toBeVisible();
  expect(phone.refused).toEqual([]);
  await phone.end();
});
