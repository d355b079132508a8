import { expect, test } from "@playwright/test";
import { done, field, log, more, open, question, section } from "./hands";

test.describe("every kind is answered by keyboard alone", () => {
  test("text, numbers, a date", async ({ page }) => {
    await open(page);
    const { keyboard } = page;
    await field(page, "name").focus();
    await keyboard.type("钱二");
    await done(page, 'answer name "钱二"');
    await field(page, "age").focus();
    await keyboard.press("ControlOrMeta+a");
    await keyboard.type("52");
    await keyboard.press("Tab");
    await done(page, "text age 52");
    await field(page, "land").focus();
    await keyboard.press("ControlOrMeta+a");
    await keyboard.type("12.");
    // Half a number is not saved while it is being typed, and whole as soon as the field is left.
    await expect(page.locator("header [role=status]")).toHaveText("填写中…");
    expect((await log(page)).filter((said) => said.startsWith("text land"))).toEqual([]);
    await keyboard.type("5");
    await keyboard.press("Tab");
    await done(page, "text land 12.5");
    await expect(question(page, "half")).toContainText("6.25 亩");
    await field(page, "born").focus();
    await keyboard.type("03041971");
    await keyboard.press("Tab");
    await done(page, "text born 1971-03-04");
  });

  test("yes or no, one of a few, one of many, several", async ({ page }) => {
    await open(page);
    const { keyboard } = page;
    await question(page, "poor").getByLabel("是", { exact: true }).focus();
    await keyboard.press("ArrowDown");
    await done(page, "answer poor false");
    await question(page, "relation").getByLabel("户主", { exact: true }).focus();
    await keyboard.press("ArrowDown");
    await done(page, 'answer relation "spouse"');
    await section(page, "选择题");
    await field(page, "village").focus();
    await keyboard.press("ControlOrMeta+a");
    await keyboard.type("第1");
    await expect(question(page, "village").getByRole("option")).toHaveText([
      "青禾第1村",
      "青禾第10村",
      "青禾第11村",
      "青禾第12村",
    ]);
    await keyboard.press("ArrowDown");
    await keyboard.press("Enter");
    await done(page, 'answer village "110"');
    await expect(field(page, "village")).toHaveValue("青禾第10村");
    await question(page, "health").getByLabel("长期慢性病").focus();
    await keyboard.press("Space");
    await done(page, "answer health/chronic true");
  });

  test("a cascade follows what is chosen above it", async ({ page }) => {
    await open(page);
    await section(page, "选择题");
    await question(page, "town").getByLabel("白石镇").check();
    await done(page, 'answer town "2"');
    await field(page, "village").click();
    await question(page, "village").getByRole("option").nth(1).click();
    await done(page, 'answer village "202"');
  });

  test("a ranking, and the hand stays on what it moves", async ({ page }) => {
    await open(page);
    await section(page, "选择题");
    const needs = question(page, "needs");
    await needs.getByRole("button", { name: "加入排序: 饮水" }).focus();
    await page.keyboard.press("Enter");
    await done(page, 'answer needs "[\\"roads\\",\\"jobs\\",\\"water\\"]"');
    await expect(needs.locator("ol li")).toHaveCount(3);
    await needs.getByRole("button", { name: "上移: 饮水" }).focus();
    await page.keyboard.press("Enter");
    await done(page, 'answer needs "[\\"roads\\",\\"water\\",\\"jobs\\"]"');
    await expect(needs.getByRole("button", { name: "上移: 饮水" })).toBeFocused();
    await needs.getByRole("button", { name: "移出排序: 修路" }).focus();
    await page.keyboard.press("Enter");
    await done(page, 'answer needs "[\\"water\\",\\"jobs\\"]"');
  });

  test("a quantity in three fields, or as it is said", async ({ page }) => {
    await open(page);
    await section(page, "其他题目");
    const grain = question(page, "grain");
    await grain.getByLabel("说法").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Tab");
    await page.keyboard.type("3000");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Tab");
    await done(page, "text grain about 3000 wan");
    await expect(grain.getByLabel("说法")).toHaveValue("about");
    await expect(field(page, "grain")).toHaveValue("3000");
    await expect(grain.getByLabel("单位")).toHaveValue("wan");
    await field(page, "grain").fill("70余万斤");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await expect(grain.getByRole("alert")).toContainText("“70余万斤”不是数量");
    expect(await log(page)).not.toContain("text grain about 70余万斤");
  });

  test("a signature by name, a position by hand, and what is not known", async ({ page }) => {
    await open(page);
    await section(page, "其他题目");
    await field(page, "spot").focus();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("28.5,104.25");
    await page.keyboard.press("Tab");
    await done(page, "text spot 28.5,104.25");
    await field(page, "signed").focus();
    await page.keyboard.type("赵一");
    await page.keyboard.press("Tab");
    await page.keyboard.type("户主");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await done(page, "attach signed image/png 600x200 赵一");
    await expect(question(page, "signed")).toContainText("赵一（户主）");
    await expect(question(page, "signed").getByAltText(/^图片：/)).toBeVisible();
    await more(page, "tag").focus();
    await page.keyboard.press("Enter");
    await question(page, "tag").getByRole("button", { name: "拒答" }).focus();
    await page.keyboard.press("Enter");
    await done(page, 'answer tag {"missing":"refused"}');
    await expect(question(page, "tag").locator(".missing")).toHaveText("✓ 拒答");
    await question(page, "tag").getByRole("button", { name: "清除答案" }).press("Enter");
    await done(page, "clear tag");
  });
});

test("the phone's position, a photo made small, a signature by hand", async ({ page, context }) => {
  await context.grantPermissions(["geolocation"]);
  await context.setGeolocation({ latitude: 28.123456789, longitude: 104.2, accuracy: 8 });
  await open(page);
  await section(page, "其他题目");
  await question(page, "spot").getByRole("button", { name: "获取当前位置" }).click();
  await done(page, "text spot 28.123457,104.2,8");
  const picture = await page.evaluate(async () => {
    const canvas = document.createElement("canvas");
    canvas.width = 3200;
    canvas.height = 2400;
    canvas.getContext("2d")?.fillRect(0, 0, 3200, 2400);
    const blob = await new Promise<Blob | null>((made) => canvas.toBlob(made, "image/png"));
    return [...new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0))];
  });
  const file = { name: "屋.png", mimeType: "image/png", buffer: Buffer.from(picture) };
  await question(page, "photo").getByLabel("选择文件").setInputFiles(file);
  await done(page, "attach photo image/jpeg 1600x1200 屋.jpg");
  await expect(question(page, "photo").getByAltText(/^图片：/)).toBeVisible();
  const pad = question(page, "signed").locator("canvas");
  await field(page, "signed").fill("赵一");
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  if (!box) throw new Error("no pad");
  await page.mouse.move(box.x + 20, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + 120, box.y + 60);
  await page.mouse.up();
  await expect(question(page, "signed").getByRole("button", { name: "重写" })).toBeEnabled();
  await question(page, "signed").getByRole("button", { name: "确认签名" }).click();
  await done(page, "attach signed image/png 600x200 赵一");
});

test("a code is scanned where the browser can", async ({ page, context }) => {
  await context.addInitScript(() => {
    class BarcodeDetector {
      detect = (): Promise<{ rawValue: string }[]> => Promise.resolve([{ rawValue: "CN-5001" }]);
    }
    Object.assign(globalThis, { BarcodeDetector });
    Object.defineProperty(navigator, "mediaDevices", {
      value: { getUserMedia: () => Promise.resolve(document.createElement("canvas").captureStream()) },
    });
    HTMLMediaElement.prototype.play = () => Promise.resolve();
  });
  await open(page);
  await section(page, "其他题目");
  await more(page, "tag").click();
  await question(page, "tag").getByRole("button", { name: "扫码填写" }).click();
  await done(page, 'answer tag "CN-5001"');
});
