import { didYouMean } from '../../base/text/did-you-mean.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';
import { pythonStr } from '../python/str.ts';
import { compileMatchers, type Matcher, matchersText } from '../silencing/matcher.ts';
import { readMatchers } from '../silencing/read-matchers.ts';
import type { RuleKind } from '../types/kind.ts';
import type { Level, Override, Thresholds } from '../types/leveled.ts';
import { optionMisfit } from './options.ts';
import type { Problems } from './problems.ts';

const MAX_LEVELS = 8;
const MAX_OVERRIDES = 200;

type Way = readonly (string | number)[];

/**
 * `levels` and `overrides` of a rule; undefined without them. `typical`: the options of the rule as they would be without,
 * for the checks of its type.
 */
export function readThresholds(
  options: Fields,
  kind: RuleKind | undefined,
  problems: Problems,
): (Thresholds & { readonly typical: Fields }) | undefined {
  const { levels: givenLevels, overrides: givenOverrides } = options;
  if (kind === undefined || !(isFields(givenLevels) || Array.isArray(givenOverrides))) return undefined;
  if (kind.thresholdOptions === undefined) {
    for (const option of ['levels', 'overrides'])
      if ((options[option] ?? null) !== null)
        problems.warn(`${option} does nothing for a rule of type ${kind.type}, which has no thresholds.`, { option });
    return undefined;
  }
  const reading = new Reading(options, kind, problems);
  const levels = isFields(givenLevels) ? reading.levels(givenLevels) : [{ name: undefined, options: newFields() }];
  const overrides = reading.overrides(Array.isArray(givenOverrides) ? givenOverrides : [], levels);
  const [lowest = { options: newFields() }] = levels;
  return { levels, overrides, typical: Object.assign(newFields(), options, lowest.options) };
}

class Reading {
  readonly #options: Fields;
  readonly #kind: RuleKind;
  readonly #problems: Problems;

  constructor(options: Fields, kind: RuleKind, problems: Problems) {
    this.#options = options;
    this.#kind = kind;
    this.#problems = problems;
  }

  levels(given: Fields): Level[] {
    const names = Object.keys(given);
    if (names.length === 0 || names.length > MAX_LEVELS)
      this.#wrong(
        'levels',
        [],
        `levels must be from 1 to ${MAX_LEVELS}.`,
        'For example levels: { warning: { num_events: 10 } }',
      );
    const levels = names.map(name => {
      if (!/^[A-Za-z][\w-]{0,39}$/.test(name))
        this.#wrong('levels', [name], `${JSON.stringify(name)} cannot be the name of a level.`, 'Use letters.');
      return { name, options: this.#thresholds(given[name], 'levels', [name]) };
    });
    for (const { name, options } of levels) this.#complete(options, name);
    for (const [i, { name, options }] of levels.entries()) {
      const lower = levels[i - 1];
      if (lower === undefined || !isReachedFirst(options, lower.options)) continue;
      this.#problems.warn(
        `the level ${name} is reached no later than ${lower.name}, which stands before it: write the lowest level first.`,
        { option: 'levels', path: [name] },
      );
    }
    return levels;
  }

  overrides(given: readonly unknown[], levels: readonly Level[]): Override[] {
    if (given.length > MAX_OVERRIDES)
      this.#wrong('overrides', [MAX_OVERRIDES], `there are more than ${MAX_OVERRIDES} overrides.`);
    return given.slice(0, MAX_OVERRIDES).flatMap((entry, i) => {
      const example = 'For example overrides: [{ match: { service: payments }, num_events: 3 }]';
      if (!isFields(entry)) {
        this.#wrong('overrides', [i], 'an override must be a mapping.', example);
        return [];
      }
      const { match, levels: byLevel, ...own } = entry;
      const matchers = this.#matchers(match, [i]);
      if (matchers === undefined) return [];
      const options = this.#ofLevels(own, byLevel, levels, [i]);
      return [{ text: matchersText(matchers), holds: compileMatchers(matchers), options }];
    });
  }

  #ofLevels(own: Fields, byLevel: unknown, levels: readonly Level[], way: Way): Fields[] {
    const common = this.#thresholds(own, 'overrides', way, byLevel === undefined);
    const hasLevels = levels.some(({ name }) => name !== undefined);
    if (hasLevels && byLevel === undefined)
      this.#wrong(
        'overrides',
        way,
        'an override of a rule with levels says for which.',
        'Put it below levels: { critical: ... }.',
      );
    else if (byLevel !== undefined && !(hasLevels && isFields(byLevel)))
      this.#wrong('overrides', [...way, 'levels'], 'levels must be a mapping of levels of the rule.');
    const given = isFields(byLevel) ? byLevel : newFields();
    const known = levels.flatMap(({ name }) => name ?? []);
    for (const name of Object.keys(given))
      if (hasLevels && !known.includes(name))
        this.#wrong('overrides', [...way, 'levels', name], `the rule has no level ${name}.`, didYouMean(name, known));
    return levels.map(({ name, options }) => {
      const ofLevel = name === undefined ? undefined : given[name];
      const wayOf = [...way, 'levels', name ?? ''];
      const read = ofLevel === undefined ? newFields() : this.#thresholds(ofLevel, 'overrides', wayOf);
      return Object.assign(newFields(), options, common, read);
    });
  }

  /** Thresholds as they are given somewhere. */
  #thresholds(given: unknown, option: string, way: Way, mustBeSome = true): Fields {
    const known = this.#kind.thresholdOptions ?? [];
    const read = newFields();
    const example = `For example ${known[0]}: 10`;
    if (!isFields(given) || (mustBeSome && Object.keys(given).length === 0)) {
      this.#wrong(option, way, `${way.join('.') || option} must have at least one of ${known.join(', ')}.`, example);
      return read;
    }
    for (const [name, value] of Object.entries(given)) {
      if (!known.includes(name)) {
        const fix = didYouMean(name, known) ?? `It takes ${known.join(', ')}.`;
        this.#wrong(option, [...way, name], `${name} is no threshold of a ${this.#kind.type} rule.`, fix);
        continue;
      }
      const misfit = optionMisfit(value, this.#kind.options[name]!);
      if (misfit !== undefined) this.#wrong(option, [...way, name], `${name} ${misfit.what}.`, misfit.fix);
      else if (name === 'num_events' && Number(value) < 1)
        this.#wrong(option, [...way, name], 'num_events must be at least 1.');
      read[name] = value;
    }
    return read;
  }

  /** Says what a level lacks, with what all of the rule have. */
  #complete(options: Fields, name: string): void {
    const { required, thresholdOptions = [] } = this.#kind;
    for (const option of required) {
      if (!thresholdOptions.includes(option) || (options[option] ?? this.#options[option] ?? null) !== null) continue;
      this.#problems.error('LS_ALERTS_MISSING', `the level ${name} has no ${option}.`, {
        option: 'levels',
        path: [name],
      });
      // It is not said again of the rule.
      options[option] = 1;
    }
  }

  #matchers(match: unknown, way: Way): Matcher[] | undefined {
    const key = this.#options['query_key'];
    const fields = [key ?? []].flat().map(name => String(name).replace(/\.keyword$/, ''));
    const where = [...way, 'match'];
    if (fields.length === 0) {
      this.#wrong(
        'overrides',
        way,
        'overrides are by query_key, and the rule has none.',
        'For example query_key: service',
      );
      return undefined;
    }
    let matchers: Matcher[];
    try {
      matchers = isFields(match)
        ? Object.entries(match).map(([name, value]) => ({
            name: name.replace(/\.keyword$/, ''),
            value: pythonStr(value),
            isRegex: false,
            isEqual: true,
          }))
        : [match ?? []].flat().flatMap(text => readMatchers(String(text)));
    } catch (error) {
      const { what = messageOf(error), fix } = error instanceof LongshoreError ? error : {};
      this.#wrong('overrides', where, what, fix);
      return undefined;
    }
    if (matchers.length === 0) {
      this.#wrong('overrides', way, 'an override has no match.', 'For example match: { service: payments }');
      return undefined;
    }
    const other = matchers.find(({ name }) => !fields.includes(name));
    if (other === undefined) return matchers;
    const fix = didYouMean(other.name, fields) ?? `It may name ${fields.join(', ')}.`;
    this.#wrong('overrides', where, `match names ${other.name}, which is not in query_key.`, fix);
    return undefined;
  }

  #wrong(option: string, path: Way, what: string, fix?: string): void {
    this.#problems.error('LS_ALERTS_OPTION', what, { option, path: [...path], fix });
  }
}

/** Options below which too few are reached. */
const isLeast = (name: string): boolean => name === 'threshold' || name.startsWith('min_');

/** Whether everything that reaches the other reaches this one, too. */
function isReachedFirst(one: Fields, other: Fields): boolean {
  const names = Object.keys(one).filter(name => name !== 'min_denominator' && typeof other[name] === 'number');
  if (names.length === 0) return false;
  return names.every(name =>
    isLeast(name) ? Number(one[name]) >= Number(other[name]) : Number(one[name]) <= Number(other[name]),
  );
}
