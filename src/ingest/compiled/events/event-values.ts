import { plainNumber } from '../../../base/number/double.ts';
import { Double } from '../../../core/double.ts';
import { type Fields, valueAt } from '../../../core/event.ts';
import { EventLists, type ListRules } from './event-lists.ts';
import type { EventShape } from './event-shape.ts';
import { type EventStep, EventSteps, GONE, LEAF, OBJECT } from './event-steps.ts';

const MOST_DEPTH = 12;

/** The values of an event in the order of its names, and the step at which these end. */
export class EventValues {
  /** Texts, plain numbers, booleans, null and lists. */
  readonly values: unknown[] = [];
  /** 1: it has gone elsewhere. */
  readonly isGone: number[] = [];
  /** Objects, in the order of their names. */
  readonly objects: Fields[] = [];
  readonly lists: EventLists;
  readonly #steps = new EventSteps<EventShape>();
  readonly #mostChars: number;
  #slots = 0;
  #chars = 0;

  constructor(rules: ListRules) {
    this.lists = new EventLists(rules);
    this.#mostChars = rules.mostChars;
  }

  /** Characters of all texts and of names in lists. */
  get chars(): number {
    return this.#chars + this.lists.chars;
  }

  /** Undefined: something in the event is unusual. */
  read(fields: Fields): EventStep<EventShape> | undefined {
    this.#slots = 0;
    this.#chars = 0;
    this.lists.chars = 0;
    this.lists.items = 0;
    this.objects.length = 0;
    this.lists.objects.length = 0;
    return this.#read(fields, this.#steps.root, 1);
  }

  /** Whether an object stands in the event twice, as scripts can do it: what is taken out of it goes from both places. */
  isTwice(at: number): boolean {
    const { objects } = this;
    const object = objects[at]!;
    return objects.indexOf(object) !== objects.lastIndexOf(object) || this.lists.objects.includes(object);
  }

  /** Whether what is known of events with the names of the one that was read last may be learned. */
  mayLearn(): boolean {
    return this.#steps.mayLearnShape();
  }

  /** The event that was read last was written. */
  written(): void {
    this.#steps.written();
  }

  #read(fields: Fields, from: EventStep<EventShape>, depth: number): EventStep<EventShape> | undefined {
    const steps = this.#steps;
    let step: EventStep<EventShape> | undefined = from;
    for (const key in fields) {
      let value = valueAt(fields, key);
      switch (typeof value) {
        case 'string':
          if (value.length > this.#mostChars) return undefined;
          this.#chars += value.length;
          break;
        case 'number':
          if (!Number.isFinite(value)) return undefined;
          break;
        case 'boolean':
          break;
        case 'bigint':
          value = plainNumber(value);
          if (typeof value === 'string') return undefined;
          break;
        case 'undefined':
          step = steps.find(step, key, GONE);
          if (step === undefined) return undefined;
          continue;
        case 'object':
          if (value === null) break;
          if (Array.isArray(value)) {
            if (!this.lists.isUsual(value, depth)) return undefined;
            break;
          }
          if (value instanceof Double) {
            value = value.value;
            if (!Number.isFinite(value)) return undefined;
            break;
          }
          if (depth >= MOST_DEPTH || value instanceof Date || value instanceof Uint8Array) return undefined;
          step = steps.find(step, key, OBJECT);
          this.objects.push(value as Fields);
          if (step !== undefined) step = this.#read(value as Fields, step, depth + 1);
          if (step !== undefined) step = steps.end(step);
          if (step === undefined) return undefined;
          continue;
        default:
          return undefined;
      }
      step = steps.find(step, key, LEAF);
      if (step === undefined) return undefined;
      this.values[this.#slots] = value;
      this.isGone[this.#slots++] = 0;
    }
    return step;
  }
}
