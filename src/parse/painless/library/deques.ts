import type { Budget } from '../budget.ts';
import { nullPointer, ScriptFailure } from '../failure.ts';
import { fromDocument } from '../values.ts';
import { javaClass } from './define.ts';
import { javaEquals } from './equality.ts';
import { addAll, itemsOf } from './items.ts';
import { JavaIterator } from './iterator.ts';
import type { JavaClass } from './java-class.ts';
import type { JavaCollection } from './java-object.ts';
import { orderOf } from './sorting.ts';

/*
 * Lists that are classes of their own to scripts. All are arrays, whose first item is the head.
 */

type Collection = unknown[] | JavaCollection;
type Fn = (...values: unknown[]) => unknown;

export class LinkedList extends Array<unknown> {}
export class ArrayDeque extends Array<unknown> {}
export class Vector extends Array<unknown> {}
export class Stack extends Vector {}
export class PriorityQueue extends Array<unknown> {
  order: Fn | null = null;
}
// What is made from them by map, filter and the like is a plain list.
for (const kind of [LinkedList, ArrayDeque, Vector, Stack, PriorityQueue])
  Object.defineProperty(kind, Symbol.species, { value: Array });

const peekFirst = (self: unknown[]): unknown => (self.length === 0 ? null : fromDocument(self[0]));
const peekLast = (self: unknown[]): unknown => (self.length === 0 ? null : fromDocument(self.at(-1)));

function pollFirst(self: unknown[], budget: Budget): unknown {
  budget.steps(1 + (self.length >> 6));
  return self.length === 0 ? null : fromDocument(self.shift());
}
const pollLast = (self: unknown[]): unknown => (self.length === 0 ? null : fromDocument(self.pop()));

function needed(self: unknown[], value: unknown): unknown {
  if (self.length === 0) throw new ScriptFailure('NoSuchElementException');
  return value;
}
const getFirst = (self: unknown[]): unknown => needed(self, peekFirst(self));
const getLast = (self: unknown[]): unknown => needed(self, peekLast(self));
function removeFirst(self: unknown[], budget: Budget): unknown {
  needed(self, null);
  return pollFirst(self, budget);
}
function removeLast(self: unknown[]): unknown {
  needed(self, null);
  return pollLast(self);
}

function offerLast(self: unknown[], item: unknown, budget: Budget): boolean {
  if (item === null && self instanceof ArrayDeque) throw nullPointer('the element is null');
  budget.memory(4);
  if (self instanceof PriorityQueue) {
    // Kept sorted; equal ones in the order in which they came.
    const order = orderOf(self.order);
    if (self.length === 0) order(item, item);
    let at = self.length;
    while (at > 0 && order(self[at - 1], item) > 0) at--;
    budget.steps(1 + self.length - at);
    self.splice(at, 0, item);
  } else self.push(item);
  return true;
}

function offerFirst(self: unknown[], item: unknown, budget: Budget): boolean {
  if (item === null && self instanceof ArrayDeque) throw nullPointer('the element is null');
  budget.memory(4);
  budget.steps(1 + (self.length >> 6));
  self.unshift(item);
  return true;
}

function removeAt(self: unknown[], at: number, budget: Budget): boolean {
  budget.steps(self.length);
  if (at >= 0) self.splice(at, 1);
  return at >= 0;
}
const removeFirstEqual = (self: unknown[], item: unknown, budget: Budget): boolean =>
  removeAt(
    self,
    self.findIndex(other => javaEquals(other, item)),
    budget,
  );

function toNull<T extends unknown[]>(act: (...values: T) => unknown): (...values: T) => null {
  return (...values) => {
    act(...values);
    return null;
  };
}

const queueClass = javaClass('java.util.Queue', {
  extends: 'Collection',
  is: value => value instanceof LinkedList || value instanceof ArrayDeque || value instanceof PriorityQueue,
  methods: {
    'def element()': getFirst,
    'boolean offer(def)': offerLast,
    'def peek()': peekFirst,
    'def poll()': pollFirst,
    'def remove()': removeFirst,
  },
});

const dequeClass = javaClass('java.util.Deque', {
  extends: 'Queue Collection',
  is: value => value instanceof LinkedList || value instanceof ArrayDeque,
  methods: {
    'void addFirst(def)': toNull(offerFirst),
    'void addLast(def)': toNull(offerLast),
    'Iterator descendingIterator()': (self: unknown[], budget: Budget) =>
      new JavaIterator(undefined, itemsOf(self, budget).reverse()),
    'def getFirst()': getFirst,
    'def getLast()': getLast,
    'boolean offerFirst(def)': offerFirst,
    'boolean offerLast(def)': offerLast,
    'def peekFirst()': peekFirst,
    'def peekLast()': peekLast,
    'def pollFirst()': pollFirst,
    'def pollLast()': pollLast,
    'def pop()': removeFirst,
    'void push(def)': toNull(offerFirst),
    'boolean remove(def)': removeFirstEqual,
    'def removeFirst()': removeFirst,
    'boolean removeFirstOccurrence(def)': removeFirstEqual,
    'def removeLast()': removeLast,
    'boolean removeLastOccurrence(def)': (self: unknown[], item: unknown, budget: Budget) =>
      removeAt(
        self,
        self.findLastIndex(other => javaEquals(other, item)),
        budget,
      ),
  },
});

const listLike = (kind: new () => unknown[], above: string): JavaClass =>
  javaClass(`java.util.${kind.name}`, {
    extends: above,
    is: value => value instanceof kind,
    constructors: {
      '()': () => new kind(),
      '(Collection)': (items: Collection, budget: Budget) => {
        const list = new kind();
        addAll(list, itemsOf(items, budget), budget);
        return list;
      },
    },
    methods: {
      'def clone()': (self: unknown[], budget: Budget) => {
        const list = new kind();
        addAll(list, itemsOf(self, budget), budget);
        return list;
      },
      ...(kind === Vector && vectorMethods),
      ...(kind === Stack && stackMethods),
    },
  });

const vectorMethods = {
  'void addElement(def)': toNull(offerLast),
  'int capacity()': (self: unknown[]) => Math.max(10, self.length),
  'def elementAt(int)': (self: unknown[], at: number) => {
    if (at < 0 || at >= self.length)
      throw new ScriptFailure('ArrayIndexOutOfBoundsException', `${at} >= ${self.length}`);
    return fromDocument(self[at]);
  },
  'def firstElement()': getFirst,
  'def lastElement()': getLast,
  'void removeAllElements()': (self: unknown[]) => {
    self.length = 0;
    return null;
  },
  'boolean removeElement(def)': removeFirstEqual,
};

function top(self: unknown[]): unknown {
  if (self.length === 0) throw new ScriptFailure('EmptyStackException');
  return peekLast(self);
}

const stackMethods = {
  'boolean empty()': (self: unknown[]) => self.length === 0,
  'def peek()': top,
  'def pop()': (self: unknown[]) => {
    top(self);
    return pollLast(self);
  },
  'def push(def)': (self: unknown[], item: unknown, budget: Budget) => {
    offerLast(self, item, budget);
    return item;
  },
  'int search(def)': (self: unknown[], item: unknown, budget: Budget) => {
    budget.steps(self.length);
    const at = self.findLastIndex(other => javaEquals(other, item));
    return at < 0 ? -1 : self.length - at;
  },
};

export const dequeClasses: readonly JavaClass[] = [
  queueClass,
  dequeClass,
  listLike(LinkedList, 'List Deque Queue Collection'),
  listLike(ArrayDeque, 'Deque Queue Collection'),
  listLike(Vector, 'List Collection'),
  listLike(Stack, 'Vector List Collection'),
  javaClass('java.util.PriorityQueue', {
    extends: 'Queue Collection',
    is: value => value instanceof PriorityQueue,
    constructors: {
      '()': () => new PriorityQueue(),
      '(Comparator)': (order: Fn) => {
        const queue = new PriorityQueue();
        queue.order = order;
        return queue;
      },
    },
    methods: { 'boolean add(def)': offerLast },
  }),
];
