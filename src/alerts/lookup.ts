import { type Fields, fieldAt, isFields } from '../core/event.ts';
import { aliasOf, toldBy } from '../core/schema/aliases.ts';

const KEYWORD = '.keyword';

/**
 * The value of a field as rules name it: nested objects and literal dotted keys alike; `x[3]` and `x[0]sub` index a list
 * (one digit); a trailing `.keyword` is dropped when there is no such field; a name under which events arrive finds what
 * became of it (`service.name`: `service`). Undefined if nothing is there.
 */
export function lookup(document: Fields, path: string): unknown {
  const direct = fieldAt(document, path);
  if (direct !== undefined) return direct;
  const alias = aliasOf(path);
  if (alias !== undefined) return toldBy(alias, fieldAt(document, alias.to));
  if (path.endsWith(KEYWORD)) return lookup(document, path.slice(0, -KEYWORD.length));
  const index = /\[(\d)\]/.exec(path);
  if (index === null) return undefined;
  const list = fieldAt(document, path.slice(0, index.index));
  if (!Array.isArray(list)) return undefined;
  const item: unknown = list[Number(index[1])];
  const rest = path.slice(index.index + 3).replace(/^\./, '');
  if (rest === '') return item;
  return isFields(item) ? lookup(item, rest) : undefined;
}
