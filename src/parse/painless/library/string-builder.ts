import type { Budget } from '../budget.ts';
import { ScriptFailure } from '../failure.ts';
import { type Char, char } from '../values.ts';
import { javaClass } from './define.ts';
import type { JavaClass } from './java-class.ts';
import { JavaObject } from './java-object.ts';
import {
  checkBounds,
  checkIndex,
  checkRange,
  codePointAt,
  codePointBefore,
  codePointCount,
  offsetByCodePoints,
  textOf,
} from './string.ts';
import { javaText } from './text.ts';

/** StringBuilder and StringBuffer: JavaScript's own texts are as quick to build. */
export class StringBuilder extends JavaObject {
  text: string;
  readonly javaName: string;

  constructor(text: string, javaName = 'java.lang.StringBuilder') {
    super();
    this.text = text;
    this.javaName = javaName;
  }
  toText(): string {
    return this.text;
  }
  override compareTo(other: unknown): number | undefined {
    if (!(other instanceof StringBuilder)) return undefined;
    return this.text < other.text ? -1 : this.text > other.text ? 1 : 0;
  }
  /** Takes what is there from `start` to `end` out, and puts a text in its place. */
  splice(start: number, end: number, by: string, budget: Budget): this {
    const { text } = this;
    if (start < 0 || start > text.length || start > end)
      throw new ScriptFailure('StringIndexOutOfBoundsException', `start ${start}, end ${end}, length ${text.length}`);
    budget.memory(by.length);
    budget.steps(1 + (text.length >> 10));
    this.text = text.slice(0, start) + by + text.slice(end);
    return this;
  }
}

function append(self: StringBuilder, value: unknown, budget: Budget): StringBuilder {
  const text = typeof value === 'string' ? value : javaText(value, budget);
  budget.memory(text.length);
  self.text += text;
  return self;
}

function setLength(self: StringBuilder, length: number, budget: Budget): null {
  if (length < 0) throw new ScriptFailure('StringIndexOutOfBoundsException', `String index out of range: ${length}`);
  if (length <= self.text.length) self.text = self.text.slice(0, length);
  else {
    budget.memory(length);
    self.text = self.text.padEnd(length, '\0');
  }
  return null;
}

function reversed(text: string): string {
  // Characters of two units stay whole.
  return [...text].reverse().join('');
}

const builderClass = (name: string): JavaClass =>
  javaClass(`java.lang.${name}`, {
    extends: 'CharSequence Comparable',
    is: value => value instanceof StringBuilder && value.javaName === `java.lang.${name}`,
    constructors: {
      '()': () => new StringBuilder('', `java.lang.${name}`),
      '(CharSequence)': (text: string | StringBuilder, budget: Budget) => {
        budget.memory(textOf(text).length);
        return new StringBuilder(textOf(text), `java.lang.${name}`);
      },
    },
    methods: {
      [`${name} append(def)`]: append,
      [`${name} append(CharSequence?, int, int)`]: (
        self: StringBuilder,
        value: string | StringBuilder | null,
        start: number,
        end: number,
        budget: Budget,
      ) => {
        const text = value === null ? 'null' : textOf(value);
        checkBounds(start, end, text.length);
        return append(self, text.slice(start, end), budget);
      },
      [`${name} appendCodePoint(int)`]: (self: StringBuilder, code: number, budget: Budget) => {
        if (code < 0 || code > 0x10ffff)
          throw new ScriptFailure('IllegalArgumentException', `Not a valid Unicode code point: ${code}`);
        return append(self, String.fromCodePoint(code), budget);
      },
      'int capacity()': (self: StringBuilder) => Math.max(16, self.text.length),
      'int codePointAt(int)': (self: StringBuilder, at: number) => codePointAt(self.text, at),
      'int codePointBefore(int)': (self: StringBuilder, at: number) => codePointBefore(self.text, at),
      'int codePointCount(int, int)': (self: StringBuilder, start: number, end: number) =>
        codePointCount(self.text, start, end),
      [`${name} delete(int, int)`]: (self: StringBuilder, start: number, end: number, budget: Budget) =>
        self.splice(start, end, '', budget),
      [`${name} deleteCharAt(int)`]: (self: StringBuilder, at: number, budget: Budget) => {
        checkIndex(at, self.text.length);
        return self.splice(at, at + 1, '', budget);
      },
      'int indexOf(String)': (self: StringBuilder, other: string) => self.text.indexOf(other),
      'int indexOf(String, int)': (self: StringBuilder, other: string, from: number) => self.text.indexOf(other, from),
      [`${name} insert(int, def)`]: (self: StringBuilder, at: number, value: unknown, budget: Budget) => {
        if (at < 0 || at > self.text.length)
          throw new ScriptFailure('StringIndexOutOfBoundsException', `offset ${at}, length ${self.text.length}`);
        return self.splice(at, at, javaText(value, budget), budget);
      },
      'int lastIndexOf(String)': (self: StringBuilder, other: string) => self.text.lastIndexOf(other),
      'int lastIndexOf(String, int)': (self: StringBuilder, other: string, from: number) =>
        from < 0 ? -1 : self.text.lastIndexOf(other, from),
      'int offsetByCodePoints(int, int)': (self: StringBuilder, from: number, by: number) =>
        offsetByCodePoints(self.text, from, by),
      [`${name} replace(int, int, String)`]: (
        self: StringBuilder,
        start: number,
        end: number,
        by: string,
        budget: Budget,
      ) => self.splice(start, end, by, budget),
      [`${name} reverse()`]: (self: StringBuilder, budget: Budget) => {
        budget.memory(self.text.length);
        self.text = reversed(self.text);
        return self;
      },
      'void setCharAt(int, char)': (self: StringBuilder, at: number, by: Char, budget: Budget) => {
        checkIndex(at, self.text.length);
        self.splice(at, at + 1, by.toString(), budget);
        return null;
      },
      'void setLength(int)': setLength,
      'String substring(int)': (self: StringBuilder, start: number) => {
        checkRange(start, self.text.length, self.text.length);
        return self.text.slice(start);
      },
      'String substring(int, int)': (self: StringBuilder, start: number, end: number) => {
        checkRange(start, end, self.text.length);
        return self.text.slice(start, end);
      },
      'void getChars(int, int, char[], int)': (
        self: StringBuilder,
        start: number,
        end: number,
        into: Char[],
        at: number,
      ) => {
        checkRange(start, end, self.text.length);
        if (at < 0 || at + end - start > into.length) throw new ScriptFailure('ArrayIndexOutOfBoundsException');
        for (let i = start; i < end; i++) into[at + i - start] = char(self.text.charCodeAt(i));
        return null;
      },
    },
  });

export const stringBuilderClass: JavaClass = builderClass('StringBuilder');
export const stringBufferClass: JavaClass = builderClass('StringBuffer');
