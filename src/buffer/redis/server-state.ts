/** What Redis says of itself, as far as it decides what may be promised. */
export interface ServerState {
  version: string;
  aof: boolean;
  /** undefined when CONFIG may not be asked. */
  appendfsync: 'always' | 'everysec' | 'no' | undefined;
  /** Whether snapshots are made; undefined when CONFIG may not be asked. */
  snapshots: boolean | undefined;
  /** The last write and the last fsync of the append-only file went well. */
  aofHealthy: boolean;
  /** An fsync of the append-only file is running or waits. */
  fsyncPending: boolean;
  usedMemory: number;
  /** 0: no limit. */
  maxMemory: number;
  policy: string;
  hasWaitAof: boolean;
}

/** How one knows that Redis has something on disk. */
export type Proof = 'none' | 'always' | 'waitaof' | 'interval';

/** @param config `appendfsync` and `save` of CONFIG GET, or undefined where it is refused. */
export function serverState(
  info: string,
  config: { appendfsync?: string | undefined; save?: string | undefined } | undefined,
  hasWaitAof: boolean,
): ServerState {
  const values = infoValues(info);
  const text = (name: string): string => values.get(name) ?? '';
  const appendfsync = config?.appendfsync;
  return {
    version: text('redis_version'),
    aof: text('aof_enabled') === '1',
    appendfsync:
      appendfsync === 'always' || appendfsync === 'everysec' || appendfsync === 'no' ? appendfsync : undefined,
    snapshots: config?.save === undefined ? undefined : config.save !== '',
    aofHealthy: values.get('aof_last_write_status') !== 'err',
    fsyncPending: Number(values.get('aof_pending_bio_fsync') ?? 0) > 0,
    usedMemory: Number(values.get('used_memory') ?? 0),
    maxMemory: Number(values.get('maxmemory') ?? 0),
    policy: text('maxmemory_policy'),
    hasWaitAof,
  };
}

export function proofOf(state: ServerState): Proof {
  if (!state.aof) return 'none';
  if (state.appendfsync === 'always') return 'always';
  return state.hasWaitAof ? 'waitaof' : 'interval';
}

export interface Persistence {
  /** The append-only file is on. */
  aof: boolean;
  /** `maxmemory-policy`. */
  policy: string;
  /** Sentences for the log and for `check`: what can be lost, and what to set. */
  warnings: string[];
}

export function persistenceOf(state: ServerState): Persistence {
  const warnings: string[] = [];
  if (!state.aof) {
    const kept =
      state.snapshots === false
        ? 'a restart of Redis loses every chunk in it'
        : 'a restart of Redis loses every chunk since its last snapshot';
    warnings.push(`The append-only file of Redis is off: ${kept}. Set appendonly yes.`);
  } else if (state.appendfsync === 'no') {
    warnings.push(
      'appendfsync of Redis is no: a crash of its machine loses what the system had not written yet. Set everysec or always.',
    );
  } else if (!state.aofHealthy) {
    warnings.push('Redis cannot write its append-only file. Look at its disk and its log.');
  }
  if (state.policy !== '' && state.policy !== 'noeviction') {
    warnings.push(
      `maxmemory-policy of Redis is ${state.policy}: short of memory it throws chunks away. Set noeviction.`,
    );
  }
  return { aof: state.aof, policy: state.policy, warnings };
}

/** What connections, scripts and payloads on their way out take: seen to fill 1 MB of an otherwise idle Redis. */
const MIN_FREE_BYTES = 16_000_000;

/** Whether `bytes` more would leave less than `freePercent` of its memory, or less than 16 MB; 0 leaves nothing. */
export function isNearlyFull(state: ServerState, bytes: number, freePercent: number): boolean {
  if (state.maxMemory === 0) return false;
  const free = freePercent === 0 ? 0 : Math.max(MIN_FREE_BYTES, (state.maxMemory * freePercent) / 100);
  return state.usedMemory + bytes > state.maxMemory - free;
}

function infoValues(info: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of info.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) values.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return values;
}
