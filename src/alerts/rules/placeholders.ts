import { didYouMean } from '../../base/text/did-you-mean.ts';
import { type Fields, isFields } from '../../core/event.ts';
import { pythonStr } from '../python/str.ts';
import type { Problems, RulePlace } from './problems.ts';

interface Placeholders {
  /** How many arguments they need. */
  readonly count: number;
  readonly names: readonly string[];
}

/** Points out placeholders of alert_subject and alert_text that nothing fills: they would stay as they are written. */
export function checkPlaceholders(options: Fields, problems: Problems): void {
  checkText(options, 'alert_subject', undefined, problems);
  checkText(options, 'alert_text', 'alert_text_kw', problems);
}

function checkText(options: Fields, option: string, byName: string | undefined, problems: Problems): void {
  const text = options[option];
  const args = options[`${option}_args`];
  if (typeof text !== 'string') return;
  // ElastAlert fills a subject from its arguments also when it is a template.
  if (options['alert_text_type'] === 'alert_text_jinja' && (option === 'alert_text' || !Array.isArray(args))) return;
  const { count, names } = placeholdersOf(text);
  if (Array.isArray(args)) checkCount(`${option}_args`, option, count, args.length, problems);
  else if (byName !== undefined && isFields(options[byName]))
    checkNames(byName, option, names, options[byName], problems);
  else if (count > 0 && /\{\d+\}/.test(text))
    problems.warn(
      `${option} has placeholders like ${/\{\d+\}/.exec(text)![0]}, but there is no ${option}_args to fill them: they stay as they are written.`,
      { option },
    );
}

function checkCount(list: string, option: string, needed: number, given: number, problems: Problems): void {
  if (needed <= given) return;
  const count = (n: number, word: string): string => `${n === 0 ? 'no' : n} ${word}${n === 1 ? '' : 's'}`;
  problems.warn(
    `${option} has placeholders for ${count(needed, 'value')}, but ${list} names ${count(given, 'field')}; the others stay as they are written. Add ${count(needed - given, 'more field')} to ${list}.`,
    { option: list },
  );
}

function checkNames(option: string, text: string, names: readonly string[], given: Fields, problems: Problems): void {
  const known = Object.values(given).map(pythonStr);
  const place: RulePlace = { option };
  for (const name of names) {
    if (known.includes(name)) continue;
    const near = didYouMean(name, known);
    problems.warn(
      `${text} has the placeholder {${name}}, but ${option} has no such name; it stays as it is written.${near === undefined ? '' : ` ${near}`}`,
      place,
    );
  }
}

/** As `str.format` finds them: `{{` and `}}` are braces, what holds blanks or line breaks is text. */
function placeholdersOf(text: string): Placeholders {
  const names = new Set<string>();
  let automatic = 0;
  let highest = 0;
  for (const [, name] of text.replace(/\{\{|\}\}/g, '').matchAll(/\{(\w*)(?:[.[!:][^{}]*)?\}/g)) {
    if (name === '') automatic++;
    else if (/^\d+$/.test(name!)) highest = Math.max(highest, Number(name) + 1);
    else names.add(name!);
  }
  return { count: Math.max(automatic, highest), names: [...names] };
}
