// The people of a phone. Each has a store of their own, so that what one writes is signed with one's own key.
//
// What a PIN protects: that a colleague who picks up the phone writes under somebody else's name without meaning to, or in
// passing. What it does not protect: the answers themselves. The stores are not encrypted by it, and whoever can take the
// phone apart, or has an hour with the browser's tools, reads them. A phone's own lock is for that.

import { changeEntry, changePeople, entry, readPeople, type Entry, type People, type Pin } from "./kept";

export { readPeople, type Entry, type People, type Saved } from "./kept";

const ROUNDS = 200_000;
/** So many wrong tries are free; then each one costs twice the time of the one before. */
const FREE = 5;
const FIRST_WAIT_MS = 30_000;
const OPENED = "doorstep.opened";

export const PIN_PATTERN = "[0-9]{4,8}";

async function hashed(pin: string, salt: Uint8Array, rounds: number): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, [
    "deriveBits",
  ]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: new Uint8Array(salt), iterations: rounds };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, 256));
}

/** Those who can be chosen. */
export function offered({ list }: People): Entry[] {
  return list.filter((one) => one.name !== null && !one.retired);
}

export function currentOf({ list, current }: People): Entry | undefined {
  return list.find((one) => one.id === current);
}

/** Whether this window was opened by its person: a reload goes on, a new window or browser asks again. */
export function isOpened(person: Entry): boolean {
  return person.pin === null || sessionStorage.getItem(OPENED) === person.id;
}

export function noteOpened(id: string | null): void {
  if (id === null) sessionStorage.removeItem(OPENED);
  else sessionStorage.setItem(OPENED, id);
}

export async function setPin(id: string, pin: string): Promise<People> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const kept: Pin = { salt, rounds: ROUNDS, hash: await hashed(pin, salt, ROUNDS), wrong: 0, after_ms: 0 };
  const people = await changeEntry(id, (one) => (one.pin = kept));
  noteOpened(id);
  return people;
}

export type Tried = "right" | "wrong" | { wait_ms: number };

/** Tries a PIN. Who guesses waits longer and longer. */
export async function tryPin(id: string, pin: string): Promise<Tried> {
  const known = (await readPeople()).list.find((one) => one.id === id)?.pin;
  if (!known) return "right";
  const wait_ms = known.after_ms - Date.now();
  // A clock that was set back does not lock anybody out for longer than the longest wait so far.
  if (wait_ms > 0 && wait_ms <= waitAfter(known.wrong)) return { wait_ms };
  const hash = await hashed(pin, known.salt, known.rounds);
  const right = hash.every((byte, at) => byte === known.hash[at]);
  await changeEntry(id, (one) => {
    if (one.pin === null) return;
    one.pin.wrong = right ? 0 : one.pin.wrong + 1;
    one.pin.after_ms = right ? 0 : Date.now() + waitAfter(one.pin.wrong);
  });
  if (right) noteOpened(id);
  return right ? "right" : "wrong";
}

function waitAfter(wrong: number): number {
  return wrong < FREE ? 0 : FIRST_WAIT_MS * 2 ** Math.min(wrong - FREE, 6);
}

/** A place for somebody who is not enrolled yet, made the current one. One that was begun and left is used again. */
export function makeRoom(renews: string | null): Promise<People> {
  return changePeople((people) => {
    let room = people.list.find((one) => one.name === null && !one.retired);
    if (room === undefined) {
      const id = crypto.randomUUID();
      room = entry(id, `doorstep-${id}`);
      people.list.push(room);
    }
    room.renews = renews;
    people.current = room.id;
  });
}

export function makeCurrent(id: string): Promise<People> {
  return changePeople((people) => {
    if (people.list.some((one) => one.id === id)) people.current = id;
  });
}

/** Notes who a store belongs to. Who forgot a PIN and enrolled anew leaves the former place. */
export function noteName(id: string, name: string): Promise<People> {
  return changePeople(({ list }) => {
    const one = list.find((found) => found.id === id);
    if (!one) return;
    one.name = name;
    const former = list.find((found) => found.id === one.renews);
    if (former && former.name === name) former.retired = true;
    one.renews = null;
  });
}

export function noteDamaged(id: string): Promise<People> {
  return changeEntry(id, (one) => (one.damaged = true));
}

export function savedWasRead(id: string): Promise<People> {
  return changeEntry(id, (one) => (one.saved = null));
}
