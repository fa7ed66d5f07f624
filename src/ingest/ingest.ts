import type { AlertHit } from '../alerts/engine.ts';
import type { HitSource, HitTaker } from '../alerts/hit-source.ts';
import { regexpFinding } from '../base/regexp/backtrack-limit.ts';
import { lineBudgets } from '../base/regexp/line-budgets.ts';
import { Spool } from '../buffer/spool/spool.ts';
import type { LiveEvents } from '../core/contracts.ts';
import { logger } from '../core/log.ts';
import { Joiner } from '../parse/join/joiner.ts';
import { decodePiece } from '../parse/join/piece.ts';
import { levelOfText } from '../schema/level-text.ts';
import { indexOfDay } from '../store/elasticsearch/index-name.ts';
import type { ActiveDefinitions } from './documents.ts';
import type { Draft } from './draft.ts';
import { observeGauges } from './gauges.ts';
import type { Intake, IntakeDeps } from './intake.ts';
import { LiveListeners } from './live-listeners.ts';
import { countAll, LogMetrics } from './log-metrics/log-metrics.ts';
import type { IngestSettings } from './settings.ts';
import { spoolDeps } from './spool-deps.ts';
import { openSpool, spoolHits } from './spool-hits.ts';
import { waitingEvents } from './waiting-events.ts';

/** What waits for its rest after a restart waits so much longer: inputs are to be started, and senders to connect again. */
const RECONNECT_MS = 3000;

const log = logger('expressions');

export interface IngestDeps {
  readonly settings: IngestSettings;
  readonly dataDir: string;
  /** `w0`, `w1`, ... */
  readonly worker: string;
  readonly definitions: ActiveDefinitions;
  /** Where hits go; asked before the spool is read. */
  readonly hits: (spool: HitSource) => HitTaker;
  /** Whether chunks of a worker that lie in `data_dir` are this spool's to offer. Default: all. */
  readonly ownsChunksOf?: (worker: string) => boolean;
}

/** From frames to durable documents: one spool with its intake and its joins. A process has one of these, each worker another. */
export interface Ingest<I extends Intake = Intake> {
  readonly spool: Spool;
  readonly intake: I;
  /** Where its hits go. */
  readonly hits: HitTaker;
  /** Each event as soon as it is durable. */
  readonly live: LiveEvents;
  /** After the inputs have stopped: joins whose time is up become events, then the spool closes. */
  close(signal: AbortSignal): Promise<void>;
}

/** Reads the spool; after this, frames may come, and nothing has been offered. `makeIntake`: alone, or among other workers. */
export async function openIngest<I extends Intake>(
  deps: IngestDeps,
  makeIntake: (deps: IntakeDeps, definitions: ActiveDefinitions) => I,
): Promise<Ingest<I>> {
  const { settings } = deps;
  const base = spoolDeps(settings, deps.dataDir, deps.worker);
  const live = new LiveListeners();
  const indexOf = indexOfDay(settings.index);
  const logMetrics = new LogMetrics(settings.log_metrics);
  const joiner = new Joiner(settings.join, levelOfText);
  const spool = new Spool({
    ...base,
    ownsChunksOf: deps.ownsChunksOf,
    waiting: () => waitingEvents(joiner.open(), spool.containers),
    onDurable: (position, entries) => tell(entries as Draft[], position),
  });
  const hits = deps.hits(spoolHits(spool, base.parseStored));
  const recovered = await openSpool(spool, base.parseStored, hits);
  lineBudgets.setLimits(settings.expressions);
  const regexps = regexpFinding();
  if (regexps.severity === 'warning') log.warn(`${regexps.what} ${regexps.fix}`);
  const intake = makeIntake({ settings, spool, joiner, live, logMetrics, firstSeq: recovered.seq }, deps.definitions);
  intake.restore(
    recovered.pieces.map(piece => decodePiece(piece)),
    Date.now() + RECONNECT_MS,
  );
  observeGauges(spool);
  return { spool, intake, hits, live, close };

  async function close(signal: AbortSignal): Promise<void> {
    try {
      await intake.finish(Date.now());
    } finally {
      await spool.close(signal);
    }
  }

  /** Before the entries of a commit are acknowledged. */
  function tell(entries: readonly Draft[], position: number): void {
    const found: AlertHit[] = [];
    for (const { context, observations } of entries) {
      countAll(observations);
      for (const { id, event, seq, rules } of context) {
        const fields = event.fields as AlertHit['event'];
        if (rules !== undefined) for (const rule of rules) found.push({ rule, id, event: fields });
        if (!live.isEmpty) live.publish({ _id: id, _index: indexOf(event.day), seq, ...fields });
      }
    }
    if (found.length > 0) hits.take(found, position);
  }
}
