import { isoTime } from '../../base/time/iso.ts';
import type { DeployMark } from '../../core/api/dora.ts';
import { LongshoreError } from '../../core/errors.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';

const TEXTS = ['service', 'version', 'environment', 'commit', 'commit_time', 'time'] as const;
const FLAGS = ['failed', 'rollback'] as const;
const MAX_CHARS = 1000;
const EXAMPLE = 'Write for example {"service": "shop", "version": "1.4.2"}.';

/** The event of a deployment. Throws LS_INPUTS_DEPLOY. `now`: epoch milliseconds. */
export function deployRecord(body: unknown, now: number): Fields {
  const mark = markOf(body);
  const { service, version, environment, commit, failed = false, rollback = false } = mark;
  const [time, commitTime] = [timeOf(mark, 'time') ?? now, timeOf(mark, 'commit_time')];
  if (commitTime !== undefined && commitTime > time)
    throw wrong('commit_time is later than the deployment.', 'Check both times, and their zones.');
  const deploy = newFields();
  const all = { version, environment, commit, commit_time: commitTime && isoTime(commitTime) };
  for (const [name, value] of Object.entries(all)) if (value !== undefined) deploy[name] = value;
  if (rollback) deploy['rollback'] = true;
  const what = rollback ? 'rolled back' : failed ? 'failed to deploy' : 'deployed';
  const record = newFields();
  record['@timestamp'] = isoTime(time);
  record['level'] = failed || rollback ? 'WARN' : 'INFO';
  record['service'] = service;
  record['message'] = [what, service, version].filter(part => part !== undefined).join(' ');
  record['event'] = { kind: 'deploy', outcome: failed ? 'failure' : 'success' };
  record['deploy'] = deploy;
  return record;
}

function markOf(body: unknown): DeployMark {
  if (!isFields(body)) throw wrong('a deployment is one JSON object.', EXAMPLE);
  const known: readonly string[] = [...TEXTS, ...FLAGS];
  const unknown = Object.keys(body).find(name => !known.includes(name));
  if (unknown !== undefined)
    throw wrong(`a deployment has no ${unknown.slice(0, 50)}.`, `It takes ${known.join(', ')}.`);
  for (const name of TEXTS) {
    const value = body[name] ?? undefined;
    if (value === undefined) continue;
    if (typeof value !== 'string' || value === '' || value.length > MAX_CHARS)
      throw wrong(`${name} must be a text of 1 to ${MAX_CHARS} characters.`, EXAMPLE);
  }
  for (const name of FLAGS)
    if (!['undefined', 'boolean'].includes(typeof body[name])) throw wrong(`${name} must be true or false.`, EXAMPLE);
  if ((body['service'] ?? undefined) === undefined) throw wrong('a deployment is one of a service.', EXAMPLE);
  return body as unknown as DeployMark;
}

function timeOf(mark: DeployMark, name: 'time' | 'commit_time'): number | undefined {
  const text = mark[name];
  if (text === undefined) return undefined;
  const time = /^\d{4}-\d\d-\d\d[T ]/.test(text)
    ? Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`)
    : Number.NaN;
  if (Number.isFinite(time)) return time;
  throw wrong(`${name} is no time: ${JSON.stringify(text.slice(0, 50))}.`, 'Write it like 2026-11-20T14:03:00Z.');
}

const wrong = (what: string, fix: string): LongshoreError => new LongshoreError('LS_INPUTS_DEPLOY', what, { fix });
