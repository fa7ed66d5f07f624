import { type Fields, fieldAt, isFields, newFields } from '../../core/event.ts';
import { type ContainerFacts, containerRecord } from './records.ts';

/** What a container has used until a moment: the answer of `GET /containers/<id>/stats`. */
export interface Usage {
  /** Nanoseconds of all its cores together. */
  readonly cpu: number;
  readonly kernel: number;
  readonly user: number;
  /** Nanoseconds of all cores of the machine together; 0: the engine does not say (Windows). */
  readonly system: number;
  readonly cores: number;
  /** Without what the kernel only keeps as a cache, as `docker stats` has it. */
  readonly memory: number;
  readonly memoryLimit: number;
  readonly rss: number | undefined;
  readonly networks: readonly NetworkUsage[];
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly pids: number | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
}

interface NetworkUsage {
  readonly inBytes: number;
  readonly outBytes: number;
  readonly inErrors: number;
  readonly outErrors: number;
  readonly inDropped: number;
  readonly outDropped: number;
}

/** Undefined: the container does not run, or the answer is none. */
export function usageOf(answer: unknown): Usage | undefined {
  if (!isFields(answer)) return undefined;
  const at = Date.parse(String(answer['read']));
  const limit = number(answer, 'memory_stats.limit');
  const cpu = number(answer, 'cpu_stats.cpu_usage.total_usage');
  // What ended has no time, or a time of the year 1.
  if (!(at > 0) || cpu === 0) return undefined;
  const percpu = fieldAt(answer, 'cpu_stats.cpu_usage.percpu_usage');
  const used = number(answer, 'memory_stats.usage');
  const cache =
    number(answer, 'memory_stats.stats.inactive_file') || number(answer, 'memory_stats.stats.total_inactive_file');
  const networks = answer['networks'];
  return {
    cpu,
    kernel: number(answer, 'cpu_stats.cpu_usage.usage_in_kernelmode'),
    user: number(answer, 'cpu_stats.cpu_usage.usage_in_usermode'),
    system: number(answer, 'cpu_stats.system_cpu_usage'),
    cores: number(answer, 'cpu_stats.online_cpus') || (Array.isArray(percpu) ? percpu.length : 0) || 1,
    memory: cache < used ? used - cache : used,
    memoryLimit: limit,
    rss: optional(answer, 'memory_stats.stats.anon') ?? optional(answer, 'memory_stats.stats.rss'),
    networks: isFields(networks) ? Object.values(networks).flatMap(one => (isFields(one) ? [networkOf(one)] : [])) : [],
    ...blockBytes(fieldAt(answer, 'blkio_stats.io_service_bytes_recursive')),
    pids: optional(answer, 'pids_stats.current'),
    at,
  };
}

function networkOf(one: Fields): NetworkUsage {
  return {
    inBytes: number(one, 'rx_bytes'),
    outBytes: number(one, 'tx_bytes'),
    inErrors: number(one, 'rx_errors'),
    outErrors: number(one, 'tx_errors'),
    inDropped: number(one, 'rx_dropped'),
    outDropped: number(one, 'tx_dropped'),
  };
}

function blockBytes(entries: unknown): { readBytes: number; writtenBytes: number } {
  const sum = { readBytes: 0, writtenBytes: 0 };
  if (!Array.isArray(entries)) return sum;
  for (const entry of entries) {
    if (!isFields(entry)) continue;
    const op = String(entry['op']).toLowerCase();
    if (op === 'read') sum.readBytes += number(entry, 'value');
    if (op === 'write') sum.writtenBytes += number(entry, 'value');
  }
  return sum;
}

/**
 * What is stored of it, in the names of Metricbeat's module `docker`. Shares are fractions: 0.8 is 80 %; of `cpu.total.pct` 1
 * is one core, of `cpu.total.norm.pct` all of the machine. `before`: the last look; what a container uses a second is the
 * difference, so that the first look has none of it.
 */
export function statisticsRecord(facts: ContainerFacts, now: Usage, before: Usage | undefined): Fields {
  const docker = newFields();
  const cpu = before === undefined ? undefined : cpuOf(now, before);
  if (cpu !== undefined) docker['cpu'] = cpu.fields;
  const memoryShare = now.memoryLimit > 0 ? round(now.memory / now.memoryLimit) : undefined;
  const memory = newFields();
  memory['usage'] = memoryShare === undefined ? { total: now.memory } : { total: now.memory, pct: memoryShare };
  if (now.memoryLimit > 0) memory['limit'] = now.memoryLimit;
  if (now.rss !== undefined) memory['rss'] = { total: now.rss };
  docker['memory'] = memory;
  const seconds = before === undefined ? 0 : (now.at - before.at) / 1000;
  const rate = (last: number, first: number | undefined): { rate: number } | undefined =>
    first === undefined || seconds <= 0 || last < first ? undefined : { rate: Math.round((last - first) / seconds) };
  if (now.networks.length > 0) {
    const sum = (of: keyof NetworkUsage, usage: Usage | undefined) =>
      usage?.networks.reduce((total, one) => total + one[of], 0);
    const direction = (name: 'in' | 'out') => {
      const bytes = sum(`${name}Bytes`, now)!;
      const more = { errors: sum(`${name}Errors`, now), dropped: sum(`${name}Dropped`, now) };
      return { bytes, ...more, ...rate(bytes, sum(`${name}Bytes`, before)) };
    };
    docker['network'] = { inbound: direction('in'), outbound: direction('out') };
  }
  docker['diskio'] = {
    read: { bytes: now.readBytes, ...rate(now.readBytes, before?.readBytes) },
    write: { bytes: now.writtenBytes, ...rate(now.writtenBytes, before?.writtenBytes) },
  };
  if (now.pids !== undefined) docker['pids'] = { current: now.pids };
  const record = containerRecord(facts, words(facts, cpu?.share, memoryShare, now));
  record['level'] = 'INFO';
  const event = newFields();
  Object.assign(event, { kind: 'metric', module: 'docker', dataset: 'docker.statistics' });
  record['event'] = event;
  record['docker'] = docker;
  return record;
}

function cpuOf(now: Usage, before: Usage): { fields: Fields; share: number } | undefined {
  const used = now.cpu - before.cpu;
  const wall = now.at - before.at;
  // It was started anew meanwhile.
  if (used < 0 || wall <= 0) return undefined;
  const system = now.system - before.system;
  // Both of all cores together, as `docker stats` has it; else by the clock.
  const cores = system > 0 ? (used / system) * now.cores : used / (wall * 1e6);
  const part = (last: number, first: number) =>
    round(used > 0 ? cores * Math.min(1, Math.max(0, last - first) / used) : 0);
  const fields = newFields();
  fields['total'] = { pct: round(cores), norm: { pct: round(cores / now.cores) } };
  fields['kernel'] = { pct: part(now.kernel, before.kernel) };
  fields['user'] = { pct: part(now.user, before.user) };
  fields['cores'] = now.cores;
  return { fields, share: cores };
}

function words(facts: ContainerFacts, cpu: number | undefined, memory: number | undefined, now: Usage): string {
  const parts = [
    ...(cpu === undefined ? [] : [`CPU ${percent(cpu)}`]),
    `memory ${memory === undefined ? '' : `${percent(memory)}, `}${Math.round(now.memory / 1e6)} MB`,
  ];
  return `container ${facts.container.name} uses ${parts.join(', ')}`;
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const round = (value: number): number => Math.round(value * 1e4) / 1e4;

function number(fields: Fields, path: string): number {
  return optional(fields, path) ?? 0;
}

function optional(fields: Fields, path: string): number | undefined {
  const value = fieldAt(fields, path);
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
