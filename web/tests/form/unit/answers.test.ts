import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import * as answers from "../../../src/form/answers";
import type { Kind, QuestionView } from "../../../src/form/contract";
import * as quantity from "../../../src/form/quantity";

const question = (part: Partial<QuestionView>): QuestionView => ({
  path: "q",
  kind: "text",
  title: "题",
  required: true,
  read_only: false,
  value: null,
  ...part,
});

describe("an answer as the core takes it", () => {
  it("is a text as it stands, and anything else typed is left to the core", () => {
    expect(answers.typedAct("text", " 赵一 ")).toEqual({ how: "answer", value: " 赵一 " });
    expect(answers.typedAct("text", "?dk")).toEqual({ how: "answer", value: "?dk" });
    for (const kind of ["integer", "decimal", "date", "gps", "quantity", "compound"] as const) {
      expect(answers.typedAct(kind, "１２")).toEqual({ how: "text", text: "１２" });
    }
    expect(answers.typedAct("text", "  ")).toEqual({ how: "clear" });
    expect(answers.typedAct("integer", "")).toEqual({ how: "clear" });
  });

  it("is not saved in the middle of a number or a date", () => {
    const whole: [Kind, string][] = [
      ["integer", "５２"],
      ["integer", ""],
      ["decimal", "6.50"],
      ["decimal", "-3"],
      ["date", "2015-12-31"],
      ["date", ""],
      ["text", "王"],
    ];
    const parts: [Kind, string][] = [
      ["integer", "-"],
      ["decimal", "12."],
      ["date", "0002-01-01"],
      ["gps", "28.1,"],
      ["quantity", "7"],
    ];
    for (const [kind, text] of whole) expect([text, answers.looksWhole(kind, text)]).toEqual([text, true]);
    for (const [kind, text] of parts) expect([text, answers.looksWhole(kind, text)]).toEqual([text, false]);
  });

  it("is a missing code of its own, never a text", () => {
    expect(answers.missingJson("dk")).toEqual({ missing: "dk" });
    expect(answers.missingOf({ missing: "refused" })).toBe("refused");
    for (const other of [{ missing: "later" }, null, "dk", ["dk"]])
      expect(answers.missingOf(other)).toBeNull();
  });

  it("is one text for a ranking and for a position", () => {
    expect(answers.rankingJson(["roads", "jobs"])).toBe('["roads","jobs"]');
    expect(answers.rankingJson([])).toBeNull();
    expect(answers.rankingOf('["roads","jobs"]')).toEqual(["roads", "jobs"]);
    expect(answers.rankingOf("{broken")).toEqual([]);
    expect(answers.positionText(28.123456789, 104.2, 12.04)).toBe("28.123457,104.2,12");
    const point = '{"accuracy":12.0,"coordinates":[104.2,28.1],"type":"Point"}';
    expect(answers.fieldText("gps", point)).toBe("28.1,104.2,12");
  });

  it("stands beside another when its label is short", () => {
    expect(answers.areShort(["户主", "配偶", "长期慢性病"])).toBe(true);
    expect(answers.areShort(["Head", "Spouse"])).toBe(true);
    expect(answers.areShort(["户主", "城乡居民基本医疗保险"])).toBe(false);
  });

  it("stands when it is false, nought, not known, or in dispute", () => {
    for (const value of [false, 0, { missing: "na" }, ["a"]]) {
      expect(answers.isAnswered(question({ value }))).toBe(true);
    }
    for (const value of [null, "", []]) expect(answers.isAnswered(question({ value }))).toBe(false);
    const one = { value: "甲", by: "zhangsan", device: null, at: 0, change: "1" };
    expect(answers.isAnswered(question({ different: { q: [one] } }))).toBe(true);
    expect(answers.isAnswered(question({ unknown_codes: ["new"] }))).toBe(true);
  });
});

describe("a quantity", () => {
  const stored =
    '{"entered":"70","entered_unit":"wan_copies","qualifier":"over","unit":"copies","value":"700000"}';

  it("comes apart into three fields and goes back as text", () => {
    const fields = { qualifier: "over", amount: "70", unit: "wan" } as const;
    expect(quantity.quantityOf(stored)).toEqual(fields);
    expect(quantity.quantityText(fields)).toBe("over 70 wan");
    expect(quantity.quantityText({ qualifier: "at_least", amount: "3.5", unit: "jin" })).toBe(
      "at least 3.5 jin",
    );
    expect(quantity.quantityText({ qualifier: null, amount: " 2x00 ", unit: "" })).toBe("2x00");
    expect(quantity.quantityText({ qualifier: "about", amount: "70余万份", unit: "wan" })).toBe("70余万份");
    const other = '{"entered":"3200","entered_unit":"jin","unit":"kg","value":"1600"}';
    expect(quantity.quantityOf(other)).toEqual({ qualifier: null, amount: "3200", unit: "jin" });
    expect(quantity.quantityOf('{"masked":"2x00","unit":"head"}')?.amount).toBe("2x00");
    expect(quantity.quantityOf(null)).toBeNull();
  });

  it("knows the picture of a photo and of a signature by hand, and that a document is none", () => {
    const photo = { bytes: 3, name: "屋.png", sha256: "5f".repeat(32), type: "image/png" };
    const about = { sha256: photo.sha256, type: photo.type };
    expect(answers.pictureOf(JSON.stringify(photo))).toEqual(about);
    const signed = { by: "赵一", heads: [], signed_on: "2014-07-01" };
    expect(answers.pictureOf(JSON.stringify({ ...signed, attachment: photo }))).toEqual(about);
    expect(answers.pictureOf(JSON.stringify(signed))).toBeNull();
    expect(answers.pictureOf(JSON.stringify({ ...photo, type: "application/pdf" }))).toBeNull();
    expect(answers.pictureOf(null)).toBeNull();
  });

  it("is said in both languages", () => {
    expect(quantity.quantityWords(stored, "份", "zh")).toBe("70余万份");
    expect(quantity.quantityWords(stored, "copies", "en")).toBe("over 70 wan copies");
    const own = '{"qualifier":"about","unit":"bridge","value":"3"}';
    expect(quantity.quantityWords(own, "座", "zh")).toBe("约3座");
    expect(quantity.quantityWords('{"unit":"area_fen","value":"3"}', "分", "en")).toBe("3 fen (0.1 mu)");
  });

  it("knows the units that the core knows", () => {
    const path = resolve(import.meta.dirname, "../../../../client-core/forms/src/quantity/units.csv");
    const [, ...lines] = readFileSync(path, "utf8").trim().split("\n");
    const rows = lines.map((line) => line.split(","));
    const known = Object.fromEntries(rows.map(([code = "", , , zh = "", en = ""]) => [code, [zh, en]]));
    expect(quantity.UNITS).toEqual(known);
  });
});
