import { HOUR_MS } from '../../base/time/duration.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';
import { lookup } from '../lookup.ts';
import { pythonStr } from '../python/str.ts';
import { durationMs } from '../rules/duration.ts';
import type { Problems } from '../rules/problems.ts';
import type { Rule } from '../rules/rule.ts';
import { KeyMap, keyId } from './key-map.ts';
import type { Match, RuleKind, RuleWindow, Seen, WindowLimits } from './kind.ts';
import { Patterns } from './patterns.ts';

const MAX_PATTERNS = 1000;
const ALIKE = 0.6;

/** `new_pattern`: a line of a kind that was not seen before, per key. */
export const newPattern: RuleKind = {
  type: 'new_pattern',
  required: [],
  options: { pattern_field: 'text', learn_for: 'duration', max_patterns: 'integer', min_similarity: 'number' },
  windowOptions: ['pattern_field', 'min_similarity'],
  fieldOptions: ['pattern_field'],
  realertMs: 0,
  check,
  fillMs: ({ options }) => learnMs(options),
  open: (rule, limits) => new NewPatternWindow(rule, limits),
  sentence: match => `A line of a kind that was not seen before: ${pythonStr(match['new_pattern'])}\n\n`,
};

function check(options: Fields, problems: Problems): void {
  const { max_patterns: max, min_similarity: alike } = options;
  if (typeof max === 'number' && max < 1)
    problems.error('LS_ALERTS_OPTION', 'max_patterns must be at least 1.', { option: 'max_patterns' });
  if (typeof alike === 'number' && !(alike > 0 && alike <= 1))
    problems.error('LS_ALERTS_OPTION', 'min_similarity must be more than 0 and at most 1.', {
      option: 'min_similarity',
      fix: `For example min_similarity: ${ALIKE}`,
    });
}

function learnMs(options: Fields): number {
  const ms = isFields(options['learn_for']) ? durationMs(options['learn_for']) : undefined;
  return typeof ms === 'number' ? ms : HOUR_MS;
}

interface Key {
  readonly value: unknown;
  readonly patterns: Patterns;
  /** Time of the first event: nothing is told before `learn_for` has gone by. */
  since: number;
}

/** Each key learns for itself, and its kinds of lines are told once each. The one not seen for longest is forgotten first. */
class NewPatternWindow implements RuleWindow {
  readonly #keys: KeyMap<Key>;
  readonly #field: string;
  readonly #learnMs: number;
  readonly #max: number;
  readonly #alike: number;
  readonly #limit: number;
  #size = 0;
  #forgotten = 0;
  isChanged = false;

  constructor({ options }: Rule, limits: WindowLimits) {
    const { pattern_field: field = 'message', max_patterns: max, min_similarity: alike } = options;
    this.#field = pythonStr(field);
    this.#learnMs = learnMs(options);
    this.#limit = limits.max_keys_per_rule;
    this.#max = Math.min(typeof max === 'number' ? max : MAX_PATTERNS, this.#limit);
    this.#alike = typeof alike === 'number' ? alike : ALIKE;
    this.#keys = new KeyMap(limits.max_keys_per_rule, ({ patterns }) => {
      this.#size -= patterns.size;
      this.#forgotten += patterns.size;
    });
  }

  /** Kinds of lines, over all keys. */
  get keys(): number {
    return this.#size;
  }

  get forgotten(): number {
    return this.#forgotten;
  }

  add({ id, time, key: value, event }: Seen): Match | undefined {
    const line = lookup(event, this.#field);
    if (typeof line !== 'string') return undefined;
    const keyOf = keyId(value);
    const key = this.#keys.get(keyOf) ?? this.#newKey(value, time);
    if (time < key.since) key.since = time;
    this.#keys.touch(keyOf, key);
    const pattern = key.patterns.add(line);
    if (pattern === undefined) return undefined;
    this.#size++;
    const fields = newFields();
    fields['new_pattern'] = pattern.words.join(' ');
    const gone = key.patterns.forget();
    this.#size -= gone;
    this.#forgotten += gone;
    while (this.#size > this.#limit && this.#keys.size > 1) this.#keys.evictOldest();
    if (time - key.since < this.#learnMs) return undefined;
    return { time, key: value, id, event, fields };
  }

  tick(): Match[] {
    return [];
  }

  get quietUntil(): number {
    return Number.POSITIVE_INFINITY;
  }

  blind(): void {}

  setBack(to: number): void {
    for (const [, key] of this.#keys.entries()) key.since = Math.min(key.since, to);
  }

  /** For each key a row, then one for each of its kinds of lines. */
  save(): unknown[] {
    const rows: unknown[] = [];
    for (const [, { value, since, patterns }] of this.#keys.entries()) rows.push([value, since], ...patterns.save());
    return rows;
  }

  restore(saved: unknown): void {
    let key: Key | undefined;
    for (const row of Array.isArray(saved) ? saved : []) {
      if (!Array.isArray(row)) continue;
      const [first, second, used] = row;
      if (row.length === 2 && Number.isFinite(second)) {
        key = this.#newKey(first, second);
        this.#keys.touch(keyId(first), key);
      } else if (row.length === 3 && key !== undefined && isPattern(first, second, used)) {
        const before = key.patterns.size;
        key.patterns.restore(first, second, used);
        this.#size += key.patterns.size - before;
      }
    }
  }

  #newKey(value: unknown, since: number): Key {
    return { value: value ?? null, patterns: new Patterns(this.#max, this.#alike), since };
  }
}

const isPattern = (leaf: unknown, words: unknown, used: unknown): boolean =>
  typeof leaf === 'string' &&
  Array.isArray(words) &&
  words.every(word => typeof word === 'string') &&
  Number.isFinite(used);
