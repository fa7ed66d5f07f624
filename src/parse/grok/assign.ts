import { type Fields, isFields, newFields } from '../../core/event.ts';
import type { GrokDialect } from './expand.ts';
import {
  assignFields,
  assignFieldsOfLogstash,
  collect,
  collectOfLogstash,
  type FieldPlan,
  notConverted,
} from './field-plan.ts';

/** Sets the fields of a match; answers why not. */
export type Assign = (match: readonly (string | undefined)[], target: Fields) => string | undefined;

/**
 * What `assignFields` (or Logstash's) does, for one regular expression: `numbers` has the groups of each plan. V8 stores a
 * field in a tenth of the time where its name is a constant of the code, so the code is made for these plans: of names and
 * numbers only, each name a quoted text. Where Node makes no code of texts, the general functions do it.
 */
export function compileAssign(
  plans: readonly FieldPlan[],
  numbers: readonly (readonly number[])[],
  dialect: GrokDialect,
): Assign {
  const code = codeOf(plans, numbers, dialect);
  const conversions = plans.map(plan => plan.conversions[0]);
  const reasons = plans.map(plan => notConverted(plan, 0));
  const gather = dialect === 'logstash' ? collectOfLogstash : collect;
  const list = (match: readonly (string | undefined)[], i: number): unknown => gather(plans[i]!, numbers[i]!, match);
  try {
    return new Function('conversions', 'reasons', 'list', 'inner', code)(conversions, reasons, list, inner) as Assign;
  } catch {
    const assign = dialect === 'logstash' ? assignFieldsOfLogstash : assignFields;
    return (match, target) => assign(plans, numbers, match, target);
  }
}

function codeOf(plans: readonly FieldPlan[], numbers: readonly (readonly number[])[], dialect: GrokDialect): string {
  const isLogstash = dialect === 'logstash';
  const values: string[] = [];
  const stores: string[] = [];
  const parents = new Map<string, number>();
  plans.forEach((plan, i) => {
    const groups = numbers[i]!;
    const v = `v${i}`;
    if (groups.length !== 1) {
      values.push(`const ${v} = list(match, ${i}); if (typeof ${v} === 'symbol') return ${v}.description;`);
    } else if (plan.conversions[0] === undefined) {
      values.push(`const ${v} = match[${groups[0]}];`);
    } else {
      values.push(
        `let ${v} = match[${groups[0]}]; if (${v} !== undefined) { ${v} = conversions[${i}](${v}); if (${v} === undefined) return reasons[${i}]; }`,
      );
    }
    const isEmptyNothing = isLogstash && groups.length === 1 && plan.conversions[0] === undefined;
    const isThere = isEmptyNothing ? `${v} !== undefined && ${v} !== ''` : `${v} !== undefined`;
    stores.push(`if (${isThere}) ${storeOf(plan, v, parents, isLogstash)}`);
  });
  const declared = [...parents.values()].map(p => `let p${p};`).join(' ');
  return `'use strict'; return (match, target) => {\n${values.join('\n')}\n${declared}\n${stores.join('\n')}\n};`;
}

/** The object that a nested field is in is looked up once for all of its fields. */
function storeOf(plan: FieldPlan, value: string, parents: Map<string, number>, isLogstash: boolean): string {
  const { path } = plan;
  const key = quoted(path.at(-1)!);
  if (path.length === 1) return `target[${key}] = ${value};`;
  const above = JSON.stringify(path.slice(0, -1));
  const number = parents.get(above) ?? parents.size;
  parents.set(above, number);
  const p = `p${number}`;
  const steps = path.slice(0, -1).reduce((object, name) => `inner(${object}, ${quoted(name)})`, 'target');
  const otherwise = isLogstash
    ? `target[${quoted(plan.name)}] = ${value}`
    : `return ${quoted(`cannot set [${plan.name}]: something on its way is not an object`)}`;
  return `{ if (${p} === undefined) ${p} = ${steps}; if (${p} === null) ${otherwise}; else ${p}[${key}] = ${value}; }`;
}

/** The object in an object, made when it is not there; null when something else is there. */
function inner(fields: Fields | null, key: string): Fields | null {
  if (fields === null) return null;
  const present = Object.hasOwn(fields, key) ? fields[key] : undefined;
  if (present === undefined || present === null) {
    const made = newFields();
    fields[key] = made;
    return made;
  }
  return isFields(present) ? present : null;
}

/** JSON's texts are JavaScript's. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
