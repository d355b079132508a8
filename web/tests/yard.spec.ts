// A form with a photo, a signature, a calculated choice and the outcome of the visit, on two phones.

import { expect, test } from "@playwright/test";
import { enrol, Phone } from "./phone";
import { Town } from "./town";
import { beginYard, complete, give, home, PIXEL, sync, tab, text } from "./yard";

const town = new Town(7607, 7606);

test.beforeAll(() => town.begin(["yard"], ["li", "wang"]));
test.afterAll(() => town.end());

test("what one phone photographs and signs, another shows", async () => {
  const [one, other] = [new Phone(), new Phone()];
  const context = await one.on();
  const page = context.pages()[0] ?? (await context.newPage());
  await enrol(town, page, "li");
  const record = await beginYard(page);
  await give(page, "户主姓名", "王小明");
  await give(page, "牛", "12");
  // A choice that the form makes is said by its words.
  await expect(page.getByRole("group", { name: "规模" })).toContainText("大户");

  const photo = page.getByAltText("图片：住房照片");
  await page.getByLabel("选择文件").setInputFiles({ name: "屋.png", mimeType: "image/png", buffer: PIXEL });
  await expect(photo).toHaveJSProperty("naturalWidth", 1);
  await text(page, "签名人姓名").fill("王小明");
  await text(page, "身份").fill("户主");
  await page.getByRole("button", { name: "确认签名" }).click();
  await expect(page.getByText(/王小明（户主），\d{4}-\d\d-\d\d/)).toBeVisible();

  // The own pictures are there after a reload.
  await page.reload();
  await expect(photo).toHaveJSProperty("naturalWidth", 1);
  await expect(page.getByAltText("图片：户主签名")).toHaveJSProperty("naturalWidth", 600);
  await complete(page);
  await sync(page);

  const away = await other.on();
  const second = away.pages()[0] ?? (await away.newPage());
  await enrol(town, second, "wang");
  await second.goto(`${town.url}/#/record/${record}`);
  await expect(second.getByText("图片不在本机，同步后显示").first()).toBeVisible();
  await home(second);
  await sync(second);
  await tab(second, "已上传").click();
  await second.getByRole("link", { name: /王小明/ }).click();
  await expect(second.getByAltText("图片：住房照片")).toHaveJSProperty("naturalWidth", 1);
  await expect(second.getByAltText("图片：户主签名")).toHaveJSProperty("naturalWidth", 600);
  await expect(second.getByText(/王小明（户主）/)).toBeVisible();
  expect([...one.refused, ...other.refused]).toEqual([]);
  await Promise.all([one.end(), other.end()]);
});
