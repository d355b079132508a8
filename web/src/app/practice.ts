// Whether this window practises: it stays so over a reload, and a new window begins with real work.

const KEY = "doorstep.practice";

export function isPractice(): boolean {
  return sessionStorage.getItem(KEY) !== null;
}

export function notePractice(on: boolean): void {
  if (on) sessionStorage.setItem(KEY, "on");
  else sessionStorage.removeItem(KEY);
}
