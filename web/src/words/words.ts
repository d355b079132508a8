// Words a person reads, in both languages, Chinese first. Each face has a table of its own; this is what they share.

export type Language = "zh" | "en";
export type Said = readonly [zh: string, en: string];

const KEY = "doorstep.language";

function first(): Language {
  const kept = localStorage.getItem(KEY);
  if (kept === "zh" || kept === "en") return kept;
  return navigator.language.toLowerCase().startsWith("en") ? "en" : "zh";
}

/** The language of the page now; kept on this device. */
export function languageKept(): Language {
  const language = first();
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  return language;
}

/** Keeps the language and tells the page. */
export function keepLanguage(language: Language): void {
  localStorage.setItem(KEY, language);
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

/** The text of a pair in a language. */
export function say(said: Said, language: Language): string {
  return language === "zh" ? said[0] : said[1];
}
