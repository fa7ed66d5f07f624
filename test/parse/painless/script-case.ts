import { Double } from '../../../src/base/number/double.ts';
import { TooSlow } from '../../../src/base/regexp/bounded-regexp.ts';
import { type Fields, newFields } from '../../../src/core/event.ts';
import { settle } from '../../../src/parse/painless/document.ts';
import { ScriptFailure } from '../../../src/parse/painless/failure.ts';
import { doubleText } from '../../../src/parse/painless/library/text.ts';
import { prepare } from '../../../src/parse/painless/script.ts';
import { RunState } from '../../../src/parse/run-state.ts';

/*
 * A case is a line: a script, ` => ` and what a real engine made of it. A script without a `;` is an expression, whose value is
 * wanted in `ctx.r`. The result is the event as JSON, without what it began with and numbers as Java writes them, or `!` and the
 * class of what was thrown.
 */
export interface ScriptCase {
  readonly script: string;
  readonly expected: string;
}

export const readCases = (text: string): ScriptCase[] =>
  text
    .split('\n')
    .filter(line => line.includes(' => ') && !line.startsWith('#'))
    .map(line => {
      const at = line.lastIndexOf(' => ');
      return { script: line.slice(0, at), expected: line.slice(at + 4) };
    });

export const sourceOf = (script: string): string => (script.includes(';') ? script : `ctx.r = ${script}`);

/** What scripts find in the event. */
export const EVENT = { s: 'Hello World', n: 5, d: 1.5, l: [3, 1, 2], m: { a: 1, b: 'x' }, big: 5_000_000_000 };

/** When the event was received. */
const RECEIVED = Date.UTC(2026, 10, 29, 12);

/** What Longshore makes of it. What is refused before it runs is `!refused`, with why behind. */
export function runScript(script: string): string {
  let run: ReturnType<typeof prepare>;
  try {
    run = prepare(sourceOf(script), 'script', undefined);
  } catch (error) {
    return `!refused ${(error as Error).message}`;
  }
  const event = fieldsOf(EVENT) as Fields;
  const state = new RunState();
  state.begin({ tag: 't', time: RECEIVED, receivedAt: RECEIVED });
  try {
    run(event, state);
    settle(event);
  } catch (error) {
    if (error instanceof ScriptFailure) return `!${error.exception}`;
    return error instanceof TooSlow ? '!TooSlow' : `!${String(error)}`;
  }
  return shown(changed(event));
}

/** Where an engine refuses a script before it runs, this may be said here when it runs; and the other way round. */
export const agrees = (got: string, expected: string): boolean =>
  got === expected ||
  (expected === '!refused' && got.startsWith('!')) ||
  (got.startsWith('!refused') && REFUSALS.test(expected));

const REFUSALS = /^!(?:IllegalArgumentException|ClassCastException|ArithmeticException)$/;

/** Without the fields that are still what they were. */
export function changed(event: Record<string, unknown>): Record<string, unknown> {
  const before: Record<string, unknown> = EVENT;
  return Object.fromEntries(
    Object.entries(event).filter(([name, value]) => value !== undefined && shown(before[name]) !== shown(value)),
  );
}

/** JSON with sorted keys and numbers as Java writes them. */
export function shown(value: unknown): string {
  if (value instanceof Double) return doubleText(value.value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : doubleText(value);
  if (Array.isArray(value)) return `[${value.map(shown).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'nothing';
  const map = value as Record<string, unknown>;
  const entries = Object.keys(map)
    .filter(key => map[key] !== undefined)
    .sort()
    .map(key => `${JSON.stringify(key)}:${shown(map[key])}`);
  return `{${entries.join(',')}}`;
}

function fieldsOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fieldsOf);
  if (typeof value !== 'object' || value === null) return value;
  const fields = newFields();
  for (const [key, item] of Object.entries(value)) fields[key] = fieldsOf(item);
  return fields;
}
