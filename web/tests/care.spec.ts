// What breaks: a store whose file was damaged, and a record that breaks the engine. The rest goes on.

import { expect, test, type Page } from "@playwright/test";
import { enrol, Phone, withoutFiles } from "./phone";
import { Town } from "./town";
import { beginYard, complete, give, home, recordOf, sync, tab } from "./yard";

const town = new Town(7611, 7610);

test.beforeAll(() => town.begin(["yard"], ["li", "wang"]));
test.afterAll(() => town.end());

test("what a damaged store still holds is saved and sent", async () => {
  const phone = new Phone();
  let context = await phone.on();
  let page = context.pages()[0] ?? (await context.newPage());
  await enrol(town, page, "li");
  const record = await beginYard(page);
  await give(page, "户主姓名", "王小明");
  await phone.off();

  // The head of the file, and that of its log, are written over while nobody has them open.
  context = await phone.on();
  page = context.pages()[0] ?? (await context.newPage());
  await page.goto(`${town.url}/icon.svg`);
  const hit = await page.evaluate(async () => {
    let count = 0;
    async function walk(folder: FileSystemDirectoryHandle): Promise<void> {
      for await (const handle of folder.values()) {
        if (handle.kind === "directory") await walk(handle as FileSystemDirectoryHandle);
        else await spoil(handle as FileSystemFileHandle);
      }
    }
    async function spoil(handle: FileSystemFileHandle): Promise<void> {
      const head = new Uint8Array(await (await handle.getFile()).slice(0, 512).arrayBuffer());
      if (!/^\/?doorstep\.db(-wal)?\0/.test(new TextDecoder().decode(head))) return;
      const writer = await handle.createWritable({ keepExistingData: true });
      await writer.write({ type: "write", position: 4096, data: new Uint8Array(16) });
      await writer.close();
      count += 1;
    }
    await walk(await navigator.storage.getDirectory());
    return count;
  });
  expect(hit).toBe(2);

  await savesAndSends(page, record);
  await phone.end();
});

test("what a damaged image still holds is saved and sent", async () => {
  const phone = new Phone();
  const context = await phone.on({ serviceWorkers: "block" });
  await withoutFiles(context);
  const page = context.pages()[0] ?? (await context.newPage());
  await enrol(town, page, "li");
  const record = await beginYard(page);
  await give(page, "户主姓名", "王小明");

  // The head of the image is written over while no engine runs.
  await page.goto(`${town.url}/icon.svg`);
  await page.evaluate(
    () =>
      new Promise<void>((done, failed) => {
        const opening = indexedDB.open("doorstep");
        opening.onsuccess = () => {
          const transaction = opening.result.transaction("kept", "readwrite");
          transaction.oncomplete = () => done();
          const table = transaction.objectStore("kept");
          const reading = table.get("image");
          reading.onsuccess = () => table.put((reading.result as Uint8Array).fill(0, 0, 16), "image");
        };
        opening.onerror = () => failed(opening.error);
      }),
  );
  await savesAndSends(page, record);
  await phone.end();
});

/** The app tells that the store is damaged, saves what was not sent, and sends it. */
async function savesAndSends(page: Page, record: string): Promise<void> {
  await page.goto(town.url);
  await expect(page.getByRole("heading", { name: "数据文件已损坏" })).toBeVisible();
  await page.getByRole("button", { name: "找回未上传的内容" }).click();
  await expect(page.getByText(/已从损坏的文件中找回未上传的内容（条）：\s*[1-9]/)).toBeVisible();
  await page.getByRole("button", { name: "知道了" }).click();
  await expect(page.getByText("同步完成")).toBeVisible();
  await page.goto(`${town.url}/#/record/${record}`);
  await expect(page.getByRole("textbox", { name: /^户主姓名/ })).toHaveValue("王小明");
  await complete(page);
  await sync(page);
  expect(JSON.stringify(town.doorstep(["record", "history", record]))).toContain("王小明");
}

test("a record that breaks the engine is marked and left alone", async () => {
  const phone = new Phone();
  const context = await phone.on({ serviceWorkers: "block" });
  const page = context.pages()[0] ?? (await context.newPage());
  await enrol(town, page, "wang");
  await beginYard(page);
  await give(page, "户主姓名", "坏记录");
  const bad = recordOf(page);
  await home(page);
  await beginYard(page);
  await give(page, "户主姓名", "好记录");
  await home(page);

  // From now on opening the first one is a trap, as a change that the program cannot take would be.
  await context.route(/worker-.*\.js$/, async (route) => {
    const response = await route.fetch();
    const trap = `const stringify = JSON.stringify; JSON.stringify = (value, ...more) => {
      if (value?.verb === "open" && value.record === "${bad}") throw new WebAssembly.RuntimeError("unreachable");
      return stringify(value, ...more); };\n`;
    await route.fulfill({ response, body: trap + (await response.text()) });
  });
  await page.reload();
  await page.getByRole("link", { name: /坏记录/ }).click();
  await expect(page.getByRole("alert")).toContainText("本机无法读取这条记录，其他记录不受影响。");
  await page.getByRole("button", { name: "返回" }).click();
  await expect(page.getByRole("link", { name: /坏记录/ })).toContainText("本机无法读取");
  await page.getByRole("link", { name: /好记录/ }).click();
  await give(page, "电话", "13800000001");
  await home(page);
  await sync(page);
  await expect(tab(page, "填写中")).toHaveText(/2$/);

  await expect(page.getByRole("link", { name: /坏记录/ })).toBeVisible();

  // After an update of the app it is tried again.
  await context.unroute(/worker-.*\.js$/);
  await page.reload();
  await page.getByRole("link", { name: /坏记录/ }).click();
  await page.getByRole("button", { name: "再试一次" }).click();
  await expect(page.getByRole("textbox", { name: /^户主姓名/ })).toHaveValue("坏记录");
  await phone.end();
});
