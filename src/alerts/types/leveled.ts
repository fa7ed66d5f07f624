import { type Fields, newFields } from '../../core/event.ts';
import type { LabelSet } from '../instances/labels.ts';
import { keyLabels } from '../instances/labels.ts';
import type { Rule } from '../rules/rule.ts';
import type { Match, RuleKind, RuleWindow, Seen, WindowLimits } from './kind.ts';
import type { Reference } from './reference.ts';

/** Thresholds of one level; without a name where a rule has no levels. */
export interface Level {
  readonly name: string | undefined;
  readonly options: Fields;
}

/** Thresholds of their own for some keys. */
export interface Override {
  /** What it is known by. */
  readonly text: string;
  readonly holds: (labels: LabelSet) => boolean;
  /** By level, in the order of the levels. */
  readonly options: readonly Fields[];
}

export interface Thresholds {
  /** The lowest first; at least one. */
  readonly levels: readonly Level[];
  /** The first that holds counts. */
  readonly overrides: readonly Override[];
}

/** A rule type whose rule has several levels, or other thresholds for some keys: a window for each. */
export function leveled(kind: RuleKind, thresholds: Thresholds): RuleKind {
  const { levels, overrides } = thresholds;
  const names = levels.flatMap(({ name }) => (name === undefined ? [] : [name]));
  return {
    ...kind,
    levels: names.length === 0 ? undefined : names,
    windowKey: JSON.stringify(['levels', ...overrides.map(({ text }) => text)]),
    ...(kind.measured && {
      measured: options => kind.measured!(Object.assign(newFields(), options, levels[0]!.options)),
    }),
    open: (rule, limits, reference) => new LeveledWindow(kind, rule, thresholds, limits, reference),
    sentence: (match, options, timeframeMs, pretty) => {
      const own = Object.assign(newFields(), options);
      for (const name of kind.thresholdOptions ?? []) if (match[name] !== undefined) own[name] = match[name];
      return kind.sentence(match, own, timeframeMs, pretty);
    },
  };
}

interface Part {
  readonly level: string | undefined;
  readonly options: Fields;
  readonly window: RuleWindow;
}

/**
 * Windows that know nothing of each other: one for each level, and for each level of an override. What reaches several
 * levels at once is a match of each, the highest first.
 */
class LeveledWindow implements RuleWindow {
  readonly #rule: Rule;
  readonly #overrides: readonly Override[];
  /** By override (none of them comes first), then by level, the highest first. */
  readonly #parts: readonly (readonly Part[])[];
  readonly #all: readonly Part[];

  constructor(
    kind: RuleKind,
    rule: Rule,
    { levels, overrides }: Thresholds,
    limits: WindowLimits,
    reference: Reference | undefined,
  ) {
    this.#rule = rule;
    this.#overrides = overrides;
    const open = (options: Fields, level: string | undefined, share: number): Part => {
      const own = { ...rule, options: Object.assign(newFields(), rule.options, options) };
      return { level, options, window: kind.open(own, shareOf(limits, share), reference) };
    };
    const half = overrides.length === 0 ? 1 : 2;
    const partsOf = (options: readonly Fields[], share: number): Part[] =>
      levels.map(({ name }, i) => open(options[i]!, name, share * levels.length)).toReversed();
    this.#parts = [
      partsOf(
        levels.map(({ options }) => options),
        half,
      ),
      ...overrides.map(({ options }) => partsOf(options, half * overrides.length)),
    ];
    this.#all = this.#parts.flat();
  }

  get keys(): number {
    return this.#parts.reduce((sum, parts) => sum + Math.max(...parts.map(({ window }) => window.keys)), 0);
  }

  get forgotten(): number {
    return this.#all.reduce((sum, { window }) => sum + window.forgotten, 0);
  }

  get isChanged(): boolean {
    return this.#all.some(({ window }) => window.isChanged);
  }

  set isChanged(isChanged: boolean) {
    for (const { window } of this.#all) window.isChanged = isChanged;
  }

  get quietUntil(): number {
    return Math.min(...this.#all.map(({ window }) => window.quietUntil ?? 0));
  }

  get isIdle(): boolean {
    return this.#all.every(({ window }) => window.isIdle === true);
  }

  add(seen: Seen): readonly Match[] | undefined {
    let matches: Match[] | undefined;
    for (const part of this.#partsOf(seen.key)) {
      const found = part.window.add(seen);
      if (found === undefined) continue;
      matches ??= [];
      for (const match of [found].flat() as Match[]) matches.push(marked(match, part));
    }
    return matches;
  }

  tick(time: number): Match[] {
    const levels = this.#parts[0]!.length;
    const matches: Match[] = [];
    // The highest level of all keys, before the next one.
    for (let i = 0; i < levels; i++)
      for (const parts of this.#parts)
        for (const match of parts[i]!.window.tick(time)) {
          if (this.#partsOf(match.key) === parts) matches.push(marked(match, parts[i]!));
        }
    return matches;
  }

  holds(key: unknown, time: number, level?: string): boolean | undefined {
    const part = this.#partsOf(key).find(one => one.level === level);
    if (part === undefined) return false;
    return part.window.holds?.(key, time);
  }

  blind(from: number, to: number): void {
    for (const { window } of this.#all) window.blind(from, to);
  }

  setBack(to: number): void {
    for (const { window } of this.#all) window.setBack(to);
  }

  /** A row for each window; those of an override are known by its place. */
  save(): unknown[] {
    return this.#parts.flatMap((parts, i) => parts.map(({ level, window }) => [i, level ?? null, window.save()]));
  }

  restore(saved: unknown): void {
    for (const row of Array.isArray(saved) ? saved : []) {
      if (!Array.isArray(row)) continue;
      const [i, level, rows] = row;
      this.#parts[i]?.find(one => (one.level ?? null) === level)?.window.restore(rows);
    }
  }

  /** Where a key stands: by the key alone, so that silence finds the same place as events do. */
  #partsOf(key: unknown): readonly Part[] {
    if (this.#overrides.length === 0) return this.#parts[0]!;
    const labels = keyLabels(this.#rule, { key });
    return this.#parts[this.#overrides.findIndex(({ holds }) => holds(labels)) + 1]!;
  }
}

function marked(match: Match, { level, options }: Part): Match {
  const fields = Object.assign(newFields(), options, match.fields);
  if (level === undefined) return { ...match, fields };
  fields['severity'] = level;
  return { ...match, level, fields };
}

const shareOf = (limits: WindowLimits, share: number): WindowLimits => ({
  max_keys_per_rule: limits.max_keys_per_rule,
  max_window_events: Math.max(1, Math.floor(limits.max_window_events / share)),
  max_related_events: Math.floor(limits.max_related_events / share),
});
