import type { FieldValue, QueryNode } from '../../core/contracts.ts';
import { type Plan, planQuery } from './plan.ts';
import { fold } from './text.ts';

/** A list that is longer says too little. */
const MAX_VALUES = 500;

/**
 * What can be told of every event for which a query holds: of each list it has at least one value. No list: nothing is
 * known. A list without a value: the query never holds.
 */
export function requiredValues(node: QueryNode): FieldValue[][] {
  return ofPlan(planQuery(node)).filter(values => values.length <= MAX_VALUES);
}

function ofPlan(plan: Plan): FieldValue[][] {
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
      return ofLeaf(plan);
  }
}

/** One of them holds: a value of the shortest list of each. */
function ofAny(each: readonly FieldValue[][][]): FieldValue[][] {
  const shortest = each.map(lists => lists.toSorted((a, b) => a.length - b.length)[0]);
  return shortest.every(list => list !== undefined) ? [shortest.flat()] : [];
}

function ofLeaf({ field, test }: Plan & { op: 'leaf' }): FieldValue[][] {
  // Made from another field when it is not there.
  if (field === '_index') return [];
  const texts =
    test.type === 'folded'
      ? test.values
      : test.type === 'exact'
        ? [...test.strings, ...test.numbers.map(String)].map(fold)
        : undefined;
  return texts === undefined ? [] : [[...new Set(texts)].map(value => ({ field, value }))];
}
