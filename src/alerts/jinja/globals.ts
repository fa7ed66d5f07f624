import { newFields } from '../../core/event.ts';
import { numberOf } from '../python/types.ts';
import { spend } from './budget.ts';
import { TemplateError } from './lexer.ts';
import { type Callable, isMapping, JinjaScope, Namespace } from './values.ts';

const range: Callable = ({ args }) => {
  const [start, stop, by = 1] = (args.length < 2 ? [0, ...args] : args).map(one => numberOf(one) ?? Number.NaN);
  if (start === undefined || stop === undefined || ![start, stop, by].every(Number.isInteger) || by === 0)
    throw new TemplateError('range() wants whole numbers');
  const length = Math.max(0, Math.ceil((stop - start) / by));
  spend(length);
  return Array.from({ length }, (_, i) => start + i * by);
};

const namespace: Callable = ({ args, named }) => {
  const made = new Namespace();
  for (const from of args)
    if (isMapping(from)) for (const [key, value] of Object.entries(from)) made.values.set(key, value);
  for (const [key, value] of named) made.values.set(key, value);
  return made;
};

const dict: Callable = ({ args, named }) => {
  const made = newFields();
  for (const from of args) if (isMapping(from)) Object.assign(made, from);
  for (const [key, value] of named) made[key] = value;
  return made;
};

/** Functions that every template knows. A field of the alert with such a name wins. */
export const GLOBALS = new JinjaScope(Object.assign(newFields(), { range, namespace, dict }));
