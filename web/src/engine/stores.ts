// Opening the store of whoever is current: a file of the browser's own file system, or memory with an image.

import { WebDevice } from "doorstep-wasm";
import { changeEntry, image, installation, keepImage, readPeople, type Entry, type Saved } from "./kept";
import type { Storage } from "./messages";

/** The names of a store and of its log in the pool of files that holds them; what precedes the bytes of each file there. */
const FILE = /^\/?doorstep\.db$/;
const LOG = /^\/?doorstep\.db-wal$/;
const NAME_BYTES = 512;
const HEAD_BYTES = 4096;

export interface Opened {
  device: WebDevice;
  storage: Storage;
  person: string;
  folder: string;
}

export async function openStore(): Promise<Opened> {
  const { list, current } = await readPeople();
  const person = list.find((one) => one.id === current) ?? list[0];
  if (person === undefined) throw new Error("nobody's store");
  if (person.damaged) return takeOver(person);
  const { id, folder } = person;
  const install = await installation(folder);
  // Who began without files goes on without: the work lies in the image.
  const before = await image(folder);
  if (before === undefined && (await hasFiles())) {
    return { device: await openFiles(folder, install), storage: "files", person: id, folder };
  }
  return { device: WebDevice.open_in_memory(before, install), storage: "image", person: id, folder };
}

/** A new store with what a damaged one still holds. The damaged one stays as it is. */
async function takeOver({ id, folder: from }: Entry): Promise<Opened> {
  const folder = `doorstep-${crypto.randomUUID()}`;
  const install = await installation(folder);
  const before = await image(from);
  const storage = before === undefined ? "files" : "image";
  const damaged = before ?? (await fileIn(from, FILE));
  const log = before === undefined ? await fileIn(from, LOG) : new Uint8Array();
  const device =
    storage === "files" ? await openFiles(folder, install) : WebDevice.open_in_memory(undefined, install);
  const saved = JSON.parse(device.salvage(damaged, log)) as Saved;
  if (storage === "image") await keepImage(folder, device.image());
  await changeEntry(id, (one) => Object.assign(one, { folder, damaged: false, saved }));
  return { device, storage, person: id, folder };
}

/** The bytes of a file of the store in a folder, read past what opens it; none where there is no such file. */
async function fileIn(folder: string, wanted: RegExp): Promise<Uint8Array> {
  const root = await navigator.storage.getDirectory();
  for await (const file of filesBelow(await root.getDirectoryHandle(folder))) {
    const head = new Uint8Array(await file.slice(0, NAME_BYTES).arrayBuffer());
    const name = new TextDecoder().decode(head.subarray(0, head.indexOf(0)));
    if (wanted.test(name)) return new Uint8Array(await file.slice(HEAD_BYTES).arrayBuffer());
  }
  return new Uint8Array();
}

async function* filesBelow(folder: FileSystemDirectoryHandle): AsyncGenerator<File> {
  for await (const handle of folder.values()) {
    if (handle instanceof FileSystemDirectoryHandle) yield* filesBelow(handle);
    else if (handle instanceof FileSystemFileHandle) yield await handle.getFile();
  }
}

/** Somebody else has the files still: no other failure is worth waiting for. */
function isHeld(error: unknown): boolean {
  return typeof error === "string" && error.startsWith("{") && JSON.parse(error).kind === "no_storage";
}

/** A worker that was ended just now may hold its files a moment longer. */
async function openFiles(folder: string, install: Uint8Array): Promise<WebDevice> {
  for (let tries = 1; ; tries++) {
    try {
      return await WebDevice.open(folder, install);
    } catch (error) {
      if (tries === 10 || !isHeld(error)) throw error;
      await new Promise((done) => setTimeout(done, 50 * tries));
    }
  }
}

/** Whether the origin's private file system can be written by a worker here. Tried, because some browsers only pretend. */
async function hasFiles(): Promise<boolean> {
  try {
    const root = await navigator.storage.getDirectory();
    const probe = await root.getFileHandle("doorstep-probe", { create: true });
    const handle = await probe.createSyncAccessHandle();
    handle.close();
    await root.removeEntry("doorstep-probe");
    return true;
  } catch {
    return false;
  }
}
