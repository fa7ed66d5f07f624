import { nearest } from '../../base/text/did-you-mean.ts';
import type { QueryNode } from '../../core/contracts.ts';
import { LEVELS } from '../../core/event.ts';
import { canonicalField } from './fields.ts';
import { severityOf } from './levels.ts';

/*
 * What people write out of habit (SQL, command lines, other products), found nothing with, and would write here.
 */

const NAME = String.raw`(?<![\w.@:-])([A-Za-z_@][\w.@-]*)`;
const LIST = new RegExp(String.raw`${NAME}\s+in\s*[([]([^()[\]]{1,200})[)\]]`, 'gi');
const COMMAS = new RegExp(String.raw`${NAME}:\s*([\w*-]+(?:,\s*[\w*-]+)+)(?=[\s)]|$)`, 'g');
const DOTS = new RegExp(String.raw`${NAME}:\s*(-?\d+)\.\.(-?\d+)(?=[\s)]|$)`, 'g');
const SINGLE_QUOTES = new RegExp(String.raw`${NAME}:\s*'([^']{1,200})'`, 'g');
const WORDS = new RegExp(String.raw`${NAME}\s+(?:like|contains|matches)\s+["'%*]*([^\s"'%*]+)`, 'gi');

/** Of a query that found nothing: how its habits are written here. `text` is without what stands in quotes. */
export function habitsOf(text: string, typed: string, query: QueryNode): string[] {
  const hints: string[] = [];
  const say = (written: string): number => hints.push(`Write ${written}`);
  for (const [, name, list] of text.matchAll(LIST)) say(`${name}:(${oneOf(list!)})`);
  for (const [, name, list] of text.matchAll(COMMAS)) say(`${name}:(${oneOf(list!)}) for one of them`);
  for (const [, name, from, to] of text.matchAll(DOTS)) say(`${name}:[${from} TO ${to}]`);
  for (const [, name, value] of typed.matchAll(SINGLE_QUOTES)) say(`${name}:"${value}"`);
  for (const [, name, value] of typed.matchAll(WORDS)) say(`${name}:*${value}*`);
  for (const word of wrongLevels(query)) {
    const near = nearest(word, LEVELS);
    hints.push(`A level is ${LEVELS.join(', ')}.${near === undefined ? '' : ` Did you mean ${near}?`}`);
  }
  return hints;
}

const oneOf = (list: string): string =>
  list
    .split(',')
    .map(value => value.trim().replace(/^'(.*)'$/, '$1'))
    .filter(value => value !== '')
    .join(' OR ');

/** Words that the query wants as levels and that are none. */
function wrongLevels(node: QueryNode): string[] {
  if (node.type === 'and' || node.type === 'or') return node.nodes.flatMap(wrongLevels);
  if (node.type !== 'match' || node.field === undefined || canonicalField(node.field) !== 'level') return [];
  const word = String(node.value);
  return severityOf(word) === undefined && /^[A-Za-z]+$/.test(word) ? [word] : [];
}
