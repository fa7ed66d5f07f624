import type { ErrorCode } from '../../core/codes.ts';
import { LongshoreError } from '../../core/errors.ts';

/** What a text in Painless is called in messages. */
export type SourceKind = 'script' | 'condition' | 'expression';

/** A text in Painless, and how its mistakes are told: by line and column, both from 1. */
export class Source {
  readonly text: string;
  readonly kind: SourceKind;

  constructor(text: string, kind: SourceKind) {
    this.text = text;
    this.kind = kind;
  }

  /** It cannot be read, or a type does not fit. `at` counts from 0. */
  mistake(at: number, what: string, fix?: string): LongshoreError {
    return this.#error(this.kind === 'script' ? 'LS_SCRIPT_SYNTAX' : 'LS_CONDITION_SYNTAX', at, what, fix);
  }

  /** It names something that is not there. */
  unknown(at: number, what: string, fix?: string): LongshoreError {
    return this.#error(this.kind === 'script' ? 'LS_SCRIPT_UNKNOWN' : 'LS_CONDITION_SYNTAX', at, what, fix);
  }

  /** `line 2, column 7`; a text of one line needs no line. */
  place(at: number): string {
    const before = this.text.slice(0, at);
    const line = before.split('\n').length;
    const column = at - before.lastIndexOf('\n');
    return this.text.includes('\n') ? `line ${line}, column ${column}` : `column ${column}`;
  }

  #error(code: ErrorCode, at: number, what: string, fix: string | undefined): LongshoreError {
    return new LongshoreError(code, `${this.kind}, ${this.place(at)}: ${what}.`, { fix });
  }
}
