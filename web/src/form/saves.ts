// Every answer is saved at once: choices at the tap, typed text after a short pause. What was typed is shown until the view
// that holds it has come, and is kept when saving failed. One act at a time for each answer; the last one wins.

import type { Json } from "./contract";

export interface Mark {
  state: "waiting" | "saving" | "saved" | "failed";
  /** What the person sees meanwhile in place of the view's value; undefined: the view's. */
  shown: Json | undefined;
  /** Why saving failed. */
  message?: string;
}

/** Where marks are told. */
export interface Marking {
  get(path: string): Mark | undefined;
  set(path: string, mark: Mark): unknown;
  delete(path: string): unknown;
  entries(): Iterable<[string, Mark]>;
}

interface Wanted {
  shown: Json | undefined;
  act: () => Promise<void>;
}

interface Job {
  /** What is to be saved next. */
  wanted: Wanted | null;
  /** It may be saved now. */
  due: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
  running: Promise<void> | null;
  failed: Wanted | null;
}

export class Saves {
  private readonly jobs = new Map<string, Job>();
  /** Views that have come. */
  private views = 0;

  /** @param marks what the screen reads, by path  @param pause of typing, in milliseconds */
  constructor(
    private readonly marks: Marking,
    private readonly pause = 600,
  ) {}

  /** Typed text: saved after a pause when it looks whole, else at the latest by `flush`. */
  typed(path: string, shown: Json, whole: boolean, act: () => Promise<void>): void {
    const job = this.want(path, { shown, act });
    if (whole) job.timer = setTimeout(() => this.start(path), this.pause);
    if (job.running === null) this.marks.set(path, { state: "waiting", shown });
  }

  /** A choice: saved now. */
  now(path: string, shown: Json | undefined, act: () => Promise<void>): void {
    this.want(path, { shown, act });
    this.start(path);
  }

  /** Saves what waits at a path, or everything that waits. */
  flush(path?: string): void {
    const paths = path === undefined ? [...this.jobs.keys()] : [path];
    for (const one of paths) if (this.jobs.get(one)?.wanted) this.start(one);
  }

  retry(path: string): void {
    const job = this.jobs.get(path);
    if (!job?.failed) return;
    this.now(path, job.failed.shown, job.failed.act);
  }

  /** Gives up what could not be saved: the view's value is shown again. */
  giveUp(path: string): void {
    const job = this.jobs.get(path);
    if (job?.running || job?.wanted) return;
    this.jobs.delete(path);
    this.marks.delete(path);
  }

  /** Gives up everything below a row that was removed. */
  giveUpBelow(row: string): void {
    for (const path of [...this.jobs.keys()]) if (path.startsWith(`${row}/`)) this.giveUp(path);
  }

  /** A view has come: what was saved before it is in it. */
  seen(): void {
    this.views += 1;
    for (const [path, mark] of [...this.marks.entries()]) if (mark.state === "saved") this.marks.delete(path);
  }

  /** Saves everything; true when nothing is left unsaved. */
  async settle(): Promise<boolean> {
    this.flush();
    for (;;) {
      const running = [...this.jobs.values()].flatMap((job) => (job.running ? [job.running] : []));
      if (running.length === 0) break;
      await Promise.all(running);
    }
    return ![...this.marks.entries()].some(([, mark]) => mark.state === "failed");
  }

  private want(path: string, wanted: Wanted): Job {
    const fresh: Job = { wanted: null, due: false, timer: undefined, running: null, failed: null };
    const job = this.jobs.get(path) ?? fresh;
    this.jobs.set(path, job);
    clearTimeout(job.timer);
    Object.assign(job, { wanted, due: false, failed: null, timer: undefined });
    const mark = this.marks.get(path);
    if (mark)
      this.marks.set(path, { state: mark.state === "failed" ? "waiting" : mark.state, shown: wanted.shown });
    return job;
  }

  private start(path: string): void {
    const job = this.jobs.get(path);
    if (!job) return;
    clearTimeout(job.timer);
    job.due = true;
    job.running ??= this.run(path, job).then(() => {
      job.running = null;
      if (job.wanted && job.due) this.start(path);
    });
  }

  private async run(path: string, job: Job): Promise<void> {
    while (job.wanted && job.due) {
      const { wanted } = job;
      job.wanted = null;
      job.due = false;
      this.marks.set(path, { state: "saving", shown: wanted.shown });
      const { views } = this;
      try {
        await wanted.act();
        // Who performs an act may pass its view before the act returns, or after.
        this.done(path, job, this.views === views ? { state: "saved", shown: wanted.shown } : null);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        // Where something newer is wanted, that is tried next, and says whether it failed.
        if (!job.wanted) job.failed = wanted;
        this.done(path, job, { state: "failed", shown: wanted.shown, message });
      }
    }
  }

  private done(path: string, job: Job, mark: Mark | null): void {
    if (job.wanted) this.marks.set(path, { state: "waiting", shown: job.wanted.shown });
    else if (mark) this.marks.set(path, mark);
    else this.marks.delete(path);
  }
}
