import { abortableDelay } from '../../base/flow/abort.ts';
import { Semaphore } from '../../base/flow/semaphore.ts';
import type { Consumer } from '../../core/contracts.ts';
import { messageOf } from '../../core/errors.ts';
import type { Fields } from '../../core/event.ts';
import type { Logger } from '../../core/log.ts';
import type { LogThrottle } from '../log-throttle.ts';
import type { Container } from './container.ts';
import { type Engine, EngineRefusal } from './engine.ts';
import * as metrics from './metrics.ts';
import type { ContainerFacts } from './records.ts';
import { statisticsRecord, type Usage, usageOf } from './statistics.ts';

/** Asked at a time. */
const AT_A_TIME = 8;
const LEAST_INTERVAL_MS = 1000;

export interface StatisticsDeps {
  readonly engine: Engine;
  readonly consumer: Consumer;
  /** Those that run and are not left out; none while the engine does not answer. */
  readonly running: () => Iterable<Container>;
  readonly factsOf: (container: Container) => ContainerFacts;
  readonly log: Logger;
  readonly throttle: LogThrottle;
}

/** Looks at what containers use, again and again, until the signal aborts. */
export async function tellStatistics(deps: StatisticsDeps, intervalMs: number, signal: AbortSignal): Promise<void> {
  const { log, throttle } = deps;
  const interval = Math.max(LEAST_INTERVAL_MS, intervalMs);
  const before = new Map<string, Usage>();
  while (!signal.aborted) {
    const begun = performance.now();
    try {
      await round(deps, before, signal);
    } catch (error) {
      if (signal.aborted) return;
      metrics.errors.inc({ reason: 'statistics' });
      if (throttle.allows('statistics')) log.warn({ error: messageOf(error) }, 'statistics of containers are missing');
    }
    await abortableDelay(Math.max(LEAST_INTERVAL_MS / 2, interval - (performance.now() - begun)), signal);
  }
}

async function round(deps: StatisticsDeps, before: Map<string, Usage>, signal: AbortSignal): Promise<void> {
  const { engine, consumer, running, factsOf } = deps;
  const places = new Semaphore(AT_A_TIME);
  const found: { record: Fields; at: number }[] = [];
  const seen = new Set<string>();
  let failure: unknown;
  const look = async (container: Container): Promise<void> => {
    // Both looks of a share are ours; an engine that is older makes one of its own, for which it takes a second.
    const query = { stream: 'false', 'one-shot': 'true' };
    const answer = await engine.get(`/containers/${container.id}/stats`, query, signal);
    const usage = usageOf(answer);
    if (usage === undefined) return;
    const last = before.get(container.id);
    // A paused or hanging engine gives the same again.
    if (last !== undefined && last.at >= usage.at) return;
    before.set(container.id, usage);
    found.push({ record: statisticsRecord(factsOf(container), usage, last), at: usage.at });
  };
  await Promise.all(
    [...running()].map(async container => {
      seen.add(container.id);
      await places
        .run(() => look(container), signal)
        .catch(error => {
          // It has ended meanwhile.
          if (!(error instanceof EngineRefusal && (error.status === 404 || error.status === 409))) failure = error;
        });
    }),
  );
  for (const id of before.keys()) if (!seen.has(id)) before.delete(id);
  if (found.length > 0 && !signal.aborted) {
    await consumer.consume({
      ...{ source: 'docker', sender: 'docker:statistics', tag: 'engine.statistics', receivedAt: Date.now() },
      records: found.map(({ record }) => record),
      times: found.map(({ at }) => at),
      bytes: found.length * RECORD_BYTES,
    });
    metrics.statistics.inc(found.length);
  }
  if (failure !== undefined) throw failure;
}

/** About what one is as text. */
const RECORD_BYTES = 600;
