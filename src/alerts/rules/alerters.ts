import { didYouMean } from '../../base/text/did-you-mean.ts';
import type { Path } from '../../base/yaml/located.ts';
import { messageOf } from '../../core/errors.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';
import type { Alerter, AlerterKind } from '../alerters/alerter.ts';
import { ALERTER_KINDS } from '../alerters/index.ts';
import { logOnly } from '../alerters/log-only.ts';
import { TemplateError } from '../jinja/template.ts';
import { pythonStr } from '../python/str.ts';
import { compileTexts, type TextsOf } from '../text/texts.ts';
import { isKnownOption } from './known-options.ts';
import { COMMON_OPTIONS, optionMisfit, whyIgnored } from './options.ts';
import type { Problems, RulePlace } from './problems.ts';
import { withReferences } from './references.ts';
import { templateMistake } from './templates.ts';

interface Context extends TextsOf {
  /** Options of the configuration by alerter, below those of the rule. */
  readonly defaults: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Of the rule file. */
  readonly folder?: string | undefined;
  readonly allowsCommands?: boolean | undefined;
}

/** An entry of `alert:`: a name, and options of its own (`- slack: {...}`). */
interface Entry {
  readonly name: string;
  readonly own: Fields;
  /** Where it stands inside of `alert`. */
  readonly path: Path;
}

/**
 * The alerters of `alert:`. One that cannot run here (not built, a Python module) leaves its alerts to the log, with a
 * warning: the rule is worth running all the same. A name that nothing has is a mistake.
 */
export function buildAlerters(options: Fields, context: Context, problems: Problems): Alerter[] {
  const alerters = alertEntries(options['alert'], problems).flatMap(entry => {
    const kind = ALERTER_KINDS.find(one => one.type === entry.name);
    return kind === undefined
      ? standIn(entry, problems)
      : (buildAlerter(kind, entry, options, context, problems) ?? []);
  });
  if (options['dry_run'] !== true) return alerters;
  problems.warn('dry_run: the alerts of this rule go to the log and to GET /api/alerts only.', { option: 'dry_run' });
  return [logOnly('dry_run')];
}

/** The options that `alert:` gives its first alerter for itself. */
export function firstOwnOptions(options: Fields): Fields {
  const { alert } = options;
  const first: unknown = Array.isArray(alert) ? alert[0] : alert;
  const own: unknown = isFields(first) ? Object.values(first)[0] : undefined;
  return isFields(own) ? own : newFields();
}

function buildAlerter(
  kind: AlerterKind,
  { name, own, path }: Entry,
  options: Fields,
  context: Context,
  problems: Problems,
): Alerter | undefined {
  const placeOf = (option: string): RulePlace =>
    Object.hasOwn(own, option) ? { option: 'alert', path: [...path, option] } : { option };
  checkOwnNames(kind, own, placeOf, problems);
  const written = mergedOptions(kind, options, own, context);
  const before = problems.errors.length;
  const shapes = { ...kind.options, ...ownTextShapes(own) };
  for (const [option, shape] of Object.entries(shapes)) {
    const value = written[option];
    const wrong = value === undefined || value === null ? undefined : optionMisfit(value, shape);
    if (wrong === undefined) continue;
    problems.error('LS_ALERTS_OPTION', `${option} ${wrong.what}.`, { ...placeOf(option), fix: wrong.fix });
    // The others are judged all the same: all is told in one round.
    delete written[option];
  }
  const merged = withReferences(written);
  const isOwn = (option: string): boolean => Object.hasOwn(own, option) || Object.hasOwn(options, option);
  for (const { option, what, fix, isWarning } of kind.check(merged, context.folder)) {
    if (isWarning === true) {
      problems.warn(`${option} ${what}. ${fix}`, isOwn(option) ? placeOf(option) : { option: 'alert' });
      continue;
    }
    // A mistake of the configuration must not take all rules away: the alerter does without.
    if (isOwn(option)) problems.error('LS_ALERTS_OPTION', `${option} ${what}.`, { ...placeOf(option), fix });
    else problems.warn(`${option} under alerters.${name} of the configuration ${what}. ${fix}`, { option: 'alert' });
  }
  checkOwnTemplates(own, merged, placeOf, problems);
  if (problems.errors.length > before) return undefined;
  return create(kind, merged, { option: 'alert', path }, context, problems);
}

function create(
  kind: AlerterKind,
  options: Fields,
  place: RulePlace,
  context: Context,
  problems: Problems,
): Alerter | undefined {
  try {
    const { folder, allowsCommands } = context;
    const alerter = kind.create({ options, texts: compileTexts(options, context), folder, allowsCommands });
    const { missing } = alerter;
    const isSetting = missing?.includes('.') === true;
    const where = isSetting ? 'the configuration' : `the rule or under alerters.${kind.type} of the configuration`;
    if (missing !== undefined)
      problems.warn(
        `${missing} is not set, so ${kind.type} alerts of this rule go to the log and to GET /api/alerts only; ` +
          `set it in ${where}.`,
        place,
      );
    return options['send_resolved'] === true ? Object.assign(alerter, { sendResolved: true }) : alerter;
  } catch (cause) {
    if (!(cause instanceof TemplateError)) throw cause;
    // Those of the rule are told by `checkTemplates`.
    const what = `a template of ${kind.type} cannot be read: ${messageOf(cause)}.`;
    if (problems.errors.every(({ code }) => code !== 'LS_ALERTS_TEMPLATE'))
      problems.error('LS_ALERTS_TEMPLATE', what, { ...place, cause });
    return undefined;
  }
}

function checkOwnNames(
  kind: AlerterKind,
  own: Fields,
  placeOf: (option: string) => RulePlace,
  problems: Problems,
): void {
  for (const option of Object.keys(own)) {
    const why = whyIgnored(option);
    if (why !== undefined) problems.warn(`${option} is ignored: ${why}.`, placeOf(option));
    else if (!isKnownOption(option)) {
      const near = didYouMean(option, [...Object.keys(kind.options), ...TEXT_OPTIONS]);
      if (near !== undefined)
        problems.warn(`${option} is no option of ${kind.type} and does nothing. ${near}`, placeOf(option));
    }
  }
}

/** Options that say what an alert tells, and when: an alerter may have its own. */
const TEXT_OPTIONS = Object.keys(COMMON_OPTIONS).filter(name =>
  /^(?:alert_|summary_|jinja_|use_local|custom_pretty|send_resolved)/.test(name),
);

const ownTextShapes = (own: Fields) =>
  Object.fromEntries(TEXT_OPTIONS.filter(name => Object.hasOwn(own, name)).map(name => [name, COMMON_OPTIONS[name]!]));

function checkOwnTemplates(
  own: Fields,
  merged: Fields,
  placeOf: (option: string) => RulePlace,
  problems: Problems,
): void {
  if (merged['alert_text_type'] !== 'alert_text_jinja') return;
  for (const option of ['alert_subject', 'alert_text']) {
    const mistake = Object.hasOwn(own, option) ? templateMistake(pythonStr(merged[option])) : undefined;
    if (mistake !== undefined)
      problems.error('LS_ALERTS_TEMPLATE', `${option} cannot be read: ${mistake}.`, placeOf(option));
  }
}

function alertEntries(value: unknown, problems: Problems): Entry[] {
  if (value === undefined || value === null) return [];
  const isList = Array.isArray(value);
  const entries = (isList ? value : [value]).flatMap((entry: unknown, i): Entry[] => {
    const path = isList ? [i] : [];
    if (typeof entry === 'string') return [{ name: entry, own: newFields(), path }];
    if (isFields(entry) && Object.keys(entry).length > 0)
      return Object.entries(entry).flatMap(([name, own]) => ownEntry(name, own, [...path, name], problems));
    problems.error('LS_ALERTS_OPTION', 'alert must be the name of an alerter, or a list of names.', {
      option: 'alert',
      path,
      fix: ALERT_EXAMPLE,
    });
    return [];
  });
  if (isList && value.length === 0)
    problems.warn(
      `alert names no alerter, so the alerts of this rule go to the log and to GET /api/alerts only. ${ALERT_EXAMPLE}`,
      { option: 'alert' },
    );
  return entries;
}

const ALERT_EXAMPLE = `For example: alert: [${ALERTER_KINDS.map(kind => kind.type).join(', ')}]`;

function ownEntry(name: string, own: unknown, path: Path, problems: Problems): Entry[] {
  if (own === null || own === undefined) return [{ name, own: newFields(), path }];
  if (isFields(own)) return [{ name, own, path }];
  // A key beside the alerter, not below it, is told as what it is.
  if (isKnownOption(name)) return [{ name, own: newFields(), path }];
  problems.error('LS_ALERTS_OPTION', `the options of ${name} must be names and values.`, {
    option: 'alert',
    path,
    fix: `For example: - ${name}: { alert_subject: 'Errors' }`,
  });
  return [];
}

/** Alerters of former versions, with what took their place. */
const REMOVED: Record<string, string> = {
  ms_teams: 'Microsoft took its webhooks away; use ms_power_automate.',
  hipchat: 'The service has ended.',
  stride: 'The service has ended.',
  linenotify: 'The service has ended; use line.',
  simple: 'Use post or post2.',
};

function standIn({ name, path }: Entry, problems: Problems): Alerter[] {
  const known = ALERTER_KINDS.map(kind => kind.type).join(', ');
  const place: RulePlace = { option: 'alert', path };
  if (Object.hasOwn(REMOVED, name)) {
    problems.warn(
      `ElastAlert 2 has no alerter ${name} any more, so its alerts go to the log and to GET /api/alerts only. ${REMOVED[name]}`,
      place,
    );
    return [logOnly(name)];
  }
  if (name.includes('.')) {
    problems.warn(
      `the alerter ${name} is a Python module, which cannot run here, so its alerts go to the log and to GET /api/alerts only. ` +
        `Use one of ${known}; post2 reaches most services.`,
      place,
    );
    return [logOnly(name)];
  }
  if (isKnownOption(name)) {
    problems.error('LS_ALERTS_OPTION', `${name} is an option and no alerter.`, {
      ...place,
      fix: 'Indent it below its alerter, or write it at the top of the rule.',
    });
    return [];
  }
  const fix =
    didYouMean(
      name,
      ALERTER_KINDS.map(kind => kind.type),
    ) ?? `Use one of ${known}.`;
  problems.error('LS_ALERTS_ALERTER_UNKNOWN', `there is no alerter ${name}.`, { ...place, fix });
  return [];
}

function mergedOptions(kind: AlerterKind, rule: Fields, own: Fields, context: Context): Fields {
  const merged = newFields();
  const defaults = context.defaults[kind.type] ?? {};
  for (const source of [defaults as Fields, rule, own]) {
    for (const key of Object.keys(source)) {
      // An address that stayed `$NAME` because the variable is not set leaves the one of the configuration in place.
      const value = source[key];
      const unset = typeof value === 'string' && /^\$\{?\w+\}?$/.test(value) && Object.hasOwn(merged, key);
      if (value !== undefined && !unset) merged[key] = value;
    }
  }
  return merged;
}
