// The screens of the console, in the order of the bar; each is loaded when it is first opened.

import type { Component } from "svelte";
import type { Word } from "./words";

interface Screen {
  name: Word;
  load: () => Promise<{ default: Component }>;
}

export const SCREENS: Screen[] = [
  { name: "queue", load: () => import("./screens/Queue.svelte") },
  { name: "duplicates", load: () => import("./screens/Duplicates.svelte") },
  { name: "progress", load: () => import("./screens/Progress.svelte") },
  { name: "sync", load: () => import("./screens/Sync.svelte") },
  { name: "people", load: () => import("./screens/People.svelte") },
  { name: "forms", load: () => import("./screens/Forms.svelte") },
  { name: "reports", load: () => import("./screens/Reports.svelte") },
  { name: "areas", load: () => import("./screens/Areas.svelte") },
  { name: "assignments", load: () => import("./screens/Assignments.svelte") },
  { name: "samples", load: () => import("./screens/Samples.svelte") },
];
