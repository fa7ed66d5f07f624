import { setTimeout as sleep } from 'node:timers/promises';
import { send } from './load.ts';
import { Target } from './longshore.ts';
import type { Case } from './measure.ts';
import { cpuSeconds, forgetPeak, peakMb } from './processes.ts';
import { surround } from './surroundings.ts';

export interface BacklogResult {
  case: string;
  events: number;
  fill_per_second: number;
  drain_per_second: number;
  /** Both ways. */
  cpu_us_per_event: number;
  /** Most memory of the service while the backlog grew, by tenths of it. */
  fill_rss_mb: number[];
  /** While it drained. */
  drain_rss_mb: number[];
  /** Memory of Redis when it was fullest. */
  redis_mb: number;
}

const DRAIN_LIMIT_MS = 900_000;
const STEPS = 10;

/** The store refuses until all events are acknowledged, then takes them all. */
export async function backlog(one: Case): Promise<BacklogResult> {
  const around = await surround(one, undefined);
  const target = await Target.start(one, around);
  const sink = around.sink!;
  try {
    const { kind, per_frame, connections, window, rate } = one;
    const job = { kind, per_frame, connections, window, rate, port: target.port };
    sink.setOpen(false);
    const step = Math.ceil(one.events / STEPS);
    const fill: number[] = [];
    const cpuBefore = cpuSeconds(target.pid);
    let seconds = 0;
    for (let round = 2; round < 2 + STEPS; round++) {
      for (const pid of target.accepting) forgetPeak(pid);
      seconds += (await send({ ...job, events: step, round }, async sent => sent)).seconds;
      fill.push(peakMb(target.pid));
    }
    // What is still on its way to Redis is part of the backlog.
    if (one.buffer === 'redis') await sleep(5000);
    const redis = await around.redisMb();
    const drain: number[] = [];
    const started = performance.now();
    sink.setOpen(true);
    for (let n = 1; n <= STEPS; n++) {
      for (const pid of target.accepting) forgetPeak(pid);
      await sink.received(step * n, DRAIN_LIMIT_MS);
      drain.push(peakMb(target.pid));
    }
    const drained = (performance.now() - started) / 1000;
    const events = step * STEPS;
    return {
      case: one.name,
      events,
      fill_per_second: Math.round(events / seconds),
      drain_per_second: Math.round(events / drained),
      cpu_us_per_event: ((cpuSeconds(target.pid) - cpuBefore) * 1e6) / events,
      fill_rss_mb: fill,
      drain_rss_mb: drain,
      redis_mb: redis,
    };
  } finally {
    await target.end();
    await around.close();
  }
}
