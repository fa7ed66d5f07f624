import type { Budget } from '../budget.ts';
import { EXCEPTIONS, isA, qualifiedException, ScriptFailure } from '../failure.ts';
import { javaClass } from './define.ts';
import { javaEquals, javaHash } from './equality.ts';
import type { JavaClass } from './java-class.ts';
import { javaText } from './text.ts';

export const objectClass: JavaClass = javaClass('java.lang.Object', {
  is: value => value !== null,
  methods: {
    'boolean equals(Object)': (self: unknown, other: unknown) => javaEquals(self, other),
    'int hashCode()': (self: unknown) => javaHash(self),
    'String toString()': (self: unknown, budget: Budget) => javaText(self, budget),
  },
});

export const booleanClass: JavaClass = javaClass('java.lang.Boolean', {
  extends: 'Comparable',
  is: value => typeof value === 'boolean',
  statics: {
    'int compare(boolean, boolean)': (a: boolean, b: boolean) => Number(a) - Number(b),
    'int hashCode(boolean)': (a: boolean) => javaHash(a),
    'boolean logicalAnd(boolean, boolean)': (a: boolean, b: boolean) => a && b,
    'boolean logicalOr(boolean, boolean)': (a: boolean, b: boolean) => a || b,
    'boolean logicalXor(boolean, boolean)': (a: boolean, b: boolean) => a !== b,
    'boolean parseBoolean(String?)': (text: string | null) => text?.toLowerCase() === 'true',
    'String toString(boolean)': String,
    'Boolean valueOf(boolean)': (a: boolean) => a,
  },
  methods: {
    'boolean booleanValue()': (self: boolean) => self,
    'int compareTo(Boolean)': (a: boolean, b: boolean) => Number(a) - Number(b),
  },
  constants: { 'Boolean FALSE': false, 'Boolean TRUE': true },
});

export const exceptionClasses: readonly JavaClass[] = Object.entries(EXCEPTIONS).map(([name, [parent]]) =>
  javaClass(qualifiedException(name), {
    extends: parent,
    is: value => value instanceof ScriptFailure && isA(value.exception, name),
    ...(isA(name, 'Exception') && {
      constructors: {
        '()': () => new ScriptFailure(name),
        // What a script says about its values is not for logs.
        '(String?)': (message: string | null) => new ScriptFailure(name, message),
      },
    }),
    methods: {
      'String getMessage()': (self: ScriptFailure) => self.message,
      'String getLocalizedMessage()': (self: ScriptFailure) => self.message,
    },
  }),
);
