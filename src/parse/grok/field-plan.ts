import { type Fields, isFields, newFields } from '../../core/event.ts';
import { type Conversion, conversionOf } from './convert.ts';
import type { GrokDialect, NamedGroup } from './expand.ts';

/** Where one field's value comes from and goes to. */
export interface FieldPlan {
  /** The field as a path with dots, for people. */
  readonly name: string;
  /** One key a level. */
  readonly path: readonly string[];
  /** The only key, or the first. */
  readonly key: string;
  /** Captures (positions in the list of groups) in the order in which they count. */
  readonly groups: readonly number[];
  readonly conversions: readonly (Conversion | undefined)[];
  /** Their words, for people. */
  readonly types: readonly string[];
  /** Of several captures only the first counts, and is no list. */
  readonly takesFirst: boolean;
}

/** One plan for each field of a pattern. Captures count in the order in which their names appear first. */
export function planFields(groups: readonly NamedGroup[], dialect: GrokDialect, takesFirst = false): FieldPlan[] {
  const names = [...new Set(groups.map(group => group.name))];
  const plans = new Map<
    string,
    { path: string[]; groups: number[]; conversions: (Conversion | undefined)[]; types: string[] }
  >();
  for (const name of names) {
    const parts = name.split(':');
    const [pattern, field] = parts;
    const type = dialect === 'logstash' || parts.length === 3 ? parts[2] : undefined;
    const path = fieldPath(field ?? pattern ?? name, dialect);
    if (path.length === 0) continue;
    const key = JSON.stringify(path);
    const plan = plans.get(key) ?? { path, groups: [], conversions: [], types: [] };
    plans.set(key, plan);
    groups.forEach((group, index) => {
      if (group.name !== name) return;
      plan.groups.push(index);
      plan.conversions.push(conversionOf(type, dialect));
      plan.types.push(type ?? '');
    });
  }
  return [...plans.values()].map(plan => ({ ...plan, name: plan.path.join('.'), key: plan.path[0]!, takesFirst }));
}

/** `http.request.method` is a field in an object, for Logstash `[http][request][method]` as well; anything else is one key. */
export function fieldPath(name: string, dialect: GrokDialect): string[] {
  if (name === '') return [];
  if (dialect === 'logstash' && /^(?:\[[^[\]]+\])+$/.test(name)) return name.slice(1, -1).split('][');
  const keys = name.split('.');
  return keys.includes('') ? [name] : keys;
}

/**
 * Sets the fields of a match as Elasticsearch does: an empty capture is a text like any other, captures of one field are a
 * list when there are several. Answers why not when a value does not convert (then nothing is set), or when something that is
 * no object is in the way.
 */
export function assignFields(
  plans: readonly FieldPlan[],
  numbers: readonly (readonly number[])[],
  match: readonly (string | undefined)[],
  target: Fields,
): string | undefined {
  const { length } = plans;
  for (let i = 0; i < length; i++) {
    const plan = plans[i]!;
    const groups = numbers[i]!;
    let value: unknown;
    if (groups.length === 1) {
      value = match[groups[0]!];
      const conversion = plan.conversions[0];
      if (conversion !== undefined && value !== undefined) {
        value = conversion(value as string);
        if (value === undefined) return notConverted(plan, 0);
      }
    } else {
      value = collect(plan, groups, match);
      if (typeof value === 'symbol') return value.description;
    }
    values[i] = value;
  }
  for (let i = 0; i < length; i++) {
    const value = values[i];
    if (value === undefined) continue;
    const plan = plans[i]!;
    if (plan.path.length === 1) target[plan.key] = value;
    else if (!setAt(target, plan, value)) return `cannot set [${plan.name}]: something on its way is not an object`;
  }
  return undefined;
}

/** The values of the match that is being assigned. */
const values: unknown[] = [];

export function notConverted(plan: FieldPlan, capture: number): string {
  return `what was captured for [${plan.name}] is not of the type ${plan.types[capture]}`;
}

/** The value of a field with several captures; a symbol that says why when one does not convert. */
export function collect(plan: FieldPlan, groups: readonly number[], match: readonly (string | undefined)[]): unknown {
  let value: unknown;
  for (let i = 0; i < groups.length; i++) {
    const text = match[groups[i]!];
    if (text === undefined) continue;
    const conversion = plan.conversions[i];
    const next = conversion === undefined ? text : conversion(text);
    if (next === undefined) return Symbol(notConverted(plan, i));
    if (plan.takesFirst) return next;
    if (value === undefined) value = next;
    else if (Array.isArray(value)) value.push(next);
    else value = [value, next];
  }
  return value;
}

/**
 * Sets the fields of a match as Logstash does. A field of the target is replaced; a field that was captured more than once
 * becomes an array when its first value is text, else keeps the first value. Empty captures are nothing, unless they have a
 * type. Where something that is not an object is in the way, it stays, and the field goes under its whole name beside it.
 */
export function assignFieldsOfLogstash(
  plans: readonly FieldPlan[],
  numbers: readonly (readonly number[])[],
  match: readonly (string | undefined)[],
  target: Fields,
): undefined {
  for (let i = 0; i < plans.length; i++) {
    const plan = plans[i]!;
    const groups = numbers[i]!;
    let value: unknown;
    if (groups.length === 1) {
      const text = match[groups[0]!];
      if (text === undefined) continue;
      const conversion = plan.conversions[0];
      if (conversion === undefined) {
        if (text === '') continue;
        value = text;
      } else value = conversion(text);
    } else {
      value = collectOfLogstash(plan, groups, match);
      if (value === undefined) continue;
    }
    if (plan.path.length === 1) target[plan.key] = value;
    else if (!setAt(target, plan, value)) target[plan.name] = value;
  }
}

export function collectOfLogstash(
  plan: FieldPlan,
  groups: readonly number[],
  match: readonly (string | undefined)[],
): unknown {
  let value: unknown;
  for (let i = 0; i < groups.length; i++) {
    const text = match[groups[i]!];
    const conversion = plan.conversions[i];
    if (text === undefined || (text === '' && conversion === undefined)) continue;
    const next = conversion === undefined ? text : conversion(text);
    if (plan.takesFirst) return next;
    if (value === undefined) value = next;
    else if (typeof value === 'string') value = [value, next];
    else if (Array.isArray(value)) value.push(next);
  }
  return value;
}

/** False when something on the way is not an object. */
function setAt(target: Fields, plan: FieldPlan, value: unknown): boolean {
  const { path } = plan;
  const last = path.length - 1;
  let fields = target;
  for (let i = 0; i < last; i++) {
    const key = path[i]!;
    const inner = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (inner === undefined || inner === null) {
      const made = newFields();
      fields[key] = made;
      fields = made;
    } else if (isFields(inner)) {
      fields = inner;
    } else return false;
  }
  fields[path[last]!] = value;
  return true;
}
