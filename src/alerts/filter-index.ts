import type { Requirements } from '../core/contracts.ts';
import { type Fields, isFields } from '../core/event.ts';
import type { FieldTerms } from './field-terms.ts';
import { type Node, nodeOf } from './filter-tree.ts';

/**
 * Finds rules by what their filters require: a tree in which each node asks for the values of some fields, and each
 * value, number or part of a text leads to the rules that want it. Of what a rule requires, that which the fewest others
 * want decides where it stands. Gives every rule that may take an event, and few others.
 */
export class FilterIndex {
  readonly #root: Node;
  /** By rule: the event that found it last. */
  readonly #foundBy: Float64Array;
  #event = 0;
  #found: number[] = [];

  constructor(requirements: readonly Requirements[]) {
    this.#foundBy = new Float64Array(requirements.length);
    const all = requirements.map((lists, rule) => ({ rule, lists }));
    this.#root = nodeOf(all.filter(({ lists }) => lists.every(list => list.length > 0)));
  }

  /** Numbers of the rules that may take the event, in no order; the list is used again for the next event. */
  candidates(event: Fields): readonly number[] {
    this.#found.length = 0;
    this.#event++;
    this.#visit(this.#root, event);
    return this.#found;
  }

  #visit(node: Node, event: Fields): void {
    if (node.reachedBy === this.#event) return;
    node.reachedBy = this.#event;
    for (const rule of node.always) {
      if (this.#foundBy[rule] === this.#event) continue;
      this.#foundBy[rule] = this.#event;
      this.#found.push(rule);
    }
    for (const field of node.fields) {
      const value = event[field.name];
      if (value === undefined || (field.isInherited && !Object.hasOwn(event, field.name))) continue;
      this.#follow(field, value, event);
    }
    for (const path of node.paths) this.#followPath(path, event, path.name, event);
    if (node.byName === undefined) return;
    for (const name of Object.keys(event)) {
      const field = node.byName.get(name);
      if (field !== undefined) this.#follow(field, event[name], event);
    }
  }

  #follow(field: FieldTerms<Node>, value: unknown, event: Fields): void {
    if (value === undefined || value === null) return;
    if (typeof value === 'object') {
      if (Array.isArray(value)) for (const one of value) this.#follow(field, one, event);
      return;
    }
    if (field.any !== undefined) this.#visit(field.any, event);
    const whole = field.whole(value);
    if (whole !== undefined) this.#visit(whole, event);
    const number = field.number(value);
    if (number !== undefined) this.#visit(number, event);
    for (const node of field.parts(value)) this.#visit(node, event);
  }

  /** All values at the path, however objects, lists of them and names with dots spell it. */
  #followPath(field: FieldTerms<Node>, at: Fields, path: string, event: Fields): void {
    if (Object.hasOwn(at, path)) this.#follow(field, at[path], event);
    for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
      const key = path.slice(0, dot);
      if (Object.hasOwn(at, key)) this.#followBelow(field, at[key], path.slice(dot + 1), event);
    }
  }

  #followBelow(field: FieldTerms<Node>, value: unknown, path: string, event: Fields): void {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) for (const one of value) this.#followBelow(field, one, path, event);
    else if (isFields(value)) this.#followPath(field, value, path, event);
  }
}
