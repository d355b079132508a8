// What this browser keeps beside the stores: whose they are, the mark of each installation, the image of a store that has no
// file, and which records broke the engine.

const DATABASE = "doorstep";
const TABLE = "kept";
/** The store of the phone's first person. */
const FIRST = "doorstep";

/** How a PIN is recognised. */
export interface Pin {
  salt: Uint8Array;
  rounds: number;
  hash: Uint8Array;
  /** Wrong tries since it was right last, and when the next one is looked at. */
  wrong: number;
  after_ms: number;
}

/** What was saved from a damaged store. */
export interface Saved {
  facts: number;
  enrolled: boolean;
}

/** A person of this phone. Each has a store of their own. */
export interface Entry {
  id: string;
  /** Where the store lies. */
  folder: string;
  /** As the server calls them; none before they are enrolled. */
  name: string | null;
  pin: Pin | null;
  /** Enrolled anew for a forgotten PIN: whose place this one takes. */
  renews: string | null;
  /** Its place was taken. Its store stays where it is. */
  retired: boolean;
  /** The store cannot be read: whoever opens it next takes over what it still holds. */
  damaged: boolean;
  /** That was done, and the person has not read it yet. */
  saved: Saved | null;
}

export interface People {
  list: Entry[];
  /** Whose store is open. */
  current: string;
}

function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error ?? new Error("IndexedDB"));
  });
}

async function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
  return asked(request);
}

async function get(key: string): Promise<unknown> {
  const database = await open();
  try {
    return await asked(database.transaction(TABLE).objectStore(TABLE).get(key));
  } finally {
    database.close();
  }
}

/** Reads and writes in one transaction, so that two windows never lose each other's word. */
async function change(key: string, next: (kept: unknown) => unknown): Promise<void> {
  const database = await open();
  try {
    const transaction = database.transaction(TABLE, "readwrite", { durability: "strict" });
    const kept = new Promise<void>((done, failed) => {
      transaction.oncomplete = () => done();
      transaction.onabort = () => failed(transaction.error ?? new Error("IndexedDB"));
    });
    const table = transaction.objectStore(TABLE);
    table.put(next(await asked(table.get(key))), key);
    await kept;
  } finally {
    database.close();
  }
}

/** The first store's things have the names they had when there was one person only. */
function name(thing: string, folder: string): string {
  return folder === FIRST ? thing : `${thing}.${folder}`;
}

/** The mark of an installation: apart from its store, so that a copy of the store elsewhere writes as another. */
export async function installation(folder: string): Promise<Uint8Array> {
  const key = name("install", folder);
  const kept = await get(key);
  if (kept instanceof Uint8Array && kept.length === 16) return kept;
  const fresh = crypto.getRandomValues(new Uint8Array(16));
  await change(key, () => fresh);
  return fresh;
}

/** The image of a store, where it has no file. */
export async function image(folder: string): Promise<Uint8Array | undefined> {
  const kept = await get(name("image", folder));
  return kept instanceof Uint8Array ? kept : undefined;
}

/** Keeps the image of a store; it is on the disk when this returns. */
export function keepImage(folder: string, image: Uint8Array): Promise<void> {
  return change(name("image", folder), () => image);
}

export function entry(id: string, folder: string): Entry {
  return {
    id,
    folder,
    name: null,
    pin: null,
    renews: null,
    retired: false,
    damaged: false,
    saved: null,
  };
}

function people(kept: unknown): People {
  return (kept as People | undefined) ?? { list: [entry("first", FIRST)], current: "first" };
}

export async function readPeople(): Promise<People> {
  return people(await get("people"));
}

/** Changes the list of people and gives what it is then. */
export async function changePeople(work: (people: People) => void): Promise<People> {
  let changed: People | undefined;
  await change("people", (kept) => {
    changed = people(kept);
    work(changed);
    return changed;
  });
  return changed ?? readPeople();
}

/** Changes one person's entry. */
export function changeEntry(id: string, work: (entry: Entry) => void): Promise<People> {
  return changePeople(({ list }) => {
    const found = list.find((one) => one.id === id);
    if (found) work(found);
  });
}

/** How often each record has broken the engine. */
export async function broken(): Promise<Map<string, number>> {
  const kept = await get("broken");
  return kept instanceof Map ? (kept as Map<string, number>) : new Map();
}

/** Notes that a record broke the engine, or that it is to be tried again. */
export function noteBroken(record: string, forgiven = false): Promise<void> {
  return change("broken", (kept) => {
    const counts = kept instanceof Map ? (kept as Map<string, number>) : new Map<string, number>();
    if (forgiven) counts.delete(record);
    else counts.set(record, (counts.get(record) ?? 0) + 1);
    return counts;
  });
}
