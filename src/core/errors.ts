import type { ErrorCode } from './codes.ts';
import { jsonText } from './json-text.ts';

/** What a human needs to mend a mistake: a stable code, where it is, what is wrong, how to fix it. */
export interface ErrorDetails {
  /** `file:line` or a setting's path. */
  where?: string | undefined;
  /** One sentence that tells what to do. */
  fix?: string | undefined;
  cause?: unknown;
  /** True when trying the same again can succeed. Default false: permanent. */
  retryable?: boolean;
}

/** Every error that crosses a room. The message is a sentence: `pipelines/nginx.yaml:12: pattern %{IPP} is not defined. Did you mean %{IP}? (LS_GROK_UNKNOWN_PATTERN)`. */
export class LongshoreError extends Error {
  readonly code: ErrorCode;
  readonly where: string | undefined;
  readonly what: string;
  readonly fix: string | undefined;
  readonly retryable: boolean;

  constructor(code: ErrorCode, what: string, details: ErrorDetails = {}) {
    const where = details.where === undefined ? '' : `${details.where}: `;
    const fix = details.fix === undefined ? '' : ` ${details.fix}`;
    super(`${where}${what}${fix} (${code})`, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'LongshoreError';
    this.code = code;
    this.where = details.where;
    this.what = what;
    this.fix = details.fix;
    this.retryable = details.retryable ?? false;
  }
}

/** True when the thrower says that the same input can succeed later. */
export function isRetryable(error: unknown): boolean {
  return error instanceof LongshoreError && error.retryable;
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === 'string' ? error : jsonText(error);
}

/** The candidate nearest to `word` by edit distance, for "Did you mean ...?"; undefined when none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, substitution));
    }
    previous = row;
  }
  return previous[b.length]!;
}
