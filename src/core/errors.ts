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
  /** Where in a text that was typed, in characters from 0. */
  position?: number | undefined;
}

/** Every error that crosses a room. The message is a sentence: `pipelines/nginx.yaml:12: pattern %{IPP} is not defined. Did you mean %{IP}? (LS_GROK_UNKNOWN_PATTERN)`. */
export class LongshoreError extends Error {
  readonly code: ErrorCode;
  readonly where: string | undefined;
  readonly what: string;
  readonly fix: string | undefined;
  readonly retryable: boolean;
  readonly position: number | undefined;

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
    this.position = details.position;
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
