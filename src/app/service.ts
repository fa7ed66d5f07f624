import { lifecycle, Parts } from '../base/process/parts.ts';
import { RedisLedger } from '../buffer/redis/redis-ledger.ts';
import { Canary } from '../canary/canary.ts';
import { logger } from '../core/log.ts';
import { lockDataDir } from '../data/data-dir.ts';
import { claimDataFormat } from '../data/data-format.ts';
import { tellOfDaysLeftBehind } from '../data/migrated.ts';
import { nodeIdOf } from '../data/node-id.ts';
import { adaptForm } from '../data/other-form.ts';
import { Definitions } from '../definitions/definitions.ts';
import { summarised } from '../definitions/warning-summary.ts';
import { type InputPorts, NO_PORTS } from '../inputs/inputs.ts';
import { Ledger } from '../ledger/keeper.ts';
import { addAlertParts } from './alert-parts.ts';
import { addDoraParts } from './dora-parts.ts';
import { addIngestParts } from './ingest-parts.ts';
import type { Process, ProcessParts, ProcessSpec } from './process-parts.ts';
import { ALL_ROLES, type Roles } from './roles.ts';
import type { Settings } from './settings.ts';
import { formOf } from './slices.ts';
import { addStoreParts } from './store-parts.ts';
import { addWebParts } from './web-parts.ts';

const log = logger('service');

/** Ports after start, for the log, for tests and for `demo`. */
export interface Listening extends InputPorts {
  http: number;
}

/**
 * One process with all its parts. Start: sinks first, inputs last; nothing starts half-way (what has started is stopped
 * again when a later part fails). Stop: inputs first, then drain, until the deadline.
 */
export class Service {
  readonly #parts: Process;
  readonly #stopDeadlineMs: number;
  #stopping: Promise<void> | undefined;

  constructor(settings: Settings, env: NodeJS.ProcessEnv, roles: Roles = ALL_ROLES) {
    this.#parts = partsOf({ settings, env, roles });
    this.#stopDeadlineMs = settings.stop_deadline_ms;
  }

  get listening(): Listening {
    const web = this.#parts.get('web');
    if (web === undefined) throw new Error('the service is not listening');
    return { ...(this.#parts.get('inputs')?.ports ?? NO_PORTS), http: web.port };
  }

  /** Resolves when everything listens. Throws what kept it from starting, after stopping what had started. */
  async start(): Promise<void> {
    try {
      await this.#parts.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async reload(): Promise<{ ok: boolean; message: string }> {
    return this.#parts.get('watch')?.reload('SIGHUP') ?? { ok: false, message: 'the service is not running' };
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#parts.stop(this.#stopDeadlineMs);
    return this.#stopping;
  }
}

/** The parts of a process with these roles: the only place that knows all rooms. */
export function partsOf(spec: ProcessSpec): Process {
  const { settings, env } = spec;
  const parts = new Parts<ProcessParts>(log);
  parts.add('definitions', [], () => {
    const definitions = new Definitions(settings, env);
    for (const warning of summarised(definitions.current.warnings)) log.warn(warning);
    for (const { where, what } of definitions.current.pipelines.doubts) log.warn({ file: where, message: what });
    for (const { where, what, fix, code } of definitions.current.mistakes)
      log.error({ file: where, reason: what, fix, code }, 'a file with a mistake is skipped; everything else runs');
    return { value: definitions };
  });
  parts.add('lock', [], async () => {
    const lock = await lockDataDir(settings.data_dir);
    return { value: lock, stop: () => lock.release() };
  });
  parts.add('data', ['lock'], async ({ lock: { path } }) => {
    await claimDataFormat(path);
    if (settings.store.type === 'elasticsearch') tellOfDaysLeftBehind(path);
    await adaptForm(path, formOf(settings));
    return { value: { dir: path, node: nodeIdOf(path) } };
  });
  addStoreParts(parts, spec);
  // Its start has gone on while the spools were read.
  parts.add('storeStarted', ['store', 'handover'], async ({ store }) => {
    await store?.started;
    return { value: store?.store };
  });
  addAlertParts(parts, spec);
  addLedgerParts(parts, spec);
  addIngestParts(parts, spec);
  addDoraParts(parts, spec);
  addWebParts(parts, spec);
  addCanaryRounds(parts, spec);
  parts.add('watch', ['definitions', 'web', 'inputs', 'canaryRounds'], ({ definitions }) => ({
    value: definitions,
    start: () => definitions.watch(),
    stop: () => definitions.close(),
  }));
  return parts;
}

function addLedgerParts(parts: Process, { settings: { buffer, canary } }: ProcessSpec): void {
  if (canary !== false) parts.add('canary', [], () => ({ value: new Canary(canary) }));
  if (buffer.type === 'redis') parts.add('ledgerExchange', [], () => lifecycle(new RedisLedger(buffer)));
  parts.add('ledger', ['data', 'deadLetters', 'ledgerExchange', 'canary'], needed => {
    const { data, deadLetters, ledgerExchange: exchange, canary } = needed;
    const letters = () => deadLetters.counts();
    const ledger = new Ledger({ source: data.node, letters, exchange, canary: () => canary?.status() });
    return { value: ledger, stop: signal => ledger.stop(signal) };
  });
}

function addCanaryRounds(parts: Process, { settings: { canary, store }, roles }: ProcessSpec): void {
  if (canary === false || !roles.has('ingest')) return;
  const needs = ['canary', 'ledger', 'ledgerCounts', 'ingest', 'inputs', 'offers', 'storeStarted'] as const;
  parts.add('canaryRounds', needs, ({ canary, ledger, ingest, offers, storeStarted }) => {
    const way = {
      intake: ingest!.intake,
      store: store.type === 'forward' ? undefined : storeStarted,
      counts: () => ledger.snapshot(),
    };
    return { value: canary, start: () => canary!.start(way, offers.done), stop: () => canary!.stop() };
  });
}
