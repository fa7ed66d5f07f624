import { ScriptFailure } from '../failure.ts';
import { javaClass } from './define.ts';
import type { JavaClass } from './java-class.ts';
import { JavaObject } from './java-object.ts';

/** A constant of an enum of Java. */
export class JavaEnum extends JavaObject {
  readonly name: string;
  readonly ordinal: number;
  readonly javaName: string;
  readonly #text: string;

  constructor(javaName: string, name: string, ordinal: number, text = name) {
    super();
    this.javaName = javaName;
    this.name = name;
    this.ordinal = ordinal;
    this.#text = text;
  }
  toText(): string {
    return this.#text;
  }
  override compareTo(other: unknown): number | undefined {
    return other instanceof JavaEnum && other.javaName === this.javaName ? this.ordinal - other.ordinal : undefined;
  }
}

/** A class of an enum whose constants are of it, in order. */
export function enumClass(
  qualified: string,
  constants: readonly JavaEnum[],
  more: {
    extends?: string;
    statics?: Record<string, (...values: never[]) => unknown>;
    methods?: Record<string, (...values: never[]) => unknown>;
  } = {},
): JavaClass {
  const name = qualified.slice(qualified.lastIndexOf('.') + 1);
  return javaClass(qualified, {
    extends: `${more.extends ?? ''} Enum`.trim(),
    is: value => value instanceof JavaEnum && value.javaName === qualified,
    statics: {
      [`${name} valueOf(String)`]: (wanted: string) => {
        const found = constants.find(constant => constant.name === wanted);
        if (found !== undefined) return found;
        throw new ScriptFailure(
          'IllegalArgumentException',
          `No enum constant ${qualified}.${wanted}`,
          `${qualified} has no constant of this name`,
        );
      },
      [`${name}[] values()`]: () => constants.slice(),
      ...more.statics,
    },
    methods: more.methods ?? {},
    constants: Object.fromEntries(constants.map(constant => [`${name} ${constant.name}`, constant])),
  });
}

export const enumBaseClass: JavaClass = javaClass('java.lang.Enum', {
  extends: 'Comparable',
  is: value => value instanceof JavaEnum,
  methods: {
    'int compareTo(Enum)': (self: JavaEnum, other: JavaEnum) => self.compareTo(other) ?? 0,
    'String name()': (self: JavaEnum) => self.name,
    'int ordinal()': (self: JavaEnum) => self.ordinal,
  },
});

/** Constants of an enum, by their names. */
export const enumConstants = (qualified: string, names: readonly string[]): readonly JavaEnum[] =>
  names.map((name, ordinal) => new JavaEnum(qualified, name, ordinal));
