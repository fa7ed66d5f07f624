import { LEVELS } from '../../core/event.ts';
import { levelOf } from '../../core/schema/levels.ts';

/** Severity of a level as a user spells it, by a name or by the number of a logging library (FATAL 0 ... DEBUG 4), or undefined. */
export function severityOf(text: string): number | undefined {
  if (/^\d+$/.test(text)) {
    const level = levelOf(text);
    return level === undefined ? undefined : LEVELS.indexOf(level);
  }
  const upper = text.toUpperCase();
  const name = Object.hasOwn(ALIASES, upper) ? ALIASES[upper]! : upper;
  const index = (LEVELS as readonly string[]).indexOf(name);
  return index < 0 ? undefined : index;
}

/** The spellings of a level that a search for `text` finds, in lower case: what was asked for, and the name in the schema. */
export function levelSpellings(text: string): string[] {
  const lower = text.toLowerCase();
  const severity = severityOf(text);
  return severity === undefined ? [lower] : [...new Set([lower, LEVELS[severity]!.toLowerCase()])];
}

/** The levels between two severities, in lower case. */
export function levelsBetween(mostSevere: number, leastSevere: number): string[] {
  return LEVELS.slice(Math.max(0, mostSevere), leastSevere + 1).map(level => level.toLowerCase());
}

// What other systems call them. Events are stored under the names of the schema, rules may still use these.
const ALIASES: Record<string, string> = {
  EMERG: 'FATAL',
  EMERGENCY: 'FATAL',
  ALERT: 'FATAL',
  CRIT: 'FATAL',
  CRITICAL: 'FATAL',
  PANIC: 'FATAL',
  ERR: 'ERROR',
  SEVERE: 'ERROR',
  WARNING: 'WARN',
  NOTICE: 'INFO',
  INFORMATION: 'INFO',
  INFORMATIONAL: 'INFO',
  TRACE: 'DEBUG',
  VERBOSE: 'DEBUG',
};
