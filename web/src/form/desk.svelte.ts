// What every part of a form shares: the acts, the language, what is being saved, where to go.

import { createContext } from "svelte";
import { say, type Language, type Said } from "../words/words";
import { missingOf, type Act } from "./answers";
import type { FormActs, Json, QuestionView } from "./contract";
import { Marks } from "./marks.svelte";
import { Saves } from "./saves";
import { WORDS, type Word } from "./words";

export interface Around {
  language: () => Language;
  acts: () => FormActs;
  /** Opens a row on its own. */
  openRow: (path: string) => void;
}

export class Desk {
  readonly marks = new Marks();
  readonly saves = new Saves(this.marks);

  constructor(private readonly around: Around) {}

  get language(): Language {
    return this.around.language();
  }

  get acts(): FormActs {
    return this.around.acts();
  }

  openRow(path: string): void {
    this.around.openRow(path);
  }

  say(said: Said): string {
    return say(said, this.language);
  }

  /** A word of the form; `#` is replaced. */
  word(word: Word, part?: string | number): string {
    const text = this.say(WORDS[word]);
    return part === undefined ? text : text.replace("#", () => String(part));
  }

  /** The answer as the person sees it: what was just given, else the view's. */
  value(question: QuestionView): Json {
    const mark = this.marks.get(question.path);
    return mark?.shown === undefined ? question.value : mark.shown;
  }

  missing(question: QuestionView): ReturnType<typeof missingOf> {
    return missingOf(this.value(question));
  }

  choose(path: string, value: Json): void {
    const { acts } = this;
    this.saves.now(path, value, () => (value === null ? acts.clear(path) : acts.answer(path, value)));
  }

  /** @param shown what stands in the field  @param whole it may be saved after a pause, before the field is left */
  typed(path: string, shown: Json, whole: boolean, act: Act): void {
    const { acts } = this;
    this.saves.typed(path, shown, whole, () => {
      if (act.how === "clear") return acts.clear(path);
      return act.how === "text" ? acts.answerText(path, act.text) : acts.answer(path, act.value);
    });
  }

  when(at: number): string {
    const locale = this.language === "zh" ? "zh-CN" : "en-GB";
    return new Date(at).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" });
  }
}

export const [deskOf, setDesk] = createContext<Desk>();

/** An id in the page for a path and what it is. */
export function idOf(path: string, part: string): string {
  return `${part}-${path}`;
}

/** What describes a control: hint, unit, what is wrong. */
export function describedBy(question: QuestionView): string | undefined {
  const ids = [
    question.hint ? idOf(question.path, "hint") : "",
    question.violations?.length ? idOf(question.path, "said") : "",
  ].filter((id) => id !== "");
  return ids.length > 0 ? ids.join(" ") : undefined;
}

export function isInvalid(question: QuestionView): boolean {
  return question.violations?.some((said) => said.severity === "error") ?? false;
}
