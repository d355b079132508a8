// The words on every screen, held against docs/glossary.md: each in both languages, none that is forbidden, one term per
// thing. A table of words is whatever a file `words*.ts` exports.

import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../../..");
const HAN = /\p{Script=Han}/u;
const LATIN = /[a-z]/i;
/** DESIGN names them: words of the machinery, which nobody on a phone or at a desk should have to learn. */
const FORBIDDEN = /\b(candidates?|heads|envelopes?|feeds?|scopes?|lens(es)?|alias(es)?|crdts?)\b/i;
/** 驳回 means "send back" to many; 并户 is a real event of households, and is never said of a double registration. */
const FORBIDDEN_ZH = /驳回|并户/;

interface Said {
  where: string;
  zh: string;
  en: string;
}

/** Every pair inside a table, however deep. */
function pairs(value: unknown, where: string): Said[] {
  if (Array.isArray(value)) {
    const [zh, en] = value as unknown[];
    return typeof zh === "string" && typeof en === "string" ? [{ where, zh, en }] : [];
  }
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) => pairs(inner, `${where} ${key}`));
}

const modules = import.meta.glob<Record<string, unknown>>("../**/words*.ts", { eager: true });
const screens = Object.entries(modules).flatMap(([file, module]) => pairs(module, file));

/** What the programs say of failures and states: an English and a Chinese text, one after the other. */
function program(folder: string): Said[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" });
  const text = String.raw`"((?:[^"\\]|\\[^])*)"`;
  const pair = new RegExp(String.raw`${text},\s*${text}`, "g");
  return files
    .filter((file) => file.endsWith(".rs") && !/test|demo|fixture/.test(file))
    .flatMap((file) => {
      const found = readFileSync(join(ROOT, folder, file), "utf8").matchAll(pair);
      return [...found].map(([, en = "", zh = ""]) => ({ where: join(folder, file), zh, en }));
    })
    .filter(({ zh, en }) => HAN.test(zh) && !HAN.test(en) && / /.test(en));
}
const programs = ["client-core/src", "client-core/wasm/src", "server/src"].flatMap(program);

/** The glossary as it stands: English terms with what they are in Chinese. */
const glossary = new Map(
  readFileSync(join(ROOT, "docs/glossary.md"), "utf8")
    .split("\n")
    .map((line) => /^\| (.+?) \| (.+?) \|$/.exec(line))
    .flatMap((row) =>
      row && row[1] !== "English" && row[1] !== "---" ? [[row[1] ?? "", row[2] ?? ""]] : [],
    ),
);

/**
 * Terms that can be judged by the text alone: the line of the glossary; how English says it; the Chinese that the line
 * gives, or the part of it that is enough where the rest is said by the place.
 */
const TERMS: [line: string, en: RegExp, zh: string[]][] = [
  ["household", /(?<!in the )\bhouseholds?\b/i, ["农户", "户"]],
  ["area", /\bareas?\b/i, ["行政区划", "区划"]],
  ["enumerator", /\benumerators?\b/i, ["调查员"]],
  ["supervisor", /\bsupervisors?\b/i, ["审核员"]],
  ["admin", /\badmins?\b/i, ["管理员"]],
  ["register", /\bthe register\b|\bregister status\b/i, ["台账"]],
  ["registered poor household", /\bregistered poor households?\b/i, ["建档立卡户"]],
  ["sample check", /\bsample checks?\b/i, ["抽查"]],
  ["assignment", /\bassignments?\b/i, ["任务"]],
  ["in progress", /\bin progress\b/i, ["填写中"]],
  ["completed, not sent", /\bcompleted, not sent\b/i, ["已完成待上传"]],
  ["synchronise", /\bsynchroni/i, ["同步"]],
  ["sent back", /\b(sent|send) back\b/i, ["退回"]],
  ["approved", /^approved?$/i, ["审核通过"]],
  ["confirmed", /^confirm(ed)?$/i, ["复核通过"]],
  ["not accepted (final)", /\bnot accepte?d?\b/i, ["不予采用"]],
  ["amendment", /\bamendment\b/i, ["更正"]],
  ["accept with reason", /\baccept with reason\b/i, ["说明原因后通过"]],
  ["needs checking", /\bneeds? checking\b/i, ["待核查"]],
  ["backup", /\bbackup\b/i, ["备份"]],
  ["different answers", /^(\{\d\} with )?different answers$/i, ["填写不一致"]],
  ["choose answer", /\bchoose (this |an )?answer\b/i, ["选定答案"]],
  ["possible duplicate", /\bpossible duplicates?\b/i, ["疑似重复"]],
  ["merge duplicates", /\bmerge duplicates\b/i, ["合并重复登记"]],
  ["merge taken back", /\bmerge (is taken )?back\b/i, ["撤销"]],
  ["history", /\bhistory\b/i, ["历史"]],
  ["check over several records", /\bcheck over several records\b/i, ["跨记录核对"]],
  ["test version", /\btest version\b/i, ["测试版"]],
  ["entered by mistake", /\bentered by mistake\b/i, ["作废"]],
  ["don't know / refused / not applicable", /\bdon't know\b/i, ["不清楚"]],
  ["don't know / refused / not applicable", /^refused$/i, ["拒答"]],
  ["don't know / refused / not applicable", /\bnot applicable\b/i, ["不适用"]],
  ["attachment", /\battachments?\b/i, ["附件"]],
  ["record", /(?<!next |previous |new |many )\brecords?\b/i, ["记录"]],
  ["form", /(?<!by the )\bforms?\b/i, ["表单"]],
  ["one-time code", /\bone-time code\b/i, ["登记码"]],
  ["account", /\baccounts?\b/i, ["账号"]],
  ["device, phone", /\bdevices?\b/i, ["设备", "本机"]],
  ["due day", /\bdue day\b/i, ["截止日期"]],
  ["days left", /\bdays left\b/i, ["剩余天数"]],
  ["to do", /^to do$/i, ["待办", "任务"]],
  ["filled too fast", /\bfilled too fast\b/i, ["填写过快"]],
  ["far from the household", /\bfar from the household\b/i, ["距农户过远"]],
  ["report", /\breports?\b/i, ["报表"]],
  ["cut-off", /\bcut-off\b/i, ["截止时间"]],
  ["facts as of", /\bfacts as of\b/i, ["事实日期"]],
  ["quoted value", /\bquoted value\b/i, ["引用值"]],
  ["dry run", /\bdry run\b/i, ["试运行"]],
  ["comment (on a question, on a record)", /\bcomments?\b/i, ["批注"]],
];

describe("words on screens", () => {
  test("there are tables of every face, and a glossary", () => {
    const files = new Set(screens.map(({ where }) => where.split(" ")[0]));
    for (const file of [
      "../app/words.ts",
      "../form/words.ts",
      "../console/words.ts",
      "../console/words.office.ts",
    ])
      expect(files).toContain(file);
    expect(screens.length).toBeGreaterThan(400);
    expect(programs.length).toBeGreaterThan(100);
    expect(glossary.size).toBeGreaterThan(100);
  });

  test("each is there in both languages, and takes the same parts in both", () => {
    // The button that changes the language names the other one.
    const missing = screens.filter(
      ({ zh, en, where }) =>
        !where.endsWith(" language") &&
        (zh.trim() === "" || en.trim() === "" || HAN.test(en) || (LATIN.test(en) && !HAN.test(zh))),
    );
    expect(missing).toEqual([]);
    const parts = (text: string): string => (text.match(/\{\d\}|#/g) ?? []).sort().join();
    expect(screens.filter(({ zh, en }) => parts(zh) !== parts(en))).toEqual([]);
  });

  test("none is forbidden", () => {
    const wrong = [...screens, ...programs].filter(
      ({ zh, en }) => FORBIDDEN.test(en) || FORBIDDEN.test(zh) || FORBIDDEN_ZH.test(zh),
    );
    expect(wrong).toEqual([]);
  });

  test("no screen says Chinese outside the tables", () => {
    const files = import.meta.glob<string>("../**/*.svelte", {
      eager: true,
      query: "?raw",
      import: "default",
    });
    const bare = (text: string): string => text.replace(/<!--[^]*?-->|\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
    const wrong = Object.entries(files).filter(([, text]) => HAN.test(bare(text)));
    expect(wrong.map(([file]) => file)).toEqual([]);
  });

  test.each(TERMS)("%s is said in the glossary's word", (line, en, zh) => {
    const chinese = glossary.get(line) ?? "";
    // The list above follows the glossary: its first word stands there.
    expect(chinese, `docs/glossary.md has the term “${line}”`).toContain(zh[0]);
    const used = screens.filter((said) => en.test(said.en));
    expect(used.filter((said) => !zh.some((term) => said.zh.includes(term)))).toEqual([]);
  });
});

describe("words of the shipped forms", () => {
  const folder = join(ROOT, "schemas/forms");
  const texts = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    /(i18n\/en|schema|ui|form)\.json$/.test(file),
  );
  const said = (value: unknown, keys: Set<string>): string[] => {
    if (value === null || typeof value !== "object") return [];
    return Object.entries(value).flatMap(([key, inner]) =>
      typeof inner === "string" && keys.has(key) ? [inner] : said(inner, keys),
    );
  };
  const SHOWN = new Set(["title", "description", "human", "label", "zh", "en", "symbol"]);

  test.each(texts)("%s says no forbidden word", (file) => {
    const json: unknown = JSON.parse(readFileSync(join(folder, file), "utf8"));
    const shown = file.includes("i18n/") ? Object.values(json as Record<string, string>) : said(json, SHOWN);
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.filter((text) => FORBIDDEN.test(text) || /驳回/.test(text))).toEqual([]);
  });
});
