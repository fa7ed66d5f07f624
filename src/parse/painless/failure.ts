/**
 * What a script throws, as Java names it. Not an `Error`: it has no stack, because a flood of lines may cause it.
 * `message` is Java's, for scripts that catch it, and may quote values; `reason` is for people and logs, and never does.
 */
export class ScriptFailure {
  /** The simple name: `NumberFormatException`. */
  readonly exception: string;
  readonly message: string | null;
  readonly #plain: string | null;
  #place = '';

  /** `plain`: the message without values, where it has some. */
  constructor(exception: string, message: string | null = null, plain: string | null = message) {
    this.exception = exception;
    this.message = message;
    this.#plain = plain;
  }

  get reason(): string {
    return (this.#plain === null ? this.exception : `${this.exception}: ${this.#plain}`) + this.#place;
  }

  /** Says where in the script it came from: `line 2, column 7`. */
  placed(place: string | undefined): this {
    this.#place = place === undefined ? '' : ` (${place})`;
    return this;
  }

  toString(): string {
    const name = qualifiedException(this.exception);
    return this.message === null ? name : `${name}: ${this.message}`;
  }
}

/** True when a failure is of an exception's class or of one below it. */
export function isA(exception: string, wanted: string): boolean {
  for (let name: string | undefined = exception; name !== undefined; name = EXCEPTIONS[name]?.[0])
    if (name === wanted) return true;
  return false;
}

export function qualifiedException(exception: string): string {
  return `${EXCEPTIONS[exception]?.[1] ?? 'java.lang'}.${exception}`;
}

/** The class above and, where it is not java.lang, the package. Scripts cannot catch what is no `Exception`. */
export const EXCEPTIONS: Readonly<Record<string, readonly [parent: string, in_package?: string]>> = Object.assign(
  Object.create(null),
  {
    Error: ['Throwable'],
    PainlessError: ['Error'],
    PainlessExplainError: ['Error'],
    StackOverflowError: ['Error'],
    OutOfMemoryError: ['Error'],
    Exception: ['Throwable'],
    CloneNotSupportedException: ['Exception'],
    InterruptedException: ['Exception'],
    ReflectiveOperationException: ['Exception'],
    ClassNotFoundException: ['ReflectiveOperationException'],
    NoSuchFieldException: ['ReflectiveOperationException'],
    NoSuchMethodException: ['ReflectiveOperationException'],
    ParseException: ['Exception', 'java.text'],
    RuntimeException: ['Exception'],
    ArithmeticException: ['RuntimeException'],
    ArrayStoreException: ['RuntimeException'],
    ClassCastException: ['RuntimeException'],
    ConcurrentModificationException: ['RuntimeException', 'java.util'],
    DateTimeException: ['RuntimeException', 'java.time'],
    DateTimeParseException: ['DateTimeException', 'java.time.format'],
    UnsupportedTemporalTypeException: ['DateTimeException', 'java.time.temporal'],
    ZoneRulesException: ['DateTimeException', 'java.time.zone'],
    EmptyStackException: ['RuntimeException', 'java.util'],
    IllegalArgumentException: ['RuntimeException'],
    IllegalFormatException: ['IllegalArgumentException', 'java.util'],
    UnknownFormatConversionException: ['IllegalFormatException', 'java.util'],
    UnknownFormatFlagsException: ['IllegalFormatException', 'java.util'],
    MissingFormatArgumentException: ['IllegalFormatException', 'java.util'],
    MissingFormatWidthException: ['IllegalFormatException', 'java.util'],
    IllegalFormatConversionException: ['IllegalFormatException', 'java.util'],
    IllegalFormatPrecisionException: ['IllegalFormatException', 'java.util'],
    IllegalFormatWidthException: ['IllegalFormatException', 'java.util'],
    IllegalFormatFlagsException: ['IllegalFormatException', 'java.util'],
    FormatFlagsConversionMismatchException: ['IllegalFormatException', 'java.util'],
    DuplicateFormatFlagsException: ['IllegalFormatException', 'java.util'],
    NumberFormatException: ['IllegalArgumentException'],
    PatternSyntaxException: ['IllegalArgumentException', 'java.util.regex'],
    IllegalStateException: ['RuntimeException'],
    IndexOutOfBoundsException: ['RuntimeException'],
    ArrayIndexOutOfBoundsException: ['IndexOutOfBoundsException'],
    StringIndexOutOfBoundsException: ['IndexOutOfBoundsException'],
    MissingResourceException: ['RuntimeException', 'java.util'],
    NegativeArraySizeException: ['RuntimeException'],
    NoSuchElementException: ['RuntimeException', 'java.util'],
    InputMismatchException: ['NoSuchElementException', 'java.util'],
    NullPointerException: ['RuntimeException'],
    SecurityException: ['RuntimeException'],
    UnsupportedOperationException: ['RuntimeException'],
  },
);

export const nullPointer = (what: string): ScriptFailure => new ScriptFailure('NullPointerException', what);
export const illegalArgument = (message: string, plain = message): ScriptFailure =>
  new ScriptFailure('IllegalArgumentException', message, plain);
export const classCast = (from: string, to: string): ScriptFailure =>
  new ScriptFailure('ClassCastException', `Cannot cast from [${from}] to [${to}].`);
export const unsupported = (): ScriptFailure => new ScriptFailure('UnsupportedOperationException');
