/**
 * What scripts may use of Java: the classes, and of each what is listed here. The compiler looks names and types up in it; the
 * bodies get and give values as scripts have them:
 *
 * | Java | here |
 * |---|---|
 * | null, boolean, String | null, boolean, string |
 * | int (Integer) | a number, whole, of 32 bits |
 * | long (Long) | bigint |
 * | double (Double) | `Double` (base/number/double.ts) |
 * | float, char, byte, short | `Float`, `Char`, `Byte`, `Short` (painless/values.ts) |
 * | List, array | an array of JavaScript |
 * | HashMap, LinkedHashMap | a field map (core/event.ts); keys that are no texts lie beside (maps.ts) |
 * | TreeMap, Set, StringBuilder, Matcher, ZonedDateTime, ... | a `JavaObject` (java-object.ts) |
 * | a lambda or method reference | a function of JavaScript |
 *
 * Fields of a document are read through `fromDocument` (painless/values.ts), which turns its numbers into these. Containers
 * may hold both: whoever takes an item out of an array or a field map gives it on through `fromDocument`, which leaves what
 * is a script's value already as it is. A key of a field map that holds undefined is not there: `keySet`, `size`,
 * `containsKey` and the like pass it over, and `remove` on a field map leaves undefined behind (the compiler cleans up after
 * the script). Undefined never is a value of a script.
 *
 * What the compiler takes from `library/index.ts`:
 *   `classNamed(name)` the class by its simple or qualified name, or undefined; `CLASS_NAMES` all simple names;
 *   `classOf(value)` the most specific class of a value that is not null (a function of JavaScript: undefined);
 *   `toText(value)` what `String.valueOf` makes of it; `areEqual(a, b)` Java's `equals` of two values that are not null, without
 *   regard to types of numbers (`1 == 1L` is true, as `==` of `def`); `isSame(a, b)` with regard to them (`equals`).
 *   `regexLiteral(source, flags)` a `Pattern` (throws LS_PARSE_REGEXP) with `find(text): boolean` (`=~`) and
 *   `matches(text): boolean` (`==~`).
 * Sets, `entrySet()`, `keySet()`, `values()`, streams' sources and whatever else is a `Collection` have `[Symbol.iterator]`.
 * Exceptions are `ScriptFailure`s (failure.ts): `is` of an exception's class looks at the name.
 */
export interface JavaClass {
  /** The simple name, as scripts write it: `ZonedDateTime`, `Map.Entry`. */
  readonly name: string;
  /** With its package: `java.time.ZonedDateTime`, `java.util.Map$Entry`. */
  readonly qualified: string;
  /** Simple names of what it extends or implements, the nearest first; `Object` is understood. */
  readonly parents: readonly string[];
  /** True for a value of this class or of one below it (`instanceof`). */
  is(value: unknown): boolean;
  readonly constructors: readonly JavaMethod[];
  readonly statics: readonly JavaMethod[];
  readonly methods: readonly JavaMethod[];
  /** Public constants: `Integer.MAX_VALUE`, `ZoneOffset.UTC`. */
  readonly constants: Readonly<Record<string, JavaConstant>>;
  /** Of a functional interface: the method that a lambda stands for. */
  readonly lambda: JavaMethod | undefined;
}

export interface JavaConstant {
  readonly type: string;
  readonly value: unknown;
}

export interface JavaMethod {
  /** Empty for a constructor. */
  readonly name: string;
  /** Types of the arguments, simple names: `int`, `String`, `def`, `Function`, `char[]`. Its length is the arity: a class has one method of a name and arity. */
  readonly params: readonly string[];
  readonly returns: string;
  /**
   * Gets the object (not for constructors and static methods), then the arguments, which are of the types of `params`, then
   * the `Budget`. Throws `ScriptFailure` with Java's exception and message. Charges what grows to the budget.
   */
  readonly call: (...values: unknown[]) => unknown;
}
