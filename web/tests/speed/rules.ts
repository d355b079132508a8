// A form in which a hundred rules depend on one answer: 40 calculations, half of them one upon another, 30 questions that are
// asked or not, 30 checks.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const RULES_FORM = "hundred_rules";
/** Choices of the question that everything depends on. */
export const PICKS = ["1", "2", "3", "4", "5", "6"];
/** The calculation at the end of the chain. */
export const LAST = "c40";

const [CALCULATED, ASKED, CHECKS] = [40, 30, 30];
const upTo = (count: number): number[] => Array.from({ length: count }, (_, nth) => nth + 1);

const calculated = upTo(CALCULATED).map((nth) => {
  const before = nth % 2 === 0 && nth > 2 ? `doc.c${nth - 2} + ` : "";
  return [
    `c${nth}`,
    {
      title: `计算 ${nth}`,
      type: "integer",
      readOnly: true,
      "x-calculate": `${before}number(doc.pick) * ${nth}`,
      "x-pii": "none",
    },
  ] as const;
});
const asked = upTo(ASKED).map(
  (nth) =>
    [
      `r${nth}`,
      {
        title: `问题 ${nth}`,
        type: "string",
        "x-relevant": `number(doc.pick) > ${nth % PICKS.length}`,
        "x-pii": "none",
      },
    ] as const,
);
const checks = upTo(CHECKS).map((nth) => ({
  key: `check_${nth}`,
  severity: nth % 3 === 0 ? "error" : "warning",
  human: `核对 ${nth}`,
  location: ["/pick"],
  expression: `doc.c${nth} + number(doc.pick) < ${nth * 6}`,
}));

const schema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "一百条规则",
  type: "object",
  additionalProperties: false,
  "x-constraints": checks,
  properties: {
    pick: {
      title: "选择",
      type: "string",
      oneOf: PICKS.map((pick) => ({ const: pick, title: `第 ${pick} 项` })),
      "x-pii": "none",
    },
    ...Object.fromEntries([...calculated, ...asked]),
  },
};

/** Five pages; the question, the end of the chain and 19 others stand on the first. */
function layout(): object {
  const names: string[] = [...asked, ...calculated].map(([name]) => name).filter((name) => name !== LAST);
  const pages = upTo(5).map((nth) => names.filter((_, place) => place % 5 === nth - 1));
  pages[0]?.unshift("pick", LAST);
  const controls = (page: string[]) =>
    page.map((name) => ({ type: "Control", scope: `#/properties/${name}` }));
  return {
    type: "Categorization",
    elements: pages.map((page, nth) => ({
      type: "Category",
      label: `第 ${nth + 1} 页`,
      i18n: `page.p${nth}`,
      elements: controls(page),
    })),
  };
}

function english(): Record<string, string> {
  return {
    "pick.label": "Pick",
    ...Object.fromEntries(PICKS.map((pick) => [`pick.${pick}`, `Number ${pick}`])),
    ...Object.fromEntries(calculated.map(([name]) => [`${name}.label`, `Calculated ${name}`])),
    ...Object.fromEntries(asked.map(([name]) => [`${name}.label`, `Question ${name}`])),
    ...Object.fromEntries(checks.map(({ key }) => [`${key}.error`, `Check ${key}`])),
    ...Object.fromEntries(upTo(5).map((nth) => [`page.p${nth - 1}`, `Page ${nth}`])),
  };
}

const about = {
  id: RULES_FORM,
  version: 1,
  engine: 1,
  kind: "register",
  entity: "household",
  title: { zh: "一百条规则", en: "A hundred rules" },
  locales: ["zh", "en"],
  sensitivity: "general",
  label: "'规则'",
  search: [],
  subject: "none",
};

/** Writes the form package into a folder and gives the folder. */
export function rulesPackage(folder: string): string {
  const out = join(folder, RULES_FORM);
  mkdirSync(join(out, "i18n"), { recursive: true });
  const files = { "form.json": about, "schema.json": schema, "ui.json": layout(), "i18n/en.json": english() };
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(out, name), JSON.stringify(content));
  return out;
}
