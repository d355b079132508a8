import { mount } from "svelte";
import "../../src/words/base.css";
import type { View } from "../../src/form/contract";
import { Fake } from "./fake";
import Page from "./Page.svelte";

const fixtures = import.meta.glob<View>("./fixtures/*.json", { eager: true, import: "default" });
const asked = new URLSearchParams(location.search);
const form = asked.get("form") ?? "kinds";
const language = asked.get("lang") === "en" ? "en" : "zh";
document.documentElement.lang = language === "zh" ? "zh-CN" : "en";

const view = fixtures[`./fixtures/${form}.${language}.json`];
const target = document.getElementById("app");
if (!view || !target) throw new Error(`no fixture ${form}`);
const fake = new Fake(view, language);
Object.assign(globalThis, { fake });
mount(Page, { target, props: { fake, language } });
