// A window's worker. Of all windows one worker holds a lock and runs the engine; the others send their calls to it. When it
// goes, the lock goes to another, and every call without an answer is made again.

import { Leader, failureOf } from "./leader";
import { noteBroken } from "./kept";
import { recordOf, type Answer, type Ask, type Failure, type ToOthers, type ToPage } from "./messages";

const LOCK = "doorstep.engine";
const MODULE = new URL("./wasm/doorstep_client_wasm_bg.wasm", import.meta.url);

const NO_LOCKS: Failure = {
  kind: "no_locks",
  en: "Answers cannot be kept safely here: the address is not encrypted, or the browser is too old.",
  zh: "这里无法可靠保存答案：地址不是加密连接，或浏览器版本过旧。",
  help: {
    en: "Open the app at an address that begins with https, in a recent Chrome, Edge or Safari.",
    zh: "请用新版 Chrome、Edge 或 Safari 打开以 https 开头的地址。",
  },
};

const others = new BroadcastChannel("doorstep.engine");
/** Calls of this window that have no answer yet, in order. */
const open = new Map<string, Ask>();
let leader: Leader | undefined;
/** What is being done here, by id: a call that comes twice is done once. */
const doing = new Map<string, Promise<Answer>>();

function toPage(message: ToPage): void {
  postMessage(message);
}

function toOthers(message: ToOthers): void {
  others.postMessage(message);
}

function answered(answer: Answer): void {
  if (!("progress" in answer)) open.delete(answer.id);
  toPage({ answer });
}

async function perform(run: Leader, ask: Ask, tell: (answer: Answer) => void): Promise<Answer> {
  try {
    const value = await run.run(ask, (progress) => tell({ id: ask.id, progress }));
    return { id: ask.id, value };
  } catch (error) {
    try {
      return { id: ask.id, failure: failureOf(error) };
    } catch (trap) {
      // Whichever window asked: the next engine knows what broke this one.
      const record = recordOf(ask);
      if (record !== null) await noteBroken(record);
      toPage({ broken: trap instanceof Error ? `${trap.name}: ${trap.message}` : String(trap) });
      throw trap;
    }
  }
}

/** Does a call here and tells its answer. */
async function lead(run: Leader, ask: Ask, tell: (answer: Answer) => void): Promise<void> {
  const known = doing.get(ask.id);
  const work = known ?? perform(run, ask, tell);
  if (known === undefined) doing.set(ask.id, work);
  try {
    const answer = await work;
    tell(answer);
    if (ask.verb === "anew" && "value" in answer) {
      // The next engine opens the store of whoever is current then.
      leader = undefined;
      changed([]);
      toPage({ anew: true });
    }
  } catch {
    // The engine broke: the call is made again when it runs anew.
  } finally {
    doing.delete(ask.id);
  }
}

function pass(ask: Ask): void {
  if (leader !== undefined) void lead(leader, ask, answered);
  else toOthers({ call: ask });
}

/** Makes every call without an answer again. */
function passAgain(): void {
  for (const ask of open.values()) pass({ ...ask, again: true });
}

addEventListener("message", ({ data }: MessageEvent<Ask>) => {
  open.set(data.id, data);
  pass(data);
});

others.addEventListener("message", ({ data }: MessageEvent<ToOthers>) => {
  if ("call" in data) {
    if (leader !== undefined) void lead(leader, data.call, (answer) => toOthers({ answer }));
  } else if ("answer" in data) {
    if (open.has(data.answer.id)) answered(data.answer);
  } else if ("changed" in data) {
    toPage({ changed: data.changed });
  } else if ("leads" in data) {
    if (leader !== undefined) return;
    toPage({ ready: { here: false, storage: data.leads } });
    passAgain();
  } else if (leader !== undefined) {
    toOthers({ leads: leader.storage });
  }
});

function changed(records: string[]): void {
  toPage({ changed: records });
  toOthers({ changed: records });
}

async function holdLock(): Promise<void> {
  try {
    leader = await Leader.begin(MODULE, changed);
  } catch (error) {
    toPage({ unusable: startFailure(error) });
    return;
  }
  toPage({ ready: { here: true, storage: leader.storage } });
  toOthers({ leads: leader.storage });
  passAgain();
  // Held until this worker ends.
  await new Promise<never>(() => {});
}

function startFailure(error: unknown): Failure {
  try {
    return failureOf(error);
  } catch {
    return {
      kind: "not_started",
      en: "The app could not be started on this browser.",
      zh: "本浏览器无法启动此应用。",
      where: error instanceof Error ? error.message : String(error),
    };
  }
}

if (navigator.locks) {
  toOthers({ who: true });
  void navigator.locks.request(LOCK, holdLock);
} else {
  // Two windows could write over each other's work: better none at all. Old browsers and plain http lack locks.
  toPage({ unusable: NO_LOCKS });
}
