import { isSystemError, systemErrorFix } from '../base/process/system-error.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { printable } from './format.ts';

/** What a command failed of, for a person. */
export function explain(error: unknown): string {
  if (error instanceof AggregateError)
    return [`longshore: ${error.message}:`, ...error.errors.map(e => `  ${printable(messageOf(e))}`)].join('\n');
  if (error instanceof LongshoreError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS'))
    return `longshore: ${printable(messageOf(error))}`;
  // What the system refuses is no mistake of the program: where it happened inside helps nobody.
  if (isSystemError(error)) return `longshore: ${printable(`${error.message}. ${systemErrorFix(error) ?? ''}`.trim())}`;
  return `longshore: ${printable(error instanceof Error ? (error.stack ?? error.message) : String(error))}`;
}
