import { hash } from 'node:crypto';
import { type Fields, isFields, newFields } from '../../core/event.ts';
import type { Container } from './container.ts';
import type { EngineEvent } from './delivery.ts';
import { type ContainerFacts, containerRecord } from './records.ts';

/** What happens to containers and is told; `exec_*` comes with each check of their health. */
export const ACTIONS = [
  'create',
  'start',
  'restart',
  'stop',
  'kill',
  'die',
  'oom',
  'pause',
  'unpause',
  'health_status',
  'rename',
  'update',
  'destroy',
] as const;

/** An event of `GET /events`, as far as it is understood. */
export interface Happening {
  readonly container: Container;
  /** `die`, `health_status`, ... */
  readonly action: (typeof ACTIONS)[number];
  /** `health_status: unhealthy` says which. */
  readonly health: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  /** Nanoseconds since 1970. */
  readonly nanos: string;
}

/** One line of the answer; undefined: it is not about a container, or nothing that is told. */
export function happeningIn(line: string): Happening | undefined {
  let parsed: unknown;
  try {
    // Its nanoseconds are more than a number holds.
    parsed = JSON.parse(line, (key, value, context?: { source?: string }) =>
      key === 'timeNano' && context?.source !== undefined ? context.source : value,
    );
  } catch {
    return undefined;
  }
  if (!isFields(parsed) || parsed['Type'] !== 'container') return undefined;
  const actor = parsed['Actor'];
  if (!isFields(actor)) return undefined;
  const { ID, Attributes } = actor;
  const nanos = parsed['timeNano'];
  if (typeof ID !== 'string' || !/^[0-9a-f]{12,64}$/.test(ID)) return undefined;
  if (typeof nanos !== 'string' || !/^\d{10,20}$/.test(nanos)) return undefined;
  const [, word = '', health] = /^([a-z_]+)(?:: ?(.*))?$/.exec(String(parsed['Action'] ?? '').slice(0, 200)) ?? [];
  const action = ACTIONS.find(one => one === word);
  if (action === undefined) return undefined;
  const attributes: Record<string, string> = Object.create(null);
  if (isFields(Attributes))
    for (const [name, value] of Object.entries(Attributes))
      if (typeof value === 'string') attributes[name] = value.toWellFormed();
  const { name = ID.slice(0, 12), image = '', ...labels } = attributes;
  return { container: { id: ID, name, image, labels, isRunning: false }, action, health, attributes, nanos };
}

/** What is stored of it. */
export function eventOf(happening: Happening, facts: ContainerFacts): EngineEvent {
  const { action, health, attributes, nanos, container } = happening;
  const exitCode = action === 'die' ? wholeNumber(attributes['exitCode']) : undefined;
  const signal = wholeNumber(attributes['signal']);
  const record = containerRecord(facts, wordsOf(happening, exitCode, signal));
  record['level'] = levelOf(happening, exitCode);
  const event = newFields();
  Object.assign(event, { kind: 'event', module: 'docker', dataset: 'docker.event', action });
  record['event'] = event;
  const own: Fields = newFields();
  own['action'] = action;
  own['status'] = health === undefined ? action : `${action}: ${health}`;
  if (exitCode !== undefined) own['exit_code'] = exitCode;
  if (signal !== undefined) own['signal'] = signal;
  const old = attributes['oldName'];
  if (old !== undefined) own['old_name'] = old.replace(/^\//, '');
  const docker = newFields();
  docker['event'] = own;
  if (health !== undefined) docker['healthcheck'] = { status: health };
  record['docker'] = docker;
  const print = hash('sha256', `${nanos} ${container.id} ${own['status']} ${signal ?? ''}`, 'hex').slice(0, 20);
  return { record, time: Number(nanos) / 1e6, nanos, print };
}

function levelOf({ action, health }: Happening, exitCode: number | undefined): string {
  if (action === 'oom') return 'ERROR';
  // Ended by `docker stop` (SIGTERM) is an end that was asked for.
  if (action === 'die') return exitCode === 0 || exitCode === 143 ? 'INFO' : 'ERROR';
  return action === 'health_status' && health === 'unhealthy' ? 'WARN' : 'INFO';
}

function wordsOf({ action, health, container }: Happening, exitCode?: number, signal?: number): string {
  const what = `container ${container.name}`;
  if (action === 'die') return `${what} died with exit code ${exitCode ?? 'unknown'}`;
  if (action === 'oom') return `${what} is out of memory`;
  if (action === 'kill') return `${what} was sent signal ${signal ?? 'unknown'}`;
  if (action === 'health_status') return `${what} is ${health ?? 'of unknown health'}`;
  return `${what}: ${action}`;
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
