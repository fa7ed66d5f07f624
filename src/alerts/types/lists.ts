import type { Fields } from '../../core/event.ts';
import { lookup } from '../lookup.ts';
import type { Problems } from '../rules/problems.ts';
import type { Rule } from '../rules/rule.ts';
import type { Match, RuleKind, RuleWindow, Seen } from './kind.ts';

/** `blacklist`: a field has a value that is in the list. */
export const blacklist: RuleKind = {
  type: 'blacklist',
  required: ['compare_key', 'blacklist'],
  options: { compare_key: 'text_or_texts', blacklist: 'texts' },
  listOptions: ['blacklist'],
  fieldOptions: ['compare_key'],
  check: checkList('blacklist'),
  fillMs: () => 0,
  open: rule => {
    const list = rule.lists['blacklist']!;
    return new ListWindow(rule, value => value !== null && list.has(textOf(value)));
  },
  sentence: () => '',
};

/** `whitelist`: a field has a value that is not in the list. */
export const whitelist: RuleKind = {
  type: 'whitelist',
  required: ['compare_key', 'whitelist', 'ignore_null'],
  options: { compare_key: 'text_or_texts', whitelist: 'texts', ignore_null: 'boolean' },
  listOptions: ['whitelist'],
  fieldOptions: ['compare_key'],
  check: checkList('whitelist'),
  fillMs: () => 0,
  open: rule => {
    const list = rule.lists['whitelist']!;
    const ignoresNull = rule.options['ignore_null'] === true;
    return new ListWindow(rule, value => (value === null ? !ignoresNull : !list.has(textOf(value))));
  },
  sentence: () => '',
};

/** Each event by itself; nothing is kept. Of a value that is a list one member is enough. */
class ListWindow implements RuleWindow {
  readonly #names: readonly string[];
  readonly #isMatch: (value: unknown) => boolean;
  readonly keys = 0;
  readonly forgotten = 0;
  readonly isIdle = true;
  isChanged = false;

  constructor(rule: Rule, isMatch: (value: unknown) => boolean) {
    this.#names = [rule.options['compare_key']].flat().filter(name => typeof name === 'string');
    this.#isMatch = isMatch;
  }

  add(seen: Seen): Match | undefined {
    for (const name of this.#names) {
      const value = lookup(seen.event, name) ?? null;
      const isMatch = Array.isArray(value) ? this.#hasMatch(value) : this.#isMatch(value);
      if (isMatch) return { time: seen.time, key: seen.key, id: seen.id, event: seen.event };
    }
    return undefined;
  }

  tick(): Match[] {
    return [];
  }

  blind(): void {}

  setBack(): void {}

  save(): unknown[] {
    return [];
  }

  restore(): void {}

  #hasMatch(values: readonly unknown[]): boolean {
    if (values.length === 0) return this.#isMatch(null);
    return values.some(one => this.#isMatch(one ?? null));
  }
}

/** Entries are texts, and so are the numbers they are compared with. */
const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'object' ? JSON.stringify(value) : String(value);

function checkList(option: string): (options: Fields, problems: Problems) => void {
  return (options, problems) => {
    const list = options[option];
    for (const [i, entry] of (Array.isArray(list) ? list : []).entries()) {
      if (typeof entry !== 'string' || !/^\/.+\/$/.test(entry)) continue;
      problems.warn(`${option}: ${entry} is compared as it is written; for an expression use a regexp in the filter.`, {
        option,
        path: [i],
      });
    }
  };
}
