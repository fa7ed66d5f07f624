import { fold } from '../base/text/fold.ts';
import type { FieldValue } from '../core/contracts.ts';
import { type Fields, isFields } from '../core/event.ts';

/** What is known of each rule: of each list, an event that its filter takes has at least one value. */
export type Requirements = readonly (readonly FieldValue[])[];

/** So few rules are tried one by one. */
const FEW = 4;
/** Of more fields, the event is asked which it has. */
const MANY_FIELDS = 24;
/** Paths (`a.b`) that one node asks for; rules that only others would find are tried always. */
const MAX_PATHS = 16;
/** Values of one field whose spelling is remembered. */
const MAX_SPELLINGS = 2000;

/**
 * Finds rules by the values that their filters require: a tree in which each node asks for the values of some fields, and
 * each value leads to the rules that want it. Of the values that a rule requires, the one that the fewest others want
 * decides where it stands. Gives every rule that may take an event, and few others.
 */
export class FilterIndex {
  readonly #root: Node;
  /** By rule: the event that found it last. */
  readonly #foundBy: Uint32Array;
  #event = 0;
  #found: number[] = [];

  constructor(requirements: readonly Requirements[]) {
    this.#foundBy = new Uint32Array(requirements.length);
    const all = requirements.map((lists, rule): Candidate => ({ rule, lists }));
    this.#root = nodeOf(all.filter(({ lists }) => lists.every(list => list.length > 0)));
  }

  /** Numbers of the rules that may take the event, in no order; the list is used again for the next event. */
  candidates(event: Fields): readonly number[] {
    this.#found.length = 0;
    this.#event++;
    if (this.#event === 0xffff_ffff) {
      this.#foundBy.fill(0);
      this.#event = 1;
    }
    this.#visit(this.#root, event);
    return this.#found;
  }

  #visit(node: Node, event: Fields): void {
    for (const rule of node.always) {
      if (this.#foundBy[rule] === this.#event) continue;
      this.#foundBy[rule] = this.#event;
      this.#found.push(rule);
    }
    for (const field of node.fields) {
      const { name } = field;
      if (Object.hasOwn(event, name)) this.#follow(field, event[name], event);
    }
    for (const path of node.paths) this.#followPath(path, event, path.name, event);
    if (node.byName === undefined) return;
    for (const name of Object.keys(event)) {
      const field = node.byName.get(name);
      if (field !== undefined) this.#follow(field, event[name], event);
    }
  }

  #follow(field: FieldNode, value: unknown, event: Fields): void {
    if (typeof value === 'string') {
      const next = field.find(value);
      if (next !== undefined) this.#visit(next, event);
    } else if (Array.isArray(value)) for (const one of value) this.#follow(field, one, event);
    else if (value !== undefined && value !== null && typeof value !== 'object') {
      const next = field.find(String(value));
      if (next !== undefined) this.#visit(next, event);
    }
  }

  /** All values at the path, however objects, lists of them and names with dots spell it. */
  #followPath(field: FieldNode, at: Fields, path: string, event: Fields): void {
    if (Object.hasOwn(at, path)) this.#follow(field, at[path], event);
    for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
      const key = path.slice(0, dot);
      if (Object.hasOwn(at, key)) this.#followBelow(field, at[key], path.slice(dot + 1), event);
    }
  }

  #followBelow(field: FieldNode, value: unknown, path: string, event: Fields): void {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) for (const one of value) this.#followBelow(field, one, path, event);
    else if (isFields(value)) this.#followPath(field, value, path, event);
  }
}

interface Candidate {
  readonly rule: number;
  /** What may still tell it from others. */
  readonly lists: Requirements;
}

interface Node {
  /** Rules that are found here whatever else the event has. */
  readonly always: readonly number[];
  readonly fields: readonly FieldNode[];
  readonly paths: readonly FieldNode[];
  /** Of many fields. */
  readonly byName: ReadonlyMap<string, FieldNode> | undefined;
}

/** The values of one field, and where each leads to. */
class FieldNode {
  readonly name: string;
  readonly #next: ReadonlyMap<string, Node>;
  /** As events spell them. */
  readonly #spellings = new Map<string, Node | undefined>();

  constructor(name: string, next: ReadonlyMap<string, Node>) {
    this.name = name;
    this.#next = next;
  }

  find(text: string): Node | undefined {
    const known = this.#spellings.get(text);
    if (known !== undefined) return known;
    if (this.#spellings.has(text)) return undefined;
    const found = this.#next.get(fold(text));
    if (this.#spellings.size < MAX_SPELLINGS && text.length < 200) this.#spellings.set(text, found);
    return found;
  }
}

function nodeOf(candidates: readonly Candidate[]): Node {
  const always: number[] = [];
  const fields = new Map<string, Map<string, Candidate[]>>();
  const counts = candidates.length > FEW ? countsOf(candidates) : undefined;
  let paths = 0;
  for (const { rule, lists } of candidates) {
    const best = counts === undefined ? undefined : rarest(lists, counts);
    const isPath = best?.some(({ field }) => field.includes('.') && !fields.has(field)) === true;
    if (best === undefined || (isPath && paths >= MAX_PATHS)) {
      always.push(rule);
      continue;
    }
    const rest: Candidate = { rule, lists: lists.filter(list => list !== best) };
    for (const { field, value } of best) {
      let values = fields.get(field);
      if (values === undefined) {
        if (field.includes('.')) paths++;
        values = new Map();
        fields.set(field, values);
      }
      const there = values.get(value);
      if (there === undefined) values.set(value, [rest]);
      else if (there.at(-1)!.rule !== rule) there.push(rest);
    }
  }
  const nodes = [...fields].map(
    ([name, values]) => new FieldNode(name, new Map([...values].map(([value, rules]) => [value, nodeOf(rules)]))),
  );
  const plain = nodes.filter(({ name }) => !name.includes('.'));
  const isMany = plain.length > MANY_FIELDS;
  return {
    always,
    fields: isMany ? [] : plain,
    paths: nodes.filter(({ name }) => name.includes('.')),
    byName: isMany ? new Map(plain.map(node => [node.name, node])) : undefined,
  };
}

/** How many rules want each value. */
function countsOf(candidates: readonly Candidate[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { lists } of candidates) {
    for (const list of lists) {
      for (const value of list) {
        const key = keyOf(value);
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
  }
  return counts;
}

function rarest(lists: Requirements, counts: ReadonlyMap<string, number>): Requirements[number] | undefined {
  let best: Requirements[number] | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const list of lists) {
    const others = list.reduce((sum, value) => sum + counts.get(keyOf(value))!, 0);
    if (others >= least) continue;
    least = others;
    best = list;
  }
  return best;
}

const keyOf = ({ field, value }: FieldValue): string => `${field}\n${value}`;
