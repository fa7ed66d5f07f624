import { dirname } from 'node:path';
import { didYouMean } from '../base/text/did-you-mean.ts';
import { isoTime } from '../base/time/iso.ts';
import type { TestAlertAnswer, TestAlertResult } from '../core/api/test-alerts.ts';
import { LongshoreError } from '../core/errors.ts';
import { type Fields, isFields, newFields } from '../core/event.ts';
import type { Alerter } from './alerters/alerter.ts';
import { guardedFetch } from './alerters/guarded-fetch.ts';
import { ALERTER_KINDS } from './alerters/index.ts';
import { type LabelSet, labelsOf } from './instances/labels.ts';
import { buildAlerters } from './rules/alerters.ts';
import { FILE_OPTION } from './rules/file-options.ts';
import { Problems } from './rules/problems.ts';
import type { Rule } from './rules/rule.ts';
import type { RuleOptions } from './rules/sources.ts';
import { any } from './types/any.ts';

export interface TestAlertSettings {
  readonly rules: readonly Rule[];
  /** Options of the configuration, by alerter. */
  readonly alerters: Record<string, Record<string, unknown>>;
  readonly alerts: { readonly allow_commands: boolean; readonly guard_addresses: boolean };
  readonly fetch: typeof fetch;
  readonly now: number;
  readonly signal: AbortSignal;
  /** Sends through the receivers that an alert with these labels goes to; see `manager/test-message.ts`. */
  readonly throughRoutes?: ((labels: LabelSet) => Promise<TestAlertResult[]>) | undefined;
  /**
   * Options of the alerter that are tried before they are written down. They come from outside, and so stand alone: no
   * secret of the configuration goes with them, no file is read, no command run, and addresses lead into the internet.
   */
  readonly options?: Fields | undefined;
}

const NO_ROUTES = 'this process has no routes; ask one with the role alert';

/**
 * Sends one test alert through the alerters of a rule, or through an alerter as the configuration or `options` has it. It
 * says in title and text that it is one, is tried once, and silences nothing. Throws LS_ALERTS_TEST_ALERT.
 */
export async function sendTestAlert(name: string, given: TestAlertSettings): Promise<TestAlertAnswer> {
  const { options } = given;
  const rule = options === undefined ? given.rules.find(one => one.name === name) : undefined;
  if (rule === undefined && !ALERTER_KINDS.some(({ type }) => type === name)) throw unknown(name, options);
  if (options !== undefined) refuseFiles(options);
  const settings = options === undefined ? given : fromOutside(given);
  const own = rule?.options ?? Object.assign(newFields(), { alert: { [name]: options ?? newFields() } });
  const results: TestAlertResult[] = [];
  for (const alerter of alertersOf(markedOptions(own, rule), rule, settings))
    if (alerter.type === 'routes') results.push(...(await throughRoutes(rule, settings)));
    else results.push(...(await sendThrough(alerter, rule?.name ?? name, settings)));
  return { name, results };
}

function unknown(name: string, options: Fields | undefined): LongshoreError {
  const types = ALERTER_KINDS.map(({ type }) => type);
  const what = options === undefined ? 'rule and no alerter' : 'alerter';
  const known = `Name ${options === undefined ? 'a rule that runs, or ' : ''}one of ${types.join(', ')}.`;
  const fix = [didYouMean(name, types), known].filter(text => text !== undefined).join(' ');
  return new LongshoreError('LS_ALERTS_TEST_ALERT', `there is no ${what} ${name.slice(0, 100)}.`, { fix });
}

function refuseFiles(options: Fields): void {
  const wrong = Object.keys(options).find(option => FILE_OPTION.test(option));
  if (wrong === undefined) return;
  throw new LongshoreError(
    'LS_ALERTS_TEST_ALERT',
    `${wrong} names a file, which only the configuration and rules may.`,
    { fix: 'Write the alerter into the configuration, and send its name alone.' },
  );
}

const fromOutside = (settings: TestAlertSettings): TestAlertSettings => ({
  ...settings,
  alerters: {},
  alerts: { allow_commands: false, guard_addresses: true },
});

/** The alert says what it is, whatever the rule would say; where it goes and who speaks stays. */
function markedOptions(own: Fields, rule: Rule | undefined): Fields {
  const options = newFields();
  for (const key of Object.keys(own)) if (!isText(key)) options[key] = own[key];
  const { alert } = own;
  options['alert'] = Array.isArray(alert) ? alert.map(withoutTexts) : withoutTexts(alert);
  const of = rule === undefined ? 'Longshore' : `the rule "${rule.name}"`;
  return Object.assign(options, {
    name: `${TEST_MARK} Longshore`,
    alert_subject: `${TEST_MARK} An alert of ${of}`,
    alert_text: testText(of),
    alert_text_type: 'alert_text_only',
  });
}

/** In titles and labels of all that is only a test. */
export const TEST_MARK = '[TEST]';

/** `of`: what is tried. */
export const testText = (of: string): string =>
  `This is a test of ${of}. Nothing is wrong, and nothing has to be done.`;

const isText = (option: string): boolean => /^(?:alert_|summary_|jinja_)/.test(option);

function withoutTexts(entry: unknown): unknown {
  if (!isFields(entry)) return entry;
  return Object.fromEntries(
    Object.entries(entry).map(([alerter, options]) => [
      alerter,
      isFields(options) ? Object.fromEntries(Object.entries(options).filter(([option]) => !isText(option))) : options,
    ]),
  );
}

function alertersOf(options: Fields, rule: Rule | undefined, settings: TestAlertSettings): Alerter[] {
  const place = rule?.where ?? 'alerters';
  const problems = new Problems({
    path: place,
    options,
    ownType: true,
    repeated: [],
    where: () => place,
  } satisfies RuleOptions);
  const context = {
    kind: rule?.kind ?? any,
    timeframeMs: 0,
    timestampField: '@timestamp',
    defaults: settings.alerters,
    folder: rule === undefined ? '.' : dirname(rule.where),
    allowsCommands: settings.alerts.allow_commands,
  };
  const alerters = buildAlerters(options, context, problems);
  const [error] = problems.errors;
  if (error === undefined) return alerters;
  throw new LongshoreError('LS_ALERTS_TEST_ALERT', error.what, { where: error.where, fix: error.fix, cause: error });
}

/** By the labels that all alerts of the rule have. */
async function throughRoutes(
  rule: Rule | undefined,
  { throughRoutes: send }: TestAlertSettings,
): Promise<TestAlertResult[]> {
  if (send === undefined) return [{ alerter: 'routes', outcome: 'failed', reason: NO_ROUTES, duration_ms: 0 }];
  return send(rule === undefined ? { alertname: 'Longshore' } : labelsOf(rule, {}));
}

async function sendThrough(
  alerter: Alerter,
  rule: string,
  { alerts, fetch, now, signal }: TestAlertSettings,
): Promise<TestAlertResult[]> {
  const { type, missing } = alerter;
  if (missing !== undefined) return [{ alerter: type, outcome: 'not_configured', missing, duration_ms: 0 }];
  const match = Object.assign(newFields(), {
    '@timestamp': isoTime(now),
    level: 'INFO',
    service: 'longshore',
    message: 'This is a test of Longshore. Nothing is wrong.',
    is_test: true,
    num_hits: 1,
    num_matches: 1,
  });
  const results: TestAlertResult[] = [];
  const notifications = alerter.render({ rule, matches: [match] });
  for (const [n, notification] of notifications.entries()) {
    const begun = performance.now();
    const isGuarded = alerts.guard_addresses;
    const context = {
      fetch: isGuarded ? guardedFetch : fetch,
      idempotencyKey: `test-${now.toString(36)}-${n}`,
      signal,
      isGuarded,
    };
    const result = await alerter.send(notification, context);
    const duration_ms = Math.round(performance.now() - begun);
    results.push(
      result.ok
        ? { alerter: type, outcome: 'sent', duration_ms }
        : { alerter: type, outcome: 'failed', reason: result.reason, duration_ms },
    );
  }
  return results;
}
