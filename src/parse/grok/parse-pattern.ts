import {
  type AlternativeNode,
  type CharacterClassElementNode,
  type CharacterSetNode,
  type Node as Parsed,
  parse,
} from 'oniguruma-parser/parser';
import {
  ANY,
  type CharSet,
  DIGIT,
  foldCase,
  HEX,
  intersect,
  NEWLINE,
  negate,
  SPACE,
  union,
  VERTICAL,
  WORD,
} from '../../base/regexp/char-set.ts';
import { posixSet, propertySet } from '../../base/regexp/classes.ts';
import { isOptionalForNothing } from '../../base/regexp/first.ts';
import {
  type AssertionKind,
  assertion,
  chars,
  choice,
  EMPTY,
  loop,
  optional,
  plain,
  type RegexpNode,
  sequence,
} from '../../base/regexp/tree.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';

/** Flags in force at one place: `(?i)` and `(?m)`. */
interface Flags {
  readonly ignoreCase: boolean;
  readonly dotAll: boolean;
}

/** What the builder needs to know beside the node it is at. */
interface Scope {
  /** Captures that a field or a reference reads; others become plain groups. */
  readonly wanted: ReadonlySet<number>;
  readonly groups: ReadonlyMap<string | number, readonly Parsed[]>;
  /** Groups being inlined for `\g<name>`: a group in its own body is recursion. */
  readonly open: readonly Parsed[];
  /** Captures that have taken part for sure when the place is reached. */
  readonly set: Set<number>;
}

/**
 * Parses a pattern of Oniguruma syntax, Ruby's flavour: `\w \d \s` ASCII, `^ $` at each line. `dotAll`: `.` matches a newline
 * without `(?m)`, too. `fields` are the names whose captures are read, `g0`, `g1`, ...; the result tells the group number of each.
 */
export function parsePattern(
  source: string,
  fields: readonly string[],
  dotAll: boolean,
): { tree: RegexpNode; ids: number[] } {
  let root: ReturnType<typeof parse>;
  try {
    root = parse(source, {
      flags: dotAll ? 'm' : '',
      normalizeUnknownPropertyNames: true,
      skipPropertyNameValidation: true,
      skipLookbehindValidation: true,
    });
  } catch (error) {
    throw new LongshoreError('LS_GROK_SYNTAX', messageOf(error), { cause: error });
  }
  const groups = new Map<string | number, Parsed[]>();
  const referenced: (string | number)[] = [];
  survey(root, groups, referenced);
  const ids = fields.map(name => numberOf(groups.get(name)?.[0]));
  const wanted = new Set([...ids, ...referenced.flatMap(ref => (groups.get(ref) ?? []).map(numberOf))]);
  const scope: Scope = { wanted, groups, open: [], set: new Set() };
  return { tree: alternatives(root.body, { ignoreCase: false, dotAll }, scope), ids };
}

/** `a(?i)b|c` means `a(?i:b|c)`: a flag directive swallows the alternatives after it. */
function alternatives(list: readonly AlternativeNode[], flags: Flags, scope: Scope): RegexpNode {
  const built: RegexpNode[] = [];
  const before = new Set(scope.set);
  const sets: Set<number>[] = [];
  for (let i = 0; i < list.length; i++) {
    const inner: Scope = { ...scope, set: new Set(before) };
    const body = list[i]!.body;
    const at = body.findIndex(item => item.type === 'Directive' && item.kind === 'flags');
    if (at >= 0) {
      const directive = body[at]!;
      const head = body.slice(0, at).map(item => convert(item, flags, inner));
      const rest = [{ type: 'Alternative' as const, body: body.slice(at + 1) }, ...list.slice(i + 1)];
      const changed = directive.type === 'Directive' ? withFlags(flags, directive.flags) : flags;
      built.push(sequence([...head, alternatives(rest, changed, inner)]));
      sets.push(inner.set);
      break;
    }
    built.push(sequence(body.map(item => convert(item, flags, inner))));
    sets.push(inner.set);
  }
  for (const id of sets[0] ?? []) if (sets.every(set => set.has(id))) scope.set.add(id);
  return built.length === 0 ? EMPTY : choice(built);
}

function convert(node: Parsed, flags: Flags, scope: Scope): RegexpNode {
  switch (node.type) {
    case 'Character':
      return chars(withCase([node.value, node.value], flags));
    case 'CharacterSet':
      return characterSet(node, flags);
    case 'CharacterClass':
      return chars(classSet(node, flags));
    case 'Group': {
      const body = alternatives(node.body, withFlags(flags, node.flags), scope);
      return node.atomic === true ? { kind: 'atomic', body } : body;
    }
    case 'CapturingGroup': {
      const body = alternatives(node.body, flags, scope);
      if (!scope.wanted.has(node.number)) return body;
      scope.set.add(node.number);
      return { kind: 'capture', id: node.number, body };
    }
    case 'LookaroundAssertion': {
      const body = alternatives(node.body, flags, { ...scope, set: new Set(scope.set) });
      return { kind: 'look', behind: node.kind === 'lookbehind', negate: node.negate, body };
    }
    case 'Quantifier': {
      const body = convert(node.body, flags, node.min === 0 ? { ...scope, set: new Set(scope.set) } : scope);
      // `{n}?` is "n times or not at all", greedy.
      if (node.kind === 'lazy' && node.min === node.max) {
        return optional(loop(body, node.min, node.max));
      }
      const written = loop(body, node.min, node.max, node.kind === 'lazy');
      const built = isOptionalForNothing(written) ? body : written;
      return node.kind === 'possessive' ? { kind: 'atomic', body: built } : built;
    }
    case 'Assertion':
      if (node.kind === 'text_segment_boundary') throw unsupported('\\y');
      return assertion(assertionKind(node.kind, node.negate === true));
    case 'Backreference': {
      const ids = (scope.groups.get(node.ref) ?? []).map(numberOf).reverse();
      if (ids.length === 0)
        throw new LongshoreError('LS_GROK_SYNTAX', `the pattern refers to a group ${node.ref} that it does not have.`);
      return { kind: 'reference', ids, certain: ids.length === 1 && scope.set.has(ids[0]!) };
    }
    case 'Subroutine':
      return subroutine(node.ref, flags, scope);
    case 'AbsenceFunction': {
      const ahead = (negated: boolean): RegexpNode => ({
        kind: 'look',
        behind: false,
        negate: negated,
        body: alternatives(node.body, flags, scope),
      });
      const free = loop(sequence([ahead(true), chars(ANY)]), 0, Number.POSITIVE_INFINITY);
      // What is absent may begin, and not end: of plain characters all but the last can follow.
      const [only] = node.body;
      const isPlain = node.body.length === 1 && only!.body.every(part => part.type === 'Character');
      if (!isPlain || only!.body.length < 2) return free;
      return sequence([free, optional(sequence([ahead(false), loop(chars(ANY), 0, only!.body.length - 1)]))]);
    }
    case 'Directive':
      // `\K` moves the start of the match, which no field shows.
      return EMPTY;
    default:
      throw unsupported(node.type);
  }
}

function characterSet(node: CharacterSetNode, flags: Flags): RegexpNode {
  if (node.kind === 'dot' && !flags.dotAll) return chars(negate(NEWLINE));
  if (node.kind === 'newline' && node.negate !== true) {
    return { kind: 'atomic', body: choice([plain('\r\n'), chars(VERTICAL)]) };
  }
  if (node.kind === 'text_segment') {
    const marks = loop(chars(propertySet('M')!), 0, Number.POSITIVE_INFINITY);
    return { kind: 'atomic', body: sequence([chars(ANY), marks]) };
  }
  return chars(simpleSet(node));
}

function simpleSet(node: CharacterSetNode): CharSet {
  const set = positiveSet(node);
  return node.negate === true ? negate(set) : set;
}

function positiveSet(node: CharacterSetNode): CharSet {
  switch (node.kind) {
    case 'dot':
    case 'any':
      return ANY;
    case 'digit':
      return DIGIT;
    case 'hex':
      return HEX;
    case 'word':
      return WORD;
    case 'space':
      return SPACE;
    case 'newline':
      return NEWLINE;
    case 'posix':
    case 'property': {
      const name = node.value ?? '';
      const set = node.kind === 'posix' ? posixSet(name) : propertySet(name);
      if (set === undefined) throw new LongshoreError('LS_GROK_SYNTAX', `there is no character property "${name}".`);
      return set;
    }
    default:
      throw unsupported(node.kind);
  }
}

function classSet(node: CharacterClassElementNode, flags: Flags): CharSet {
  switch (node.type) {
    case 'Character':
      return withCase([node.value, node.value], flags);
    case 'CharacterClassRange':
      return withCase([node.min.value, node.max.value], flags);
    case 'CharacterSet':
      return simpleSet(node);
    default: {
      const parts = node.body.map(part => classSet(part, flags));
      const set = node.kind === 'intersection' ? parts.reduce(intersect, ANY) : union(...parts);
      return node.negate ? negate(set) : set;
    }
  }
}

function withCase(range: CharSet, flags: Flags): CharSet {
  return flags.ignoreCase ? foldCase(range) : range;
}

function assertionKind(kind: string, negated: boolean): AssertionKind {
  switch (kind) {
    case 'line_start':
    case 'line_end':
      return kind;
    case 'string_end':
      return 'text_end';
    case 'string_end_newline':
      return 'text_end_newline';
    case 'word_boundary':
      return negated ? 'not_boundary' : 'boundary';
    default:
      // `\A`, and `\G`: a search begins at the start.
      return 'text_start';
  }
}

/** `\g<name>`: the group's pattern once more. What it captures there is not kept. */
function subroutine(ref: string | number, flags: Flags, scope: Scope): RegexpNode {
  const group = scope.groups.get(ref)?.[0];
  if (group?.type !== 'CapturingGroup')
    throw new LongshoreError('LS_GROK_SYNTAX', `the pattern calls a group ${ref} that it does not have.`);
  if (scope.open.includes(group)) throw unsupported('a group that calls itself');
  return alternatives(group.body, flags, { ...scope, wanted: new Set(), open: [...scope.open, group] });
}

function withFlags(flags: Flags, change: { enable?: object; disable?: object } | undefined): Flags {
  if (change === undefined) return flags;
  const on = { ...change.enable } as Partial<Flags>;
  const off = { ...change.disable } as Partial<Flags>;
  return {
    ignoreCase: on.ignoreCase === true || (flags.ignoreCase && off.ignoreCase !== true),
    dotAll: on.dotAll === true || (flags.dotAll && off.dotAll !== true),
  };
}

/** Collects the groups by name and number, and what refers to them. */
function survey(node: Parsed, groups: Map<string | number, Parsed[]>, referenced: (string | number)[]): void {
  if (node.type === 'CapturingGroup') {
    for (const key of node.name === undefined ? [node.number] : [node.number, node.name]) {
      groups.set(key, [...(groups.get(key) ?? []), node]);
    }
  } else if (node.type === 'Backreference') referenced.push(node.ref);
  if (!('body' in node) || node.body === undefined) return;
  for (const child of Array.isArray(node.body) ? node.body : [node.body]) survey(child, groups, referenced);
}

function numberOf(group: Parsed | undefined): number {
  return group?.type === 'CapturingGroup' ? group.number : -1;
}

function unsupported(what: string): LongshoreError {
  return new LongshoreError('LS_GROK_UNSUPPORTED', `the pattern uses ${what}, which is not supported.`);
}
