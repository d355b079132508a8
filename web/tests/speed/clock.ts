// Clocks inside a page: from a person's hand to the picture that shows the result, and from a call to the engine's answer.

import type { BrowserContext, CDPSession, Page } from "@playwright/test";

/** A call of a page to the engine. */
export interface Called {
  verb: string;
  ms: number;
  value: unknown;
}

declare global {
  var called: Called[];
  var engineReady: number | undefined;
  /** What the browser says of each interaction: milliseconds from the hand to the next picture, by its number. */
  var interactions: Map<number, number>;
  var shown: Promise<number>;
  /** Resolves at the picture after `when` became true. */
  var pictured: (when: () => boolean) => Promise<number>;
}

/** Puts the clocks into every page that is opened after it. */
export async function clocks(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    globalThis.called = [];
    globalThis.interactions = new Map();
    new PerformanceObserver((list) => {
      for (const { interactionId, duration } of list.getEntries() as (PerformanceEntry & {
        interactionId: number;
      })[]) {
        const before = globalThis.interactions.get(interactionId) ?? 0;
        if (interactionId > 0) globalThis.interactions.set(interactionId, Math.max(before, duration));
      }
      // What is below 16 ms is not told by any browser.
    }).observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
    const asked = new Map<string, { verb: string; at: number }>();
    const heard = new WeakSet<Worker>();
    const post = Worker.prototype.postMessage;
    const hear = (event: MessageEvent): void => {
      if (event.data.ready) globalThis.engineReady ??= performance.now();
      const answer = event.data.answer;
      const call = answer && !("progress" in answer) ? asked.get(answer.id) : undefined;
      if (!call) return;
      asked.delete(answer.id);
      globalThis.called.push({ verb: call.verb, ms: performance.now() - call.at, value: answer.value });
    };
    Worker.prototype.postMessage = function (this: Worker, ...words: [unknown]) {
      if (!heard.has(this)) {
        heard.add(this);
        this.addEventListener("message", hear);
      }
      const [ask] = words as [{ id?: string; verb?: string }];
      if (ask?.id && ask.verb) asked.set(ask.id, { verb: ask.verb, at: performance.now() });
      return post.apply(this, words);
    } as typeof post;
    globalThis.pictured = (when) =>
      new Promise((done) => {
        const look = (): void => {
          if (!when()) return;
          watcher.disconnect();
          // After the next frame was drawn.
          requestAnimationFrame(() => {
            const channel = new MessageChannel();
            channel.port1.onmessage = () => done(performance.now());
            channel.port2.postMessage(null);
          });
        };
        const watcher = new MutationObserver(look);
        watcher.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
        look();
      });
  });
}

/** What the engine was called for since the last time, by verb. */
export async function calls(page: Page, verb: string): Promise<Called[]> {
  return page.evaluate((wanted) => {
    const found = globalThis.called.filter((one) => one.verb === wanted);
    globalThis.called = [];
    return found;
  }, verb);
}

/** The times of the interactions since the last time, in steps of 8 ms, without those below 16. */
export async function interactions(page: Page): Promise<number[]> {
  return page.evaluate(() => {
    const taken = [...globalThis.interactions.values()];
    globalThis.interactions.clear();
    return taken;
  });
}

/**
 * From a person's hand to the picture: the time of the event that the browser gave its input until the frame after the text at
 * `selector` is another one.
 */
export async function fromHand(page: Page, selector: string, hand: () => Promise<unknown>): Promise<number> {
  await page.evaluate((selector) => {
    const text = (): string => document.querySelector(selector)?.textContent ?? "";
    const before = text();
    let begun = Number.NaN;
    const begin = (event: Event): void => {
      if (Number.isNaN(begun)) begun = event.timeStamp;
    };
    addEventListener("input", begin, { capture: true, once: true });
    addEventListener("click", begin, { capture: true, once: true });
    globalThis.shown = globalThis.pictured(() => text() !== before).then((at) => at - begun);
  }, selector);
  await hand();
  return page.evaluate(() => globalThis.shown);
}

/** Makes the page's thread so many times slower. Chromium does not slow the engine's worker with it. */
export async function slow(page: Page, rate: number): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate });
  return session;
}

/** How long a fixed piece of arithmetic takes on the page's thread, in milliseconds. */
export function loop(page: Page): Promise<number> {
  return page.evaluate(() => {
    const begun = performance.now();
    let sum = 0;
    for (let nth = 0; nth < 2e8; nth++) sum = (sum + nth * 7) | 0;
    return sum === 0.5 ? 0 : performance.now() - begun;
  });
}
