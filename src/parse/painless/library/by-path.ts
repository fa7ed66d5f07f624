import { ScriptFailure } from '../failure.ts';
import { fromDocument } from '../values.ts';
import { isMap, mapGet } from './maps.ts';

/** `getByPath`: `a.b.0`; what is not there is `otherwise[0]`, or a failure without it. */
export function byPath(self: unknown, path: string, otherwise?: readonly [unknown]): unknown {
  let value = self;
  for (const key of path.split('.')) {
    let next: unknown;
    if (Array.isArray(value)) next = nextOfList(value, key);
    else if (isMap(value)) next = mapGet(value, key);
    if (next === undefined) {
      if (otherwise !== undefined) return otherwise[0];
      throw new ScriptFailure('IllegalArgumentException', `Could not find value at path [${path}]`);
    }
    value = next;
  }
  return value;
}

function nextOfList(list: unknown[], key: string): unknown {
  if (!/^\d+$/.test(key))
    throw new ScriptFailure('IllegalArgumentException', `Could not parse [${key}] as a int index into list`);
  const item = list[Number(key)];
  return item === undefined ? undefined : fromDocument(item);
}
