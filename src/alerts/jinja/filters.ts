import { didYouMean } from '../../base/text/did-you-mean.ts';
import { spend, step, workOn } from './budget.ts';
import type { JinjaFilter } from './filter.ts';
import { TemplateError } from './lexer.ts';
import { LIST_FILTERS } from './list-filters.ts';
import { TEXT_FILTERS } from './text-filters.ts';
import { attributePath, iterate, text, truthy, UNDEFINED } from './values.ts';

const map: JinjaFilter = (value, args, named) => {
  if (!truthy(value)) return [];
  const by = named.get('attribute');
  if (by !== undefined) {
    return iterate(value).map(one => {
      const found = attributePath(one, by);
      return found === UNDEFINED ? (named.get('default') ?? UNDEFINED) : found;
    });
  }
  const name = text(args[0]);
  if (!hasFilter(name)) throw new TemplateError(unknownFilter(name));
  return iterate(value).map(one => applyFilter(name, one, args.slice(1), named));
};

const FILTERS: Record<string, JinjaFilter> = Object.assign(Object.create(null), TEXT_FILTERS, LIST_FILTERS, { map });

export const hasFilter = (name: string): boolean => name in FILTERS;

const LIST = 'https://jinja.palletsprojects.com/en/stable/templates/#builtin-filters';

/** What is wrong with a name that no filter has. */
export function unknownFilter(name: string): string {
  const hint = didYouMean(name, Object.keys(FILTERS));
  return `there is no filter "${name}"; ${hint === undefined ? '' : `${hint.replace('Did', 'did')} `}Jinja's are listed in ${LIST}`;
}

/** Throws TemplateError when the value is none that the filter can work on. */
export function applyFilter(
  name: string,
  value: unknown,
  args: readonly unknown[],
  named: ReadonlyMap<string, unknown>,
): unknown {
  step();
  workOn(value);
  const result = FILTERS[name]!(value, args, named);
  if (typeof result === 'string') spend(result.length - (typeof value === 'string' ? value.length : 0));
  return result;
}
