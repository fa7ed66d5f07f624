import { type Part, PartFinder } from '../base/text/part-finder.ts';
import type { FieldTerm, Requirements } from '../core/contracts.ts';
import { FieldTerms } from './field-terms.ts';

/** So few rules are tried one by one. */
const FEW = 4;
/** Of more fields, the event is asked which it has. */
const MANY_FIELDS = 24;
/** Paths (`a.b`) that one node asks for; rules that only others would find are tried always. */
const MAX_PATHS = 16;
/** As many rules are tried in the time that it takes to look for parts of a text. */
const SCAN_COST = 8;
/** What nearly every event has tells nearly nothing. */
const ANY_COST = 1e6;

/** A place in the tree. */
export interface Node {
  /** Rules that are found here whatever else the event has. */
  readonly always: readonly number[];
  readonly fields: readonly FieldTerms<Node>[];
  readonly paths: readonly FieldTerms<Node>[];
  /** Of many fields. */
  readonly byName: ReadonlyMap<string, FieldTerms<Node>> | undefined;
  /** The event that came here last. */
  reachedBy: number;
}

export interface Candidate {
  readonly rule: number;
  /** What may still tell it from others. */
  readonly lists: Requirements;
}

/** The tree that finds these rules, by the terms that the fewest others want. */
export function nodeOf(candidates: readonly Candidate[]): Node {
  const always: number[] = [];
  const fields = new Map<string, Map<string, Branch>>();
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
    for (const term of best) {
      let branches = fields.get(term.field);
      if (branches === undefined) {
        if (term.field.includes('.')) paths++;
        branches = new Map();
        fields.set(term.field, branches);
      }
      const key = keyOf(term);
      const there = branches.get(key);
      if (there === undefined) branches.set(key, { term, candidates: [rest] });
      else if (there.candidates.at(-1)!.rule !== rule) there.candidates.push(rest);
    }
  }
  const all = [...fields].map(([name, branches]) => fieldOf(name, [...branches.values()]));
  const plain = all.filter(({ isPath }) => !isPath);
  const isMany = plain.length > MANY_FIELDS;
  return {
    always,
    fields: isMany ? [] : plain,
    paths: all.filter(({ isPath }) => isPath),
    byName: isMany ? new Map(plain.map(field => [field.name, field])) : undefined,
    reachedBy: 0,
  };
}

/** Where a term leads to. */
interface Branch {
  readonly term: FieldTerm;
  readonly candidates: Candidate[];
}

function fieldOf(name: string, branches: readonly Branch[]): FieldTerms<Node> {
  const values = new Map<string, Node>();
  const numbers = new Map<number, Node>();
  const parts: Part<Node>[] = [];
  let any: Node | undefined;
  let ofNumbers = false;
  for (const { term, candidates } of branches) {
    const node = nodeOf(candidates);
    if (term.type === 'value') values.set(term.value, node);
    else if (term.type === 'number') numbers.set(term.number, node);
    else if (term.type === 'any') any = node;
    else {
      parts.push({ part: term.part, target: node });
      ofNumbers ||= term.ofNumbers;
    }
  }
  const finder = parts.length === 0 ? undefined : new PartFinder(parts);
  return new FieldTerms(name, { values, numbers, parts: finder, ofNumbers, any });
}

/** How many rules want each term. */
function countsOf(candidates: readonly Candidate[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { lists } of candidates) {
    for (const list of lists) {
      for (const term of list) {
        const key = keyOf(term);
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
    const cost = costOf(list, counts);
    if (cost >= least) continue;
    least = cost;
    best = list;
  }
  return best;
}

/** In rules that are tried. */
function costOf(list: Requirements[number], counts: ReadonlyMap<string, number>): number {
  let cost = 0;
  let scans = false;
  for (const term of list) {
    const others = counts.get(keyOf(term))!;
    if (term.type === 'any') cost += ANY_COST + others;
    else if (term.type === 'part') {
      scans = true;
      // Texts have short parts by chance.
      cost += others * (1 + 20 / term.part.length ** 2);
    } else cost += others;
  }
  return scans ? cost + SCAN_COST : cost;
}

function keyOf(term: FieldTerm): string {
  switch (term.type) {
    case 'value':
      return `v${term.field}\n${term.value}`;
    case 'number':
      return `n${term.field}\n${term.number}`;
    case 'part':
      return `${term.ofNumbers ? 'p' : 't'}${term.field}\n${term.part}`;
    case 'any':
      return `a${term.field}`;
  }
}
