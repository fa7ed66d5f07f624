import { messageOf } from '../../core/errors.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';
import type { Alerter, AlerterKind } from '../alerters/alerter.ts';
import { ALERTER_KINDS, ALERTERS_TO_COME } from '../alerters/index.ts';
import { TemplateError } from '../jinja/template.ts';
import { compileTexts } from '../text/texts.ts';
import type { RuleKind } from '../types/kind.ts';
import { IGNORED_OPTIONS, misfit } from './options.ts';
import { didYouMean, type Problems } from './problems.ts';

interface Context {
  readonly kind: RuleKind;
  readonly timeframeMs: number;
  readonly timestampField: string;
  /** Options of the configuration by alerter, below those of the rule. */
  readonly defaults: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The alerters of `alert:`: a name, a list of names, or names with options of their own (`- slack: {...}`). */
export function buildAlerters(options: Fields, context: Context, problems: Problems): Alerter[] {
  const alerters: Alerter[] = [];
  for (const { name, own } of alertEntries(options['alert'], problems)) {
    const kind = ALERTER_KINDS.find(one => one.type === name);
    if (kind === undefined) {
      unknown(name, problems);
      continue;
    }
    const merged = mergedOptions(kind, options, own, context);
    const wrong = Object.entries(kind.options).flatMap(([option, shape]) => {
      const value = merged[option];
      const what = value === undefined || value === null ? undefined : misfit(value, shape);
      return what === undefined ? [] : [{ option, what }];
    });
    for (const { option, what } of wrong) problems.error('LS_ALERTS_OPTION', `${option} ${what}.`, { option });
    if (wrong.length > 0) continue;
    const isOwn = (option: string): boolean => Object.hasOwn(own, option) || Object.hasOwn(options, option);
    const unsendable = kind.judge(merged);
    for (const { option, what, fix } of unsendable) {
      // A mistake of the configuration must not take all rules away: the alerter does without.
      if (isOwn(option)) problems.error('LS_ALERTS_OPTION', `${option} ${what}.`, { option, fix });
      else problems.warn(`${option} under alerters.${name} of the configuration ${what}. ${fix}`, 'alert');
    }
    if (unsendable.some(({ option }) => isOwn(option))) continue;
    for (const option of Object.keys(own)) {
      const why = IGNORED_OPTIONS[option];
      if (why !== undefined) problems.warn(`${option} is ignored: ${why}.`, 'alert');
    }
    try {
      const alerter = kind.create({ options: merged, texts: compileTexts(merged, context) });
      if (alerter.missing !== undefined) {
        problems.warn(
          `${alerter.missing} is not set, so ${name} alerts of this rule go to the log and to GET /api/alerts only; ` +
            `set it in the rule or under alerters.${name} of the configuration.`,
          'alert',
        );
      }
      alerters.push(alerter);
    } catch (cause) {
      if (!(cause instanceof TemplateError)) throw cause;
      problems.error('LS_ALERTS_TEMPLATE', `a template of ${name} cannot be read: ${messageOf(cause)}.`, {
        option: 'alert',
        cause,
      });
    }
  }
  return alerters;
}

function alertEntries(value: unknown, problems: Problems): { name: string; own: Fields }[] {
  const list = Array.isArray(value) ? value : [value];
  return list.flatMap(entry => {
    if (typeof entry === 'string') return [{ name: entry, own: newFields() }];
    if (isFields(entry)) {
      return Object.entries(entry).map(([name, own]) => ({ name, own: isFields(own) ? own : newFields() }));
    }
    problems.error('LS_ALERTS_OPTION', 'alert must be the name of an alerter, or a list of names.', {
      option: 'alert',
      fix: `For example: alert: [${ALERTER_KINDS.map(kind => kind.type).join(', ')}]`,
    });
    return [];
  });
}

function unknown(name: string, problems: Problems): void {
  const known = ALERTER_KINDS.map(kind => kind.type);
  if (ALERTERS_TO_COME.includes(name)) {
    problems.error('LS_ALERTS_ALERTER_NOT_SUPPORTED', `the alerter ${name} is not supported yet.`, {
      option: 'alert',
      fix: `Use one of ${known.join(', ')}; post2 reaches most services.`,
    });
  } else if (name.includes('.')) {
    problems.error(
      'LS_ALERTS_ALERTER_NOT_SUPPORTED',
      `the alerter ${name} is a Python module, which cannot run here.`,
      {
        option: 'alert',
        fix: `Use one of ${known.join(', ')}.`,
      },
    );
  } else {
    const near = didYouMean(name, [...known, ...ALERTERS_TO_COME]);
    problems.error('LS_ALERTS_ALERTER_UNKNOWN', `there is no alerter ${name}.`, {
      option: 'alert',
      fix: near === '' ? `Use one of ${known.join(', ')}.` : near,
    });
  }
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
  return resolveReferences(merged, merged, 0) as Fields;
}

/** `$name$` stands for the option `name` of the rule. */
function resolveReferences(value: unknown, options: Fields, depth: number): unknown {
  if (depth > 32) return value;
  if (typeof value === 'string') {
    const name = /^\$([^$]+)\$$/.exec(value)?.[1];
    return name !== undefined && Object.hasOwn(options, name) ? options[name] : value;
  }
  if (Array.isArray(value)) return value.map(item => resolveReferences(item, options, depth + 1));
  if (!isFields(value)) return value;
  const out = newFields();
  for (const key of Object.keys(value)) out[key] = resolveReferences(value[key], options, depth + 1);
  return out;
}
