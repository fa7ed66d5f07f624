import { DAY_MS } from '../../base/time/duration.ts';
import { newFields } from '../../core/event.ts';
import { hash48 } from '../hash48.ts';
import { lookup } from '../lookup.ts';
import { pythonJson } from '../python/str.ts';
import type { Rule } from '../rules/rule.ts';
import { KeyMap, keyId } from './key-map.ts';
import { KeyedRows, type RowsByKey } from './keyed-rows.ts';
import type { Match, RuleKind, RuleWindow, Seen, WindowLimits } from './kind.ts';

/** `change`: fields have other values than in the event before of the same key. */
export const change: RuleKind = {
  type: 'change',
  required: ['query_key', 'compare_key', 'ignore_null'],
  options: { compare_key: 'text_or_texts', ignore_null: 'boolean' },
  windowOptions: ['compare_key', 'ignore_null'],
  fieldOptions: ['compare_key'],
  // What a key had last: of longer ago than this the first event tells nothing.
  fillMs: rule => rule.timeframeMs || DAY_MS,
  open: (rule, limits) => new ChangeWindow(rule, limits),
  sentence: () => '',
};

interface Key {
  readonly value: unknown;
  /** What the fields had last, cut where it is long. */
  readonly values: readonly unknown[];
  /** Stands for the whole of them. */
  readonly mark: number;
  /** Time of the latest event of the key that counted. */
  readonly time: number;
}

/** Longer texts are kept so far, to be shown. */
const MAX_SHOWN = 512;

/**
 * Events are compared in the order in which they come. With `timeframe` a change counts only when the event before is no
 * older than that. Keeps the values of the latest event of each key.
 */
class ChangeWindow implements RuleWindow {
  readonly keyed: RowsByKey;
  readonly #keys: KeyMap<Key>;
  readonly #names: readonly string[];
  readonly #timeframe: number;
  readonly #ignoresNull: boolean;
  #clock = Number.NEGATIVE_INFINITY;
  #forgotten = 0;
  isChanged = false;

  constructor(rule: Rule, limits: WindowLimits) {
    this.#names = [rule.options['compare_key']].flat().filter(name => typeof name === 'string');
    this.#timeframe = rule.timeframeMs;
    this.#ignoresNull = rule.options['ignore_null'] === true;
    this.#keys = new KeyMap(limits.max_keys_per_rule, key => {
      if (this.#timeframe === 0 || this.#clock - key.time <= this.#timeframe) this.#forgotten++;
    });
    this.keyed = new KeyedRows(this.#keys, (_, { value, values, mark, time }) => [value, values, mark, time]);
  }

  get keys(): number {
    return this.#keys.size;
  }

  get forgotten(): number {
    return this.#forgotten;
  }

  add(seen: Seen): Match | undefined {
    const values = this.#names.map(name => lookup(seen.event, name) ?? null);
    if (this.#ignoresNull && values.some(isEmpty)) return undefined;
    const id = keyId(seen.key);
    const before = this.#keys.get(id);
    const mark = hash48(values.map(markText).join('\n'));
    this.#clock = Math.max(this.#clock, seen.time);
    this.#keys.touch(id, { value: seen.key ?? null, values: values.map(shownPart), mark, time: seen.time });
    if (before === undefined || before.mark === mark) return undefined;
    if (this.#timeframe > 0 && seen.time - before.time > this.#timeframe) return undefined;
    const fields = newFields();
    fields['old_value'] = before.values;
    fields['new_value'] = values;
    return { time: seen.time, key: seen.key, id: seen.id, event: seen.event, fields };
  }

  /** With `timeframe`, a key that was not seen for longer has nothing to tell any more. */
  tick(time: number): Match[] {
    this.#clock = Math.max(this.#clock, time);
    if (this.#timeframe === 0) return [];
    this.#keys.fromOldest((id, key) => {
      // Most that follow are younger.
      if (time - key.time <= this.#timeframe) return false;
      this.#keys.delete(id);
      return true;
    });
    return [];
  }

  blind(): void {}

  setBack(to: number): void {
    this.#clock = Math.min(this.#clock, to);
    for (const [id, key] of [...this.#keys.entries()]) if (key.time > to) this.#keys.touch(id, { ...key, time: to });
  }

  save(): unknown[] {
    return this.keyed.all();
  }

  restore(saved: unknown): void {
    for (const row of Array.isArray(saved) ? saved : []) {
      const [value, values, mark, time] = Array.isArray(row) ? row : [];
      if (!Array.isArray(values) || !Number.isFinite(mark) || !Number.isFinite(time)) continue;
      this.#keys.touch(keyId(value), { value, values, mark, time });
    }
  }
}

/** What `ignore_null` leaves out: nothing, 0 and empty texts, lists and mappings, but not false. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === 0 || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

const markText = (value: unknown): string =>
  typeof value === 'object' ? pythonJson(value, { sortKeys: true }) : keyId(value);

function shownPart(value: unknown): unknown {
  if (typeof value === 'string') return shortened(value);
  if (typeof value !== 'object' || value === null) return value;
  const text = pythonJson(value);
  return text.length > MAX_SHOWN ? shortened(text) : value;
}

const shortened = (text: string): string =>
  text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN).toWellFormed()}...` : text;
