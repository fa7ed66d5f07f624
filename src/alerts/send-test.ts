import { isoTime } from '../base/time/iso.ts';
import { LongshoreError } from '../core/errors.ts';
import { type Fields, newFields } from '../core/event.ts';
import type { Alerter } from './alerters/alerter.ts';
import { guardedFetch } from './alerters/guarded-fetch.ts';
import { buildAlerters } from './rules/alerters.ts';
import { FILE_OPTION } from './rules/file-options.ts';
import { Problems } from './rules/problems.ts';
import type { RuleOptions } from './rules/sources.ts';
import { any } from './types/any.ts';

/** What came of each message: one for each address and channel. */
export interface SendTestOutcome {
  readonly alerter: string;
  readonly sent: readonly SentTest[];
}

export interface SentTest {
  readonly ok: boolean;
  /** Why not; without addresses or secrets. */
  readonly reason?: string | undefined;
  readonly duration_ms: number;
}

export interface SendTestSettings {
  /** Options of the configuration, by alerter. */
  readonly alerters: Record<string, Record<string, unknown>>;
  readonly alerts?: { readonly allow_commands: boolean; readonly guard_addresses: boolean } | undefined;
  /** Where files that options name are looked for; default: the working directory. */
  readonly folder?: string | undefined;
  /**
   * The options came over the API or the page: addresses must lead into the internet, no files are read and no commands
   * run.
   */
  readonly isFromOutside?: boolean | undefined;
  readonly fetch?: typeof fetch | undefined;
  readonly signal?: AbortSignal | undefined;
}

const NAME = 'Longshore test';

/**
 * Sends one test message through an alerter, as a rule with these options would, and does not try again. The options stand
 * above those of the configuration.
 * @throws AggregateError of LongshoreErrors: there is no such alerter, or its options have mistakes or lack something
 */
export async function sendTest(name: string, options: Fields, settings: SendTestSettings): Promise<SendTestOutcome> {
  if (settings.isFromOutside === true) refuseFiles(name, options);
  const alerter = alerterOf(name, options, settings);
  const isGuarded = settings.isFromOutside === true || settings.alerts?.guard_addresses === true;
  const match = testMatch(Date.now());
  const sent: SentTest[] = [];
  for (const [n, notification] of alerter.render({ rule: NAME, matches: [match] }).entries()) {
    const startedAt = performance.now();
    const result = await alerter.send(notification, {
      fetch: settings.fetch ?? (isGuarded ? guardedFetch : fetch),
      idempotencyKey: `test-${startedAt.toString(36)}-${n}`,
      signal: settings.signal ?? new AbortController().signal,
      isGuarded,
    });
    sent.push({
      ok: result.ok,
      ...(result.ok ? {} : { reason: result.reason }),
      duration_ms: Math.round(performance.now() - startedAt),
    });
  }
  return { alerter: alerter.type, sent };
}

function refuseFiles(name: string, options: Fields): void {
  const wrong = Object.keys(options).filter(option => FILE_OPTION.test(option));
  if (wrong.length === 0) return;
  const errors = wrong.map(
    option =>
      new LongshoreError('LS_ALERTS_OPTION', `${option} names a file, which only the configuration and rules may.`, {
        where: option,
        fix: `Write it under alerters.${name} of the configuration.`,
      }),
  );
  throw new AggregateError(errors, `${name} cannot be tried`);
}

function alerterOf(name: string, options: Fields, settings: SendTestSettings): Alerter {
  const all = Object.assign(newFields(), { name: NAME, type: 'any', index: 'docker-logs-*' }, options, { alert: name });
  const source: RuleOptions = {
    path: name,
    options: all,
    ownType: true,
    where: option => option ?? name,
  } as RuleOptions;
  const problems = new Problems(source);
  const [alerter] = buildAlerters(
    all,
    {
      kind: any,
      timeframeMs: 0,
      timestampField: '@timestamp',
      defaults: settings.alerters,
      folder: settings.folder ?? '.',
      allowsCommands: settings.alerts?.allow_commands === true && settings.isFromOutside !== true,
    },
    problems,
  );
  if (problems.errors.length > 0) throw new AggregateError(problems.errors, `${name} cannot be tried`);
  if (alerter !== undefined && alerter.missing === undefined) return alerter;
  const what = problems.warnings[0]?.message ?? `${name} cannot send.`;
  throw new AggregateError([new LongshoreError('LS_ALERTS_MISSING', what, { where: name })], `${name} cannot be tried`);
}

function testMatch(now: number): Fields {
  return Object.assign(newFields(), {
    '@timestamp': isoTime(now),
    level: 'INFO',
    service: 'longshore',
    container_name: 'longshore',
    message: 'This is a test of Longshore: nothing is wrong.',
    num_hits: 1,
    num_matches: 1,
    _id: 'test',
  });
}
