// A form, places and people whose names try to be markup; and a watch that hears when one of them succeeds.

import type { BrowserContext } from "@playwright/test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Markup that runs when it is taken for markup, one that ends an attribute first, an address, and a turn of the writing. */
export const CANARY = '<img src=x onerror="canary()">"><svg onload=canary()>';
export const ADDRESS = "javascript:canary()";
export const TURNED = "\u202efdp.exe";
export const ALL = `${CANARY} ${ADDRESS} ${TURNED}`;

export const FORM = "canary_home";
export const PLACE = "9701";
const CHOICES = 10;

const codes = Array.from({ length: CHOICES }, (_, nth) => `c${nth}`);
const control = (name: string) => ({ type: "Control", scope: `#/properties/${name}` });
const page = (key: string, label: string, names: string[]) => ({
  type: "Category",
  label,
  i18n: `page.${key}`,
  elements: names.map(control),
});
const option = (code: string) => ({ const: code, title: `${code} ${CANARY}` });

const schema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: `农户 ${CANARY}`,
  type: "object",
  additionalProperties: false,
  "x-entity": { type: "household" },
  "x-constraints": [
    { key: "whole", severity: "error", human: `整条 ${ALL}`, expression: "doc.persons < 100" },
    {
      key: "many",
      severity: "warning",
      human: `人数 ${ALL}`,
      location: ["/persons"],
      expression: "doc.persons < 50",
    },
  ],
  properties: {
    head_name: {
      title: `户主 ${CANARY}`,
      description: `提示 ${ALL}`,
      type: "string",
      "x-required": true,
      "x-pii": "none",
    },
    persons: {
      title: `人数 ${ADDRESS}`,
      type: "integer",
      "x-unit": { code: "p", symbol: "<b>人</b>" },
      "x-pii": "none",
    },
    told: { title: `情况 ${CANARY}`, type: "string", "x-pii": "none" },
    house: { title: `住房 ${CANARY}`, type: "string", oneOf: ["a", "b"].map(option), "x-pii": "none" },
    cause: { title: `原因 ${CANARY}`, type: "string", oneOf: codes.map(option), "x-pii": "none" },
    needs: {
      title: `需求 ${CANARY}`,
      type: "object",
      additionalProperties: false,
      "x-multi": true,
      properties: { road: { title: `路 ${CANARY}`, type: "boolean" } },
      "x-pii": "none",
    },
    order: {
      title: `排序 ${CANARY}`,
      type: "array",
      items: { type: "string", oneOf: ["a", "b"].map(option) },
      "x-pii": "none",
    },
    members: {
      title: `成员 ${CANARY}`,
      type: "object",
      "x-roster": { kind: "rows", order: "_order", label: "row.name" },
      propertyNames: { pattern: "^[0-9A-HJKMNP-TV-Z]{26}$" },
      additionalProperties: {
        type: "object",
        additionalProperties: false,
        properties: {
          name: { title: `姓名 ${CANARY}`, type: "string", "x-pii": "none" },
          id_no: { title: "证件号码", type: "string", "x-pii": "none" },
        },
      },
    },
  },
};

const english: Record<string, string> = {
  "head_name.label": `Head ${CANARY}`,
  "head_name.description": `Hint ${ALL}`,
  "persons.label": `Persons ${ADDRESS}`,
  "persons.unit": "<b>p</b>",
  "told.label": `Told ${CANARY}`,
  "house.label": `House ${CANARY}`,
  "house.a": `a ${CANARY}`,
  "house.b": `b ${CANARY}`,
  "cause.label": `Cause ${CANARY}`,
  ...Object.fromEntries(codes.map((code) => [`cause.${code}`, `${code} ${CANARY}`])),
  "needs.label": `Needs ${CANARY}`,
  "needs.road": `Road ${CANARY}`,
  "order.label": `Order ${CANARY}`,
  "order.a": `a ${CANARY}`,
  "order.b": `b ${CANARY}`,
  "members.label": `Members ${CANARY}`,
  "members.name.label": `Name ${CANARY}`,
  "members.id_no.label": "Number",
  "whole.error": `Whole ${ALL}`,
  "many.error": `Persons ${ALL}`,
  "page.basic": `Basics ${CANARY}`,
  "page.people": `People ${CANARY}`,
};

const about = {
  id: FORM,
  version: 1,
  engine: 1,
  kind: "register",
  entity: "household",
  title: { zh: `农户表 ${CANARY}`, en: `Homes ${CANARY}` },
  locales: ["zh", "en"],
  sensitivity: "general",
  auto_approve: false,
  label: "doc.head_name",
  search: ["head_name"],
  identity: ["members/*/id_no"],
  person: { name: "members/*/name", number: "members/*/id_no" },
  subject: "none",
};

const layout = {
  type: "Categorization",
  elements: [
    page("basic", `基本 ${CANARY}`, ["head_name", "persons", "told", "house", "cause", "needs", "order"]),
    page("people", `家人 ${CANARY}`, ["members"]),
  ],
};

/** Writes the form package into a folder and gives the folder. */
export function formPackage(folder: string): string {
  const out = join(folder, FORM);
  mkdirSync(join(out, "i18n"), { recursive: true });
  const files = { "form.json": about, "schema.json": schema, "ui.json": layout, "i18n/en.json": english };
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(out, name), JSON.stringify(content));
  return out;
}

/** Writes a county and a village with such names and gives the file. */
export function areas(folder: string): string {
  const file = join(folder, "areas.csv");
  const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const line = (code: string, parent: string, level: string): string =>
    [code, parent, level, cell(`${level} ${CANARY}`), cell(`${level} ${CANARY}`), "2015-01-01", ""].join(",");
  const head = "code,parent,level,name_zh,name_en,valid_from,valid_to";
  writeFileSync(file, [head, line("97", "", "county"), line(PLACE, "97", "village"), ""].join("\n"));
  return file;
}

declare global {
  var canary: () => void;
  var told: (what: string) => void;
}

/** Collects whatever fires in the windows of a browser: scripts, dialogs, requests, refusals of the page's policy. */
export async function watch(context: BrowserContext): Promise<string[]> {
  const fired: string[] = [];
  await context.exposeBinding("canary", ({ page }) => void fired.push(`a script ran: ${page.url()}`));
  await context.exposeBinding("told", (_, what: string) => void fired.push(what));
  await context.addInitScript(() =>
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
      globalThis.told(`refused: ${violatedDirective} ${blockedURI}`),
    ),
  );
  context.on("dialog", (dialog) => {
    fired.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on("request", (request) => {
    if (new URL(request.url()).pathname.endsWith("/x"))
      fired.push(`a picture was asked for: ${request.url()}`);
  });
  return fired;
}
