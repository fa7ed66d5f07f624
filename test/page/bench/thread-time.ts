import type { CDPSession, Page } from 'playwright-core';

/** Seconds of the processor so far. */
interface Spent {
  readonly task: number;
  readonly script: number;
  readonly layout: number;
}

/** What the main thread of a page takes of the processor, whatever else the machine does. */
export class ThreadTime {
  readonly #session: CDPSession;

  private constructor(session: CDPSession) {
    this.#session = session;
  }

  static async of(page: Page): Promise<ThreadTime> {
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    return new ThreadTime(session);
  }

  async now(): Promise<Spent> {
    const of = await this.#metrics();
    return {
      task: of('TaskDuration'),
      script: of('ScriptDuration'),
      layout: of('LayoutDuration') + of('RecalcStyleDuration'),
    };
  }

  between(before: Spent, after: Spent): Spent {
    return {
      task: after.task - before.task,
      script: after.script - before.script,
      layout: after.layout - before.layout,
    };
  }

  /** What its scripts keep, megabytes. */
  async heapMb(): Promise<number> {
    await this.#session.send('HeapProfiler.collectGarbage');
    return (await this.#metrics())('JSHeapUsedSize') / 1e6;
  }

  async #metrics(): Promise<(name: string) => number> {
    const { metrics } = await this.#session.send('Performance.getMetrics');
    return name => metrics.find(one => one.name === name)?.value ?? 0;
  }
}
