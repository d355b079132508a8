// Many households for the measurements, in the county's own ledger: made-up names, numbers of area 999999.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VILLAGE } from "../town";
import { Office } from "../story/office";

export const HOUSEHOLDS = Number(process.env["SPEED_HOUSEHOLDS"] ?? 20_000);
export const RECORDS = Number(process.env["SPEED_RECORDS"] ?? 100_000);
export const TOWN = "999999100000";
/** The two villages of the phones, by the first group of each. */
export const VILLAGES = [VILLAGE, "999999100201"] as const;
const GROUPS = ["9999991002000101", "9999991002010101"] as const;
/** Households in one file. */
const FILE = 10_000;

const SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许";
const GIVEN = "一二三四五六七八九十甲乙丙丁戊己庚辛壬癸";
const HEAD =
  "户编号,行政区划代码,户主姓名,姓名,身份证号,与户主关系,性别,民族,健康状况,劳动力,低保,五保,户属性,主要致贫原因,识别标准," +
  "地址,电话,耕地面积,住房安全等级,饮水困难,通自来水,缺粮,通电,厕所";

/** With its check digit (GB 11643). */
function idNumber(nth: number): string {
  const year = 1940 + (nth % 60);
  const month = String(1 + (Math.floor(nth / 60) % 12)).padStart(2, "0");
  const day = String(1 + (Math.floor(nth / 720) % 28)).padStart(2, "0");
  const body = `999999${year}${month}${day}${String(Math.floor(nth / 20_160) + 100).slice(-3)}`;
  const sum = [...body].reduce((total, digit, place) => total + Number(digit) * (2 ** (17 - place) % 11), 0);
  return body + "10X98765432"[sum % 11];
}

/** The name of the head of a household. */
export function headOf(nth: number): string {
  const of = (signs: string, place: number): string => signs[place % signs.length] ?? "";
  return of(SURNAMES, nth) + of(GIVEN, Math.floor(nth / 20)) + of(GIVEN, Math.floor(nth / 400));
}

const number = (nth: number): string => String(1_000_000 + nth);

/** Two rows a household: the head and another. */
function household(nth: number, group: string): string {
  const head = headOf(nth);
  const shared =
    "一般贫困户,因病,国家标准," +
    `${1 + (nth % 9)}组${nth}号,1380${String(nth).padStart(7, "0")},${(nth % 40) / 2},B级（个别构件危险）,否,是,否,是,`;
  const person = (of: number, said: string) =>
    `${number(nth)},${group},${head},${headOf(of)},${idNumber(of)},${said},汉族,健康,普通劳动力,否,否`;
  return `${person(nth, "户主,男")},${shared}\n${person(nth + 1_000_003, "配偶,女")},,,,,,,,,,,,\n`;
}

/** Imports so many households, evenly into the villages; nothing else may be writing. */
export function importHouseholds(office: Office, count: number): void {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-ledger-"));
  for (let first = 0; first < count; first += FILE) {
    const file = join(folder, `${first}.csv`);
    const rows = Array.from({ length: Math.min(FILE, count - first) }, (_, place) =>
      household(first + place, GROUPS[place % 2] ?? GROUPS[0]),
    );
    writeFileSync(file, `${HEAD}\n${rows.join("")}`);
    const begun = Date.now();
    office.doorstep(["import", "households", file, "--as", "chen"]);
    console.log(
      `${first + rows.length} households imported, the last ${rows.length} in ${Date.now() - begun} ms`,
    );
  }
  rmSync(folder, { recursive: true, force: true });
}
