// Can this browser, at this address, work without a network? Asked before the first answer is given.

import type { Said } from "../words/words";
import type { Storage } from "./messages";

export interface Fitness {
  /** Opens and works without a network from the second visit. */
  offline: boolean;
  /** What stands against it, and what a person can do. */
  said: Said[];
}

const HTTPS: Said = [
  "这个地址不是加密连接（https），应用无法离线打开。请向管理员索取以 https 开头的地址。",
  "This address is not encrypted (https), so the app cannot open without a network. Ask your administrator for an address that begins with https.",
];
const BROWSER: Said = [
  "这个浏览器不能离线打开应用。请用手机自带浏览器或 Chrome 打开，不要在聊天软件里打开。",
  "This browser cannot open the app without a network. Use the phone's own browser or Chrome, not the one inside a chat app.",
];
const MEMORY: Said = [
  "这个浏览器不能把文件存到手机上，应用改用较慢的方式保存。记录多时会变慢，请尽量用 Chrome 或 Edge 新版本。",
  "This browser cannot keep files on the phone; the app keeps its work in a slower way. Prefer a recent Chrome or Edge.",
];

export function fitness(storage: Storage): Fitness {
  const said: Said[] = [];
  if (!isSecureContext) said.push(HTTPS);
  else if (!("serviceWorker" in navigator)) said.push(BROWSER);
  const offline = said.length === 0;
  if (storage !== "files") said.push(MEMORY);
  return { offline, said };
}

/** Asks the browser never to throw the work away on its own; true when it has promised that. */
export async function askToKeep(): Promise<boolean> {
  if (!navigator.storage?.persist) return false;
  return (await navigator.storage.persisted()) || (await navigator.storage.persist());
}
