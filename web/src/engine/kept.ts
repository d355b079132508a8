// What this browser keeps beside the store: the mark of this installation, and the image of a store that has no file.

const DATABASE = "doorstep";
const TABLE = "kept";

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

async function put(key: string, value: Uint8Array): Promise<void> {
  const database = await open();
  try {
    const transaction = database.transaction(TABLE, "readwrite", { durability: "strict" });
    const kept = new Promise<void>((done, failed) => {
      transaction.oncomplete = () => done();
      transaction.onabort = () => failed(transaction.error ?? new Error("IndexedDB"));
    });
    transaction.objectStore(TABLE).put(value, key);
    await kept;
  } finally {
    database.close();
  }
}

/** The mark of this installation: apart from the store, so that a copy of the store elsewhere writes as another. */
export async function installation(): Promise<Uint8Array> {
  const kept = await get("install");
  if (kept instanceof Uint8Array && kept.length === 16) return kept;
  const fresh = crypto.getRandomValues(new Uint8Array(16));
  await put("install", fresh);
  return fresh;
}

/** The image of the store, where it has no file. */
export async function image(): Promise<Uint8Array | undefined> {
  const kept = await get("image");
  return kept instanceof Uint8Array ? kept : undefined;
}

/** Keeps the image of the store; it is on the disk when this returns. */
export function keepImage(image: Uint8Array): Promise<void> {
  return put("image", image);
}
