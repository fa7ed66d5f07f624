import type { Located } from '../../../base/yaml/located.ts';
import { LongshoreError } from '../../../core/errors.ts';
import { compileMatcher, type LabelPredicate, type Matcher } from '../../silencing/matcher.ts';
import { readMatchers } from '../../silencing/read-matchers.ts';
import type { Reading } from './reading.ts';

/** The three forms of one condition: `match`, `match_re` and `matchers`, or those of inhibition. */
export interface MatcherForms {
  readonly match: string;
  readonly match_re: string;
  readonly matchers: string;
}

export interface ReadCondition {
  readonly matchers: readonly Matcher[];
  readonly holds: LabelPredicate;
}

/** All matchers of all three forms, in the order in which Alertmanager has them. */
export function readCondition(
  options: ReadonlyMap<string, Located>,
  forms: MatcherForms,
  reading: Reading,
): ReadCondition {
  const matchers: Matcher[] = [];
  const predicates: LabelPredicate[] = [];
  const add = (where: string, read: () => readonly Matcher[]): void => {
    try {
      for (const matcher of read()) {
        predicates.push(compileMatcher(matcher));
        matchers.push(matcher);
      }
    } catch (error) {
      if (!(error instanceof LongshoreError)) throw error;
      reading.mistake(where, error.what, error.fix);
    }
  };
  for (const [form, isRegex] of [
    [forms.match, false],
    [forms.match_re, true],
  ] as const) {
    const at = options.get(form);
    for (const [name, value] of reading.textMap(at, form)) {
      const where = at?.step(name)?.keyWhere ?? at!.where;
      if (!isLabelName(name)) reading.mistake(where, `${form}: ${JSON.stringify(name)} is no name of a label.`);
      add(where, () => [{ name, value: isRegex ? `^(?:${value})$` : value, isRegex, isEqual: true }]);
    }
  }
  const list = options.get(forms.matchers);
  for (const item of reading.list(list, forms.matchers))
    add(item.where, () => readMatchers(reading.text(item, `each entry of ${forms.matchers}`)));
  return {
    matchers: matchers.sort(
      (a, b) => compare(a.name, b.name) || compare(a.value, b.value) || compare(typeOf(a), typeOf(b)),
    ),
    holds: labels => predicates.every(holds => holds(labels)),
  };
}

export const isLabelName = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);

const compare = <T extends string | number>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);
const typeOf = ({ isRegex, isEqual }: Matcher): number => (isRegex ? 2 : 0) + (isEqual ? 0 : 1);
