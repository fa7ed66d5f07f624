import { nearest } from '../../base/text/did-you-mean.ts';
import type { QueryNode, StoredEvent } from '../../core/contracts.ts';
import { aliasNames } from '../../core/schema/aliases.ts';
import { DECLARED_FIELDS } from '../../core/schema/fields.ts';
import { networkOf } from './addresses.ts';
import { canonicalField, kindOf, storedField } from './fields.ts';
import { habitsOf } from './habits.ts';
import { compilePredicate } from './predicate.ts';

/*
 * What a search tells beside its hits: names that no event has, and habits of other query languages that mean something
 * else here. Hints never change what is found.
 */

export interface Searched {
  /** The query as it was typed. */
  readonly text: string;
  readonly query: QueryNode;
  readonly total: number;
  readonly hits: readonly StoredEvent[];
  /** Names of the fields that events have; undefined when they are not known. */
  readonly names: readonly string[] | undefined;
}

const MAX_HINTS = 5;

export function hintsFor(searched: Searched): string[] {
  const foreign = foreignSyntax(searched);
  return [...new Set([...foreign, ...unknownFields(searched), ...inVain(searched)])].slice(0, MAX_HINTS);
}

/** True if the names of fields are worth asking for. */
export function needsNames(text: string, query: QueryNode): boolean {
  return text.includes('=') || namedFields(query).some(isUndeclared);
}

/** Undeclared fields that the query names. */
function namedFields(query: QueryNode): string[] {
  const found = new Set<string>();
  const visit = (node: QueryNode): void => {
    if (node.type === 'and' || node.type === 'or') node.nodes.forEach(visit);
    else if (node.type === 'not') visit(node.node);
    else if ('field' in node && node.field !== undefined) found.add(canonicalField(node.field));
  };
  visit(query);
  return [...found];
}

const isUndeclared = (name: string): boolean => kindOf(storedField(name)) === 'dynamic' && !isObjectField(name);
const isObjectField = (name: string): boolean => Object.hasOwn(DECLARED_FIELDS, name);

/** Deeper paths are not listed by the store. */
const MAX_LISTED_PARTS = 5;
/** So long a list may be cut. */
const MAX_NAMES = 5_000;

function unknownFields({ query, hits, names }: Searched): string[] {
  if (names === undefined || names.length === 0 || names.length >= MAX_NAMES) return [];
  const known = new Set(names);
  return namedFields(query)
    .filter(isUndeclared)
    .filter(field => !isKnown(field, known) && !isKnown(storedField(field), known))
    .slice(0, 2 * MAX_HINTS)
    .filter(field => !hits.some(compilePredicate({ type: 'exists', field }, 0)))
    .slice(0, MAX_HINTS)
    .map(field => {
      const near = nearName(field, names);
      return `No event is known to have the field ${shown(field)}.${near === undefined ? '' : ` Did you mean ${shown(near)}?`}`;
    });
}

function isKnown(field: string, known: ReadonlySet<string>): boolean {
  if (known.has(field) || field.split('.').length > MAX_LISTED_PARTS) return true;
  for (const name of known) if (name.startsWith(`${field}.`)) return true;
  return false;
}

function nearName(field: string, names: readonly string[]): string | undefined {
  const sameLetters = names.find(name => name.toLowerCase() === field.toLowerCase());
  const longer = sameLetters ?? names.find(name => name.endsWith(`.${field}`));
  // Of short names, almost any other is near.
  return longer ?? (field.length < 4 ? undefined : (nearest(field, names) ?? nearest(field, aliasNames())));
}

function shown(name: string): string {
  const short = name.length > 100 ? `${name.slice(0, 100)}...` : name;
  return short.replace(/[\p{Cc}\p{Cf}]/gu, '?');
}

const SELECTOR = /^\s*\{([^{}]*)\}/;
const MATCHER = /([A-Za-z_][\w.]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|`[^`]*`)/g;
const COMPARISON = /(?<![^\s(,])([A-Za-z_@][\w.@-]*)\s*(==|=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|[^\s"()=~]+)/g;

/** Signs of LogQL, SQL and Splunk. */
function foreignSyntax({ text, total, names = [] }: Searched): string[] {
  const hints: string[] = [];
  const selector = SELECTOR.exec(text)?.[1];
  const matchers = selector === undefined ? [] : [...selector.matchAll(MATCHER)];
  if (matchers.length > 0) {
    const written = matchers.map(([, name, sign, value]) => inOurs(name!, sign!, value!)).join(' AND ');
    hints.push(`{...} is a selector of LogQL. Write ${shown(written)}`);
  } else {
    for (const [, name, sign, value] of withoutPhrases(text).matchAll(COMPARISON)) {
      const isDeclared = !isUndeclared(name!);
      // In a text such as key=value it is a plain character: only where nothing else was found is it a mistake.
      if (!isDeclared && (total > 0 || !names.includes(name!))) continue;
      hints.push(`${sign} does not compare here. Write ${shown(inOurs(name!, sign!, value!))}`);
    }
  }
  if (/(?:^|[\s}])\|(?:[=~]|\s|$)/.test(withoutPhrases(text))) {
    hints.push('There is no | here: what follows it is looked for as text. Join conditions with AND.');
  }
  return hints;
}

/** What stands in quotes is text, unless it is the value of a comparison. */
function withoutPhrases(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"/g, (phrase, at: number) =>
    /[=~]\s?$/.test(text.slice(Math.max(0, at - 2), at)) ? phrase : '""',
  );
}

function inOurs(name: string, sign: string, value: string): string {
  const bare = /^["`](.*)["`]$/s.exec(value)?.[1] ?? value;
  const written = sign.endsWith('~') ? `/${bare}/` : /^[\w.@*-]+$/.test(bare) ? bare : `"${bare}"`;
  return `${sign.startsWith('!') ? 'NOT ' : ''}${name}:${written}`;
}

/** What is worth saying when nothing was found. */
function inVain({ text, query, total }: Searched): string[] {
  if (total > 0) return [];
  const hints = habitsOf(withoutPhrases(text), text, query);
  const network = /(?:^|[\s:("])(\d+(?:\.\d+){1,3}\/\d+)(?=$|[\s)"])/.exec(text)?.[1];
  if (network !== undefined && networkOf(network) === undefined) {
    hints.push(`${shown(network)} is not a network, such as 10.0.0.0/8.`);
  }
  if (/\\[A-Za-z0-9]/.test(text.replace(/(?:^|[\s(:])\/.*\/|\\\\/g, ''))) {
    hints.push('A backslash takes the next character as it is. Write \\\\ for a backslash.');
  }
  if (hasBareValue(query)) {
    hints.push(
      'A word without a field is looked for in message and the other declared fields. For others write field:word',
    );
  }
  return hints;
}

/** Something without a field that looks like the value of one: an address, an id, a path. */
function hasBareValue(node: QueryNode): boolean {
  if (node.type === 'and' || node.type === 'or') return node.nodes.some(hasBareValue);
  return node.type === 'match' && node.field === undefined && /\w[@./_-]\w|\d/.test(String(node.value));
}
