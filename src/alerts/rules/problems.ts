import type { Path } from '../../base/yaml/located.ts';
import type { ErrorCode } from '../../core/codes.ts';
import { LongshoreError } from '../../core/errors.ts';
import type { RuleWarning } from './rule.ts';
import type { RuleOptions } from './sources.ts';

/** Where in a rule: an option, and the way inside of it. Without one, the whole file. */
export interface RulePlace {
  readonly option?: string | undefined;
  readonly path?: Path | undefined;
}

/** Collects what is wrong with one rule, so that all of it is said at once. */
export class Problems {
  readonly errors: LongshoreError[] = [];
  readonly warnings: RuleWarning[] = [];
  readonly #source: RuleOptions;
  readonly #defaulted: ReadonlySet<string>;

  /** `defaulted`: options that the file does not have; the configuration gives them. */
  constructor(source: RuleOptions, defaulted: ReadonlySet<string> = new Set()) {
    this.#source = source;
    this.#defaulted = defaulted;
  }

  isOfConfiguration(option: string | undefined): boolean {
    return option !== undefined && this.#defaulted.has(option);
  }

  error(code: ErrorCode, what: string, details: RulePlace & { fix?: string | undefined; cause?: unknown } = {}): void {
    const { fix, cause } = details;
    const said = this.isOfConfiguration(details.option) ? `${what} (It comes from rule_defaults.)` : what;
    const error = new LongshoreError(code, said, { where: this.#where(details), fix, cause });
    if (!this.errors.some(({ message }) => message === error.message)) this.errors.push(error);
  }

  /** `common`: how it is said of many rules at once. */
  warn(message: string, place: RulePlace & { common?: string } = {}): void {
    this.warnAt(this.#where(place), message, place.common);
  }

  /** `where`: `file:line`. */
  warnAt(where: string, message: string, common?: string): void {
    const [file, line] = splitWhere(where);
    const isKnown = this.warnings.some(one => one.message === message && one.file === file && one.line === line);
    if (!isKnown) this.warnings.push({ file, line, message, ...(common === undefined ? {} : { common }) });
  }

  #where({ option, path = [] }: RulePlace): string {
    return option === undefined ? this.#source.where() : this.#source.where(option, ...path);
  }
}

function splitWhere(where: string): [string, number] {
  const colon = where.lastIndexOf(':');
  return [where.slice(0, colon), Number(where.slice(colon + 1))];
}
