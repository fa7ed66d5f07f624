import { requiredParts } from '../../base/regexp/literals.ts';
import type { FieldTerm, QueryNode, Requirements } from '../../core/contracts.ts';
import { type Plan, planQuery, type RangeBounds, type Test } from './plan.ts';
import { fold } from './text.ts';

/** A list that is longer says too little. */
const MAX_TERMS = 500;
/** Of one query; the rest adds little. */
const MAX_LISTS = 32;

/**
 * What can be told of every event for which a query holds: of each list it has at least one term. No list: nothing is
 * known. A list without a term: the query never holds.
 */
export function requirementsOf(node: QueryNode): Requirements {
  const lists = ofPlan(planQuery(node)).filter(terms => terms.length <= MAX_TERMS);
  return lists.length <= MAX_LISTS ? lists : lists.toSorted((a, b) => vagueness(a) - vagueness(b)).slice(0, MAX_LISTS);
}

function ofPlan(plan: Plan): FieldTerm[][] {
  switch (plan.op) {
    case 'true':
    case 'not':
      return [];
    case 'false':
      return [[]];
    case 'and':
      return plan.nodes.flatMap(ofPlan);
    case 'or':
      return ofAny(plan.nodes.map(ofPlan));
    case 'leaf':
      return ofLeaf(plan.field, plan.test);
  }
}

/** One of them holds: a term of the most telling list of each. */
function ofAny(each: readonly FieldTerm[][][]): FieldTerm[][] {
  const chosen = each.map(lists => lists.toSorted((a, b) => vagueness(a) - vagueness(b))[0]);
  return chosen.every(list => list !== undefined) ? [chosen.flat()] : [];
}

/** How little a list says. */
function vagueness(terms: readonly FieldTerm[]): number {
  return terms.reduce((sum, term) => sum + vaguenessOf(term), 0);
}

function vaguenessOf(term: FieldTerm): number {
  if (term.type === 'any') return MAX_TERMS;
  return term.type === 'part' ? 1 + 20 / term.part.length ** 2 : 1;
}

function ofLeaf(field: string, test: Test): FieldTerm[][] {
  // Made from another field when it is not there.
  if (field === '_index') return [];
  const part = (text: string, ofNumbers: boolean): FieldTerm => ({ type: 'part', field, part: text, ofNumbers });
  const any: FieldTerm[][] = [[{ type: 'any', field }]];
  switch (test.type) {
    case 'folded':
      return [valuesOf(field, test.values)];
    case 'exact':
      return [valuesOf(field, [...test.strings, ...test.numbers.map(String)].map(fold))];
    case 'pattern': {
      const lists = requiredParts(test.expression).map(parts => parts.map(text => part(text, true)));
      return lists.length === 0 ? any : lists;
    }
    case 'value': {
      const { number } = test;
      const numbers: FieldTerm[] = number === undefined ? [] : [{ type: 'number', field, number: Number(number) }];
      const lists = requiredParts(test.expression).map(parts => [
        ...numbers,
        ...parts.map(text => part(text, number === undefined)),
      ]);
      return lists.length === 0 ? any : lists;
    }
    case 'numbers': {
      const number = onlyNumber(test.bounds);
      return number === undefined ? any : [[{ type: 'number', field, number }]];
    }
    case 'ordered':
      return any;
    case 'exists':
      // Else what is below the field counts, too.
      return test.ofItsOwn === true ? any : [];
    case 'span':
      return [];
  }
}

const valuesOf = (field: string, values: readonly string[]): FieldTerm[] =>
  [...new Set(values)].map(value => ({ type: 'value', field, value }));

function onlyNumber({ gte, lte }: RangeBounds<number | bigint>): number | undefined {
  return gte !== undefined && gte === lte ? Number(gte) : undefined;
}
