import { isFields } from '../../core/event.ts';
import { aliasOf, toldBy } from '../../core/schema/aliases.ts';
import { attribute, isUndefined, type JinjaScope, UNDEFINED } from './values.ts';

type Expression = (scope: JinjaScope) => unknown;

/**
 * An expression whose path may be one of the names under which events arrive: where there is no such value, it gives the
 * field that the value became. `service.name` and `_data['service.name']` are `service`.
 */
export function renamed(expression: Expression, path: readonly string[]): Expression {
  const alone = aliasOf(path.join('.'));
  const within = path.length > 1 ? aliasOf(path.slice(1).join('.')) : undefined;
  if (alone === undefined && within === undefined) return expression;
  const [root] = path;
  return scope => {
    const value = expression(scope);
    if (!isUndefined(value)) return value;
    if (alone !== undefined) return found(toldBy(alone, scope.get(alone.to)));
    const base = scope.get(root!);
    // Only the whole event is asked, under whatever name the rule gave it.
    if (!isFields(base) || !Object.hasOwn(base, '@timestamp')) return value;
    return found(toldBy(within!, attribute(base, within!.to)));
  };
}

const found = (value: unknown): unknown => (value === undefined ? UNDEFINED : value);
