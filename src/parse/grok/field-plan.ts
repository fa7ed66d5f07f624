import { type Fields, isFields, newFields } from '../../core/event.ts';
import { type CaptureType, captureType, convert } from './convert.ts';
import type { NamedGroup } from './expand.ts';

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
  readonly types: readonly CaptureType[];
}

/** One plan for each field of a pattern. Captures count in the order in which their names appear first. */
export function planFields(groups: readonly NamedGroup[]): FieldPlan[] {
  const names = [...new Set(groups.map(group => group.name))];
  const plans = new Map<string, { path: string[]; groups: number[]; types: CaptureType[] }>();
  for (const name of names) {
    const [pattern, field, type] = name.split(':');
    const path = fieldPath(field ?? pattern ?? name);
    if (path.length === 0) continue;
    const key = JSON.stringify(path);
    const plan = plans.get(key) ?? { path, groups: [], types: [] };
    plans.set(key, plan);
    groups.forEach((group, index) => {
      if (group.name !== name) return;
      plan.groups.push(index);
      plan.types.push(captureType(type));
    });
  }
  return [...plans.values()].map(plan => ({ ...plan, name: plan.path.join('.'), key: plan.path[0]! }));
}

/** `[http][request]` and `http.request` are both a field in an object; anything else is one key. */
export function fieldPath(name: string): string[] {
  if (name === '') return [];
  if (/^(?:\[[^[\]]+\])+$/.test(name)) return name.slice(1, -1).split('][');
  const keys = name.split('.');
  return keys.includes('') ? [name] : keys;
}

/**
 * Sets the fields of a match. A field of the target is replaced; a field that was captured more than once becomes an
 * array when its first value is text, else keeps the first value. Empty captures are nothing, unless they have a type.
 */
export function assignFields(
  plans: readonly FieldPlan[],
  numbers: readonly (readonly number[])[],
  match: readonly (string | undefined)[],
  target: Fields,
): void {
  for (let i = 0; i < plans.length; i++) {
    const plan = plans[i]!;
    const groups = numbers[i]!;
    let value: unknown;
    if (groups.length === 1) {
      const text = match[groups[0]!];
      if (text === undefined) continue;
      const type = plan.types[0]!;
      if (type === 'text') {
        if (text === '') continue;
        value = text;
      } else value = convert(text, type);
    } else {
      value = collect(plan, groups, match);
      if (value === undefined) continue;
    }
    if (plan.path.length === 1) target[plan.key] = value;
    else setAt(target, plan, value);
  }
}

function collect(plan: FieldPlan, groups: readonly number[], match: readonly (string | undefined)[]): unknown {
  let value: unknown;
  for (let i = 0; i < groups.length; i++) {
    const text = match[groups[i]!];
    const type = plan.types[i]!;
    if (text === undefined || (text === '' && type === 'text')) continue;
    const next = convert(text, type);
    if (value === undefined) value = next;
    else if (typeof value === 'string') value = [value, next];
    else if (Array.isArray(value)) value.push(next);
  }
  return value;
}

/** Where something that is not an object is in the way, it stays, and the field goes under its whole name beside it. */
function setAt(target: Fields, plan: FieldPlan, value: unknown): void {
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
    } else {
      target[plan.name] = value;
      return;
    }
  }
  fields[path[last]!] = value;
}
