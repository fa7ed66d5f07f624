import { DAY_MS } from '../../base/time/duration.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';
import { lookup } from '../lookup.ts';
import { durationMs } from '../rules/duration.ts';
import type { Problems } from '../rules/problems.ts';
import type { Rule } from '../rules/rule.ts';
import { Distinct } from './distinct.ts';
import type { Match, RuleKind, RuleWindow, Seen, WindowLimits } from './kind.ts';

/** `new_term`: a field has a value that it had in no event of the last `terms_window_size`. */
export const newTerm: RuleKind = {
  type: 'new_term',
  required: [],
  options: {
    fields: 'any',
    terms_window_size: 'duration',
    window_step_size: 'duration',
    alert_on_missing_field: 'boolean',
    use_keyword_postfix: 'boolean',
  },
  windowOptions: ['fields'],
  fieldOptions: ['fields'],
  check: checkFields,
  fillMs: rule => windowMs(rule.options),
  pastFields: rule => {
    const terms = termsOf(rule);
    // Of what belongs together each combination matters.
    return terms.every(parts => typeof parts === 'string' || parts.length === 1) ? terms.flat() : undefined;
  },
  open: (rule, limits) => new NewTermWindow(rule, limits),
  sentence: () => '',
};

/** Names of fields, or of several that belong together. */
function termsOf({ options, queryKey }: Rule): readonly (string | readonly string[])[] {
  const fields = options['fields'] ?? null;
  if (fields === null) return [queryKey.length > 1 ? queryKey : queryKey[0]!];
  return [fields].flat() as (string | string[])[];
}

function windowMs(options: Fields): number {
  const written = options['terms_window_size'];
  const ms = isFields(written) ? durationMs(written) : undefined;
  return typeof ms === 'number' && ms > 0 ? ms : 30 * DAY_MS;
}

function checkFields(options: Fields, problems: Problems): void {
  const { fields, query_key: queryKey } = options;
  if ((fields ?? queryKey ?? null) === null) {
    problems.error('LS_ALERTS_MISSING', 'fields is missing.', {
      fix: 'It is required for a new_term rule, or query_key in its place. For example fields: [source.ip]',
    });
    return;
  }
  if ((fields ?? null) === null || typeof fields === 'string') return;
  const isName = (name: unknown): boolean => typeof name === 'string' && name !== '';
  const isRight =
    Array.isArray(fields) &&
    fields.length > 0 &&
    fields.every(one => isName(one) || (Array.isArray(one) && one.length > 0 && one.every(isName)));
  if (!isRight)
    problems.error('LS_ALERTS_OPTION', 'fields must be the name of a field, or a list of names.', {
      option: 'fields',
      fix: 'Names in a list inside of it belong together: fields: [service, [source.ip, user]]',
    });
}

/** A field, or several that belong together, and what was seen of it. */
interface Term {
  /** As the match names it. */
  readonly name: string | readonly string[];
  readonly parts: readonly string[];
  readonly seen: Distinct;
}

/** Numbers of a row in the state. */
const ROW_NUMBERS = 400;
/** So many parts of the time window pass between two rounds of forgetting. */
const ROUNDS = 200;

/**
 * A value is known as long as it was seen within the time window. Each new one is told once a field; a value that is a
 * list is as many values. What belongs together is a term only where every part is there. Keeps hashes, no values.
 */
class NewTermWindow implements RuleWindow {
  readonly #terms: readonly Term[];
  readonly #windowMs: number;
  readonly #tellsMissing: boolean;
  readonly #cap: number;
  #forgotten = 0;
  #cleanedAt = Number.NEGATIVE_INFINITY;
  isChanged = false;

  constructor(rule: Rule, limits: WindowLimits) {
    const { options } = rule;
    this.#terms = termsOf(rule).map(name => ({ name, parts: [name].flat(), seen: new Distinct() }));
    this.#windowMs = windowMs(options);
    this.#tellsMissing = options['alert_on_missing_field'] === true;
    this.#cap = Math.max(1, Math.floor(limits.max_keys_per_rule / this.#terms.length));
  }

  get keys(): number {
    return this.#terms.reduce((sum, { seen }) => sum + seen.size, 0);
  }

  get forgotten(): number {
    return this.#forgotten;
  }

  add(seen: Seen): Match | readonly Match[] | undefined {
    let matches: Match | Match[] | undefined;
    for (const term of this.#terms) {
      const match = this.#look(term, seen);
      if (match === undefined) continue;
      if (matches === undefined) matches = match;
      else if (Array.isArray(matches)) matches.push(match);
      else matches = [matches, match];
    }
    return matches;
  }

  tick(time: number): Match[] {
    if (time - this.#cleanedAt < this.#windowMs / ROUNDS) return [];
    this.#cleanedAt = time;
    for (const { seen } of this.#terms) if (seen.forgetBefore(time - this.#windowMs) > 0) this.isChanged = true;
    return [];
  }

  blind(): void {}

  setBack(to: number): void {
    this.#cleanedAt = Math.min(this.#cleanedAt, to);
    for (const { seen } of this.#terms) seen.setBack(to);
  }

  /** Rows of [place of the field, hashes with their times]. */
  save(): unknown[] {
    return this.#terms.flatMap(({ seen }, i) => {
      const numbers = seen.save();
      const rows: unknown[] = [];
      for (let at = 0; at < numbers.length; at += ROW_NUMBERS) rows.push([i, numbers.slice(at, at + ROW_NUMBERS)]);
      return rows;
    });
  }

  restore(saved: unknown): void {
    for (const row of Array.isArray(saved) ? saved : []) {
      const [place, numbers] = Array.isArray(row) ? row : [];
      this.#terms[Number(place)]?.seen.restore(numbers);
    }
  }

  #look(term: Term, { id, time, key, event }: Seen): Match | undefined {
    const values = term.parts.map(part => lookup(event, part) ?? null);
    const isMissing = values.some(
      value => value === null || value === '' || (Array.isArray(value) && value.length === 0),
    );
    if (isMissing && !this.#tellsMissing) return undefined;
    if (!isMissing && !this.#isNew(term, values, time)) return undefined;
    const fields = newFields();
    fields[isMissing ? 'missing_field' : 'new_field'] = term.name;
    return { time, key, id, event, fields, part: term.parts.join(',') };
  }

  #isNew({ seen }: Term, values: readonly unknown[], time: number): boolean {
    const single = values.length === 1 ? values[0] : values;
    const terms: readonly unknown[] = values.length === 1 && Array.isArray(single) ? single : [single];
    let isNew = false;
    for (const term of terms) {
      const last = seen.lastOf(term);
      if (last === undefined || time - last > this.#windowMs) isNew = true;
      const more = seen.add(term, time, this.#cap);
      if (more < 0) this.#forgotten += 1 - more;
    }
    return isNew;
  }
}
