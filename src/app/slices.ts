import type { SpoolOptions } from '../buffer/spool/options.ts';
import type { DocumentForm } from '../core/contracts.ts';
import type { IngestSettings } from '../ingest/settings.ts';
import type { EventOptions } from '../schema/options.ts';
import type { SinkSettings, WorkerSettings } from '../workers/settings.ts';
import type { Settings } from './settings.ts';

/** What each room gets of the settings. */

/** The settings of the local spool, whatever stands behind it. */
export function spoolOf({ buffer }: Pick<Settings, 'buffer'>): SpoolOptions {
  return buffer.type === 'spool' ? buffer : buffer.spool;
}

export function formOf({ store }: Pick<Settings, 'store'>): DocumentForm {
  return store.type === 'embedded' ? 'embedded' : 'elasticsearch';
}

export function eventOf({ event, timezone }: Pick<Settings, 'event' | 'timezone'>): EventOptions {
  return { ...event, timezone };
}

export function ingestOf(settings: Settings): IngestSettings {
  const { store, join, expressions, log_metrics } = settings;
  return {
    form: formOf(settings),
    spool: spoolOf(settings),
    index: store.type === 'elasticsearch' ? store.index : undefined,
    event: eventOf(settings),
    join,
    expressions,
    log_metrics,
  };
}

export function workerOf(settings: Settings): WorkerSettings {
  const { data_dir, log_level, inputs, pipelines, rules, timezone, geoip, rule_defaults, alerters, alerts } = settings;
  return {
    data_dir,
    log_level,
    inputs,
    definitions: { pipelines, rules, timezone, geoip, rule_defaults, alerters, alerts },
    ingest: ingestOf(settings),
    sink: sinkOf(settings),
    hasCopies: settings.copies.length > 0,
  };
}

function sinkOf({ buffer, store }: Settings): SinkSettings {
  if (store.type === 'embedded') return { type: 'primary' };
  if (buffer.type === 'redis') return { type: 'redis', options: buffer };
  return store.type === 'forward' ? { type: 'forward', options: store } : { type: 'elasticsearch', options: store };
}
