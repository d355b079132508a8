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
