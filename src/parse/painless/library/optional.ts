import { classCast, nullPointer, ScriptFailure } from '../failure.ts';
import { javaClass } from './define.ts';
import { javaEquals, javaHash } from './equality.ts';
import type { JavaClass } from './java-class.ts';
import { JavaObject } from './java-object.ts';
import { javaText } from './text.ts';
import { typeName } from './type-name.ts';

type Fn = (...values: unknown[]) => unknown;

/** `Optional`, `OptionalInt` and the like: a value, or undefined. */
export class JavaOptional extends JavaObject {
  readonly value: unknown;
  readonly #kind: string;

  constructor(value: unknown, kind = 'Optional') {
    super();
    this.value = value;
    this.#kind = kind;
  }
  get javaName(): string {
    return `java.util.${this.#kind}`;
  }
  get isPresent(): boolean {
    return this.value !== undefined;
  }
  get(): unknown {
    if (this.value === undefined) throw new ScriptFailure('NoSuchElementException', 'No value present');
    return this.value;
  }
  toText(): string {
    return this.isPresent ? `${this.#kind}[${javaText(this.value)}]` : `${this.#kind}.empty`;
  }
  override equals(other: unknown): boolean {
    return other instanceof JavaOptional && this.#kind === other.#kind && javaEquals(this.value, other.value);
  }
  override hash(): number {
    return javaHash(this.value);
  }
  override toDocument(): unknown {
    return this.value ?? null;
  }
}

const orElseThrow = (self: JavaOptional, make: Fn): unknown => {
  if (self.isPresent) return self.value;
  const made = make();
  throw made instanceof ScriptFailure ? made : classCast(typeName(made), 'java.lang.Throwable');
};
const ifPresent = (self: JavaOptional, take: Fn): null => {
  if (self.isPresent) take(self.value);
  return null;
};

const optionalClass = javaClass('java.util.Optional', {
  is: value => value instanceof JavaOptional && value.javaName === 'java.util.Optional',
  statics: {
    'Optional empty()': () => new JavaOptional(undefined),
    'Optional of(def)': (value: unknown) => {
      if (value === null) throw new ScriptFailure('NullPointerException');
      return new JavaOptional(value);
    },
    'Optional ofNullable(def)': (value: unknown) => new JavaOptional(value ?? undefined),
  },
  methods: {
    'Optional filter(Predicate)': (self: JavaOptional, test: Fn) =>
      self.isPresent && test(self.value) !== true ? new JavaOptional(undefined) : self,
    'Optional flatMap(Function)': (self: JavaOptional, make: Fn) => {
      if (!self.isPresent) return self;
      const made = make(self.value);
      if (made instanceof JavaOptional) return made;
      throw made === null ? nullPointer('the Optional is null') : classCast(typeName(made), 'java.util.Optional');
    },
    'def get()': (self: JavaOptional) => self.get(),
    'void ifPresent(Consumer)': ifPresent,
    'boolean isPresent()': (self: JavaOptional) => self.isPresent,
    'Optional map(Function)': (self: JavaOptional, make: Fn) =>
      self.isPresent ? new JavaOptional(make(self.value) ?? undefined) : self,
    'def orElse(def)': (self: JavaOptional, otherwise: unknown) => (self.isPresent ? self.value : otherwise),
    'def orElseGet(Supplier)': (self: JavaOptional, make: Fn) => (self.isPresent ? self.value : make()),
    'def orElseThrow(Supplier)': orElseThrow,
  },
});

const numeric = (kind: 'Int' | 'Long' | 'Double'): JavaClass => {
  const type = kind.toLowerCase();
  const name = `Optional${kind}`;
  return javaClass(`java.util.${name}`, {
    is: value => value instanceof JavaOptional && value.javaName === `java.util.${name}`,
    statics: {
      [`${name} empty()`]: () => new JavaOptional(undefined, name),
      [`${name} of(${type})`]: (value: unknown) => new JavaOptional(value, name),
    },
    methods: {
      [`${type} getAs${kind}()`]: (self: JavaOptional) => self.get(),
      [`void ifPresent(${kind}Consumer)`]: ifPresent,
      'boolean isPresent()': (self: JavaOptional) => self.isPresent,
      [`${type} orElse(${type})`]: (self: JavaOptional, otherwise: unknown) =>
        self.isPresent ? self.value : otherwise,
      [`${type} orElseGet(${kind}Supplier)`]: (self: JavaOptional, make: Fn) => (self.isPresent ? self.value : make()),
      [`${type} orElseThrow(Supplier)`]: orElseThrow,
    },
  });
};

export const optionalClasses: readonly JavaClass[] = [
  optionalClass,
  numeric('Int'),
  numeric('Long'),
  numeric('Double'),
];
