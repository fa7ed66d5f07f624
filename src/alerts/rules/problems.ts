import { LongshoreError, nearest } from '../../core/errors.ts';
import type { RuleWarning } from './rule.ts';
import type { RuleOptions } from './sources.ts';

/** Collects what is wrong with one rule, so that all of it is said at once. */
export class Problems {
  readonly errors: LongshoreError[] = [];
  readonly warnings: RuleWarning[] = [];
  readonly #source: RuleOptions;

  constructor(source: RuleOptions) {
    this.#source = source;
  }

  error(code: string, what: string, details: { option?: string; fix?: string; cause?: unknown } = {}): void {
    const { option, fix, cause } = details;
    this.errors.push(new LongshoreError(code, what, { where: this.#source.where(option), fix, cause }));
  }

  warn(message: string, option?: string): void {
    const [file, line] = splitWhere(this.#source.where(option));
    this.warnings.push({ file, line, message });
  }
}

function splitWhere(where: string): [string, number] {
  const colon = where.lastIndexOf(':');
  return [where.slice(0, colon), Number(where.slice(colon + 1))];
}

/** ` Did you mean X?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const near = nearest(word, candidates);
  return near === undefined ? '' : `Did you mean ${near}?`;
}
