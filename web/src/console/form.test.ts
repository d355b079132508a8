import { expect, test } from "vitest";
import { FormText } from "./form";

test("an answer that names a row is read as what the row is called", () => {
  const roster = (label: string) => ({
    title: "成员",
    "x-roster": { kind: "rows", label },
    additionalProperties: {
      properties: {
        name: { title: "姓名" },
        kind: { title: "类别", oneOf: [{ const: "a", title: "甲类" }] },
      },
    },
  });
  const properties = {
    members: roster("row.name"),
    cases: roster("row.kind"),
    who: { title: "受访人", "x-row-of": "members" },
    about: { title: "病例", "x-row-of": "cases" },
  };
  const form = new FormText({ "schema.json": { properties } });
  const answers: Record<string, string> = { "members/r1/name": "测试甲", "cases/c1/kind": "a" };
  const others = (path: string) => answers[path];
  expect(form.value("who", "r1", "zh", others)).toBe("测试甲");
  expect(form.value("about", "c1", "zh", others)).toBe("甲类");
  expect(form.value("who", "r2", "zh", others), "a row that is gone").toBe("r2");
});

test("what a question takes from $defs is read in the language of the page", () => {
  const cause = { title: "原因", "x-unit": "户", oneOf: [{ const: "illness", title: "因病" }] };
  const properties = {
    cause_main: { title: "主要原因", $ref: "#/$defs/cause" },
    again: { $ref: "#/$defs/cause" },
    ranked: { title: "排序", items: { $ref: "#/$defs/cause" } },
    own: { title: "自己的", $ref: "#/$defs/cause" },
  };
  const english = {
    "cause_main.label": "Main cause",
    "own.illness": "Ill",
    "$defs.cause.label": "Cause",
    "$defs.cause.illness": "Illness",
  };
  const form = new FormText({ "schema.json": { properties, $defs: { cause } }, "i18n/en.json": english });
  const read = (path: string) => [form.label(path, "en"), form.value(path, "illness", "en")];
  expect(read("cause_main")).toEqual(["Main cause", "Illness"]);
  expect(read("again")).toEqual(["Cause", "Illness"]);
  expect(form.value("ranked", "illness", "en")).toBe("Illness");
  expect(form.value("own", "illness", "en")).toBe("Ill");
  expect(form.value("cause_main", "illness", "zh")).toBe("因病");
});
