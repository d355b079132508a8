// What many screens ask for and what seldom changes: forms with their titles, areas. Asked for once a page load.

import { get } from "./api";
import { FormText } from "./form";
import { both } from "./state.svelte";
import type { Area, FormPackage, FormView } from "./types";

const packages = new Map<string, Promise<FormText>>();

/** A form version, read. */
export function formText(form: string, version: number): Promise<FormText> {
  const key = `${form}@${version}`;
  const known = packages.get(key);
  if (known) return known;
  const asked = get<FormPackage>(`forms/${form}/${version}`).then((found) => new FormText(found.files));
  packages.set(key, asked);
  // What failed is asked for again next time.
  asked.catch(() => packages.delete(key));
  return asked;
}

export const library = $state({
  forms: [] as FormView[],
  titles: {} as Record<string, readonly [string, string]>,
  areas: [] as Area[],
});

/** Forgets everything: somebody else signs in. */
export function forget(): void {
  packages.clear();
  library.forms = [];
  library.titles = {};
  library.areas = [];
}

/** The newest version of each form. */
export function newest(): FormView[] {
  const found = new Map<string, FormView>();
  for (const form of library.forms) {
    if ((found.get(form.form)?.version ?? 0) < form.version) found.set(form.form, form);
  }
  return [...found.values()];
}

export async function loadForms(): Promise<void> {
  library.forms = (await get<{ forms: FormView[] }>("forms")).forms;
  for (const { form, version } of newest()) {
    library.titles[form] = (await formText(form, version)).title;
  }
}

export async function loadAreas(): Promise<void> {
  if (library.areas.length === 0) library.areas = (await get<{ areas: Area[] }>("areas")).areas;
}

export function formTitle(form: string): string {
  const title = library.titles[form];
  return title ? both(title) : form;
}

export function areaName(code: string): string {
  const area = library.areas.find((each) => each.code === code);
  return area ? both([area.name_zh, area.name_en || area.name_zh]) : code;
}
