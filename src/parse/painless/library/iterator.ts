import { ScriptFailure } from '../failure.ts';
import { javaClass } from './define.ts';
import type { JavaClass } from './java-class.ts';
import { type JavaCollection, JavaObject } from './java-object.ts';

type Collection = unknown[] | JavaCollection;

/** Goes through what a collection had when it began; `remove` and the like change the collection, too. */
export class JavaIterator extends JavaObject {
  readonly #from: Collection | undefined;
  readonly #items: unknown[];
  #at: number;
  /** The last one given; -1 when there is none. */
  #last = -1;

  constructor(from: Collection | undefined, items: unknown[], at = 0) {
    super();
    this.#from = from;
    this.#items = items;
    this.#at = at;
  }

  get javaName(): string {
    return Array.isArray(this.#from) ? 'java.util.ListIterator' : 'java.util.Iterator';
  }
  toText(): string {
    return 'iterator';
  }
  get at(): number {
    return this.#at;
  }
  get hasNext(): boolean {
    return this.#at < this.#items.length;
  }
  next(): unknown {
    if (!this.hasNext) throw new ScriptFailure('NoSuchElementException');
    this.#last = this.#at;
    return this.#items[this.#at++];
  }
  previous(): unknown {
    if (this.#at === 0) throw new ScriptFailure('NoSuchElementException');
    this.#last = --this.#at;
    return this.#items[this.#at];
  }
  remove(): null {
    if (this.#last < 0) throw new ScriptFailure('IllegalStateException');
    const [item] = this.#items.splice(this.#last, 1);
    if (Array.isArray(this.#from)) this.#from.splice(this.#last, 1);
    else this.#from?.delete(item);
    if (this.#last < this.#at) this.#at--;
    this.#last = -1;
    return null;
  }
  set(item: unknown): null {
    if (this.#last < 0 || !Array.isArray(this.#from)) throw new ScriptFailure('IllegalStateException');
    this.#items[this.#last] = item;
    this.#from[this.#last] = item;
    return null;
  }
  add(item: unknown): null {
    if (!Array.isArray(this.#from)) throw new ScriptFailure('UnsupportedOperationException');
    this.#items.splice(this.#at, 0, item);
    this.#from.splice(this.#at++, 0, item);
    this.#last = -1;
    return null;
  }
}

export const iteratorClass: JavaClass = javaClass('java.util.Iterator', {
  is: value => value instanceof JavaIterator,
  methods: {
    'void forEachRemaining(Consumer)': (self: JavaIterator, take: (item: unknown) => void) => {
      while (self.hasNext) take(self.next());
      return null;
    },
    'boolean hasNext()': (self: JavaIterator) => self.hasNext,
    'def next()': (self: JavaIterator) => self.next(),
    'void remove()': (self: JavaIterator) => self.remove(),
  },
});

export const listIteratorClass: JavaClass = javaClass('java.util.ListIterator', {
  extends: 'Iterator',
  is: value => value instanceof JavaIterator,
  methods: {
    'void add(def)': (self: JavaIterator, item: unknown) => self.add(item),
    'boolean hasPrevious()': (self: JavaIterator) => self.at > 0,
    'int nextIndex()': (self: JavaIterator) => self.at,
    'def previous()': (self: JavaIterator) => self.previous(),
    'int previousIndex()': (self: JavaIterator) => self.at - 1,
    'void set(def)': (self: JavaIterator, item: unknown) => self.set(item),
  },
});
