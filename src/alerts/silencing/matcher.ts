import { BoundedRegExp, TooSlow } from '../../base/regexp/bounded-regexp.ts';
import { MAX_CODE_POINT } from '../../base/regexp/char-set.ts';
import { readJava } from '../../base/regexp/read-java.ts';
import type { RegexpNode } from '../../base/regexp/tree.ts';
import { writeV8 } from '../../base/regexp/write-v8.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';

/** Names and values that an alert is known by. */
export type Labels = Readonly<Record<string, string>>;

/** One condition on a label, as Alertmanager has it. Plain JSON. A label that is not there has the value ``. */
export interface Matcher {
  readonly name: string;
  readonly value: string;
  /** The value is an expression that has to hold for the whole label. */
  readonly isRegex: boolean;
  /** False: `!=` or `!~`. */
  readonly isEqual: boolean;
}

export type LabelPredicate = (labels: Labels) => boolean;

export type MatcherOperator = '=' | '!=' | '=~' | '!~';

const MAX_EXPRESSION_CHARS = 4096;

/** @throws LongshoreError LS_ALERTS_MATCHER when its expression cannot be read. */
export function compileMatcher({ name, value, isRegex, isEqual }: Matcher): LabelPredicate {
  const holds = isRegex ? wholeText(value) : (label: string): boolean => label === value;
  return labels => holds(Object.hasOwn(labels, name) ? labels[name]! : '') === isEqual;
}

/** All of them have to hold. @throws LongshoreError LS_ALERTS_MATCHER */
export function compileMatchers(matchers: readonly Matcher[]): LabelPredicate {
  const predicates = matchers.map(compileMatcher);
  return labels => predicates.every(holds => holds(labels));
}

export function operatorOf({ isRegex, isEqual }: Pick<Matcher, 'isRegex' | 'isEqual'>): MatcherOperator {
  if (isRegex) return isEqual ? '=~' : '!~';
  return isEqual ? '=' : '!=';
}

/** `service="api"`: reads back as the same matcher. */
export function matcherText(matcher: Matcher): string {
  const { name, value } = matcher;
  const shown = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : quoted(name);
  return `${shown}${operatorOf(matcher)}${quoted(value)}`;
}

/** `{service="api",level=~"E.*"}`. */
export function matchersText(matchers: readonly Matcher[]): string {
  return `{${matchers.map(matcherText).join(',')}}`;
}

export function sameMatchers(a: readonly Matcher[], b: readonly Matcher[]): boolean {
  return matchersText(a) === matchersText(b);
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"\n]/g, char => (char === '\n' ? '\\n' : `\\${char}`))}"`;
}

/** The texts that an expression is a choice of, where it is nothing but that (`api|web`). */
export function plainChoices(source: string): ReadonlySet<string> | undefined {
  return PLAIN_CHOICE.test(source) ? new Set(source.split('|')) : undefined;
}

const PLAIN_CHOICE = /^[\w:/ -]*(?:\|[\w:/ -]*)*$/;

/** RE2's syntax, as far as Java's is the same; what only an engine that backtracks can do is refused, as RE2 does. */
function wholeText(source: string): (text: string) => boolean {
  const choices = source.length > MAX_EXPRESSION_CHARS ? undefined : plainChoices(source);
  if (choices !== undefined) return text => choices.has(text);
  const expression = expressionOf(source);
  return text => {
    try {
      return expression.test(text);
    } catch (error) {
      if (error instanceof TooSlow) return false;
      throw error;
    }
  };
}

function expressionOf(source: string): BoundedRegExp {
  return readRe2(`\\A(?:${source})\\z`, source);
}

/** An expression of RE2, for any part of a text. `shown`: how messages quote it. @throws LongshoreError LS_ALERTS_MATCHER */
export function readRe2(source: string, shown = source): BoundedRegExp {
  try {
    if (shown.length > MAX_EXPRESSION_CHARS) throw new Error(`it is longer than ${MAX_EXPRESSION_CHARS} characters`);
    const { tree, groups, names } = readJava(inJava(source), 'u');
    const foreign = foreignTo(tree);
    if (foreign !== undefined) throw new Error(`${foreign} cannot be used in a matcher`);
    const written = writeV8(tree, { max: MAX_CODE_POINT, newlines: true });
    const groupOf = Array.from({ length: groups + 1 }, (_, group) => written.groupOf.get(group) ?? 0);
    return new BoundedRegExp(tree, written, { groupOf, names });
  } catch (cause) {
    throw new LongshoreError(
      'LS_ALERTS_MATCHER',
      `the regular expression ${JSON.stringify(shown.slice(0, 200))} cannot be read: ${messageOf(cause)}.`,
      { cause },
    );
  }
}

/** Names of groups, `[:alpha:]`, and `$`, which in Java also holds before a line end. */
const inJava = (source: string): string =>
  source
    .replaceAll('(?P<', '(?<')
    .replace(/\[:(\^?)([a-z]+):\]/g, (_, not: string, name: string) => {
      const capital = name.slice(0, name === 'xdigit' ? 2 : 1).toUpperCase();
      return `\\${not === '' ? 'p' : 'P'}{${capital}${name.slice(capital.length)}}`;
    })
    .replace(/\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\$/gs, part => (part === '$' ? '\\z' : part));

function foreignTo(node: RegexpNode): string | undefined {
  if (node.kind === 'look') return 'looking ahead or behind';
  if (node.kind === 'reference') return 'a reference to a group';
  if (node.kind === 'atomic') return 'a possessive or atomic group';
  const inner = 'items' in node ? node.items : 'body' in node ? [node.body] : [];
  for (const one of inner) {
    const found = foreignTo(one);
    if (found !== undefined) return found;
  }
  return undefined;
}
