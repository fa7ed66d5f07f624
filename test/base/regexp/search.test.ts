import { describe, expect, test } from 'vitest';
import { requiredLiterals } from '../../../src/base/regexp/literals.ts';
import { Refuter } from '../../../src/base/regexp/refuter.ts';
import { Search } from '../../../src/base/regexp/search.ts';
import { simplify } from '../../../src/base/regexp/simplify.ts';
import { type TextKind, writeAlways } from '../../../src/base/regexp/write-v8.ts';
import { parsePattern } from '../../../src/parse/grok/parse-pattern.ts';
import { seeded } from '../../support/chance.ts';

const KIND: TextKind = { max: 0xff, newlines: true };

interface Found {
  index: number;
  all: string;
  groups: (string | undefined)[];
}

/** What V8 finds without any of our help. */
function plainly(pattern: string, names: string[]): (text: string) => Found | undefined {
  const { tree, ids } = parsePattern(pattern, names, false);
  const { source, flags, groups, groupOf } = writeAlways(tree, KIND);
  const expression = new RegExp(source, flags);
  return text => {
    const match = expression.exec(text)!;
    return match[groups + 1] === undefined ? found(match, ids, groupOf) : undefined;
  };
}

function found(match: RegExpExecArray, ids: number[], groupOf: ReadonlyMap<number, number>): Found {
  return { index: match.index, all: match[0], groups: ids.map(id => match[groupOf.get(id)!]) };
}

const { next, pick } = chanceOf(20_261_130);

function chanceOf(seed: number) {
  const random = seeded(seed);
  const next = (limit: number): number => Math.floor(random() * limit);
  return { next, pick: <T>(list: readonly T[]): T => list[next(list.length)]! };
}

/** A pattern over the letters of the texts; `names` gets its groups. */
function pattern(depth: number, names: string[]): string {
  const piece = (): string => {
    switch (next(depth > 0 ? 12 : 4)) {
      case 0:
      case 1:
        return pick(['a', 'b', 'ab', ':', ' ', '] ', '-']);
      case 2:
        return pick(['[ab]', '[^a]', '\\w', '.', '\\S', '[^:]']);
      case 3:
        return `${pick(['a', '\\w', '.', '[^ ]'])}${pick(['*', '+', '?', '*?', '+?', '{2}', '{1,2}'])}`;
      case 4:
        return pick(['^', '$', '\\b', '(?=a)', '(?!b)', '(?<=:)', '(?<!a)', '\\A', '\\z']);
      case 5: {
        names.push(`g${names.length}`);
        return `(?<g${names.length - 1}>${pattern(depth - 1, names)})`;
      }
      case 6:
        return `(?:${pattern(depth - 1, [])}|${pattern(depth - 1, [])})`;
      case 7:
        return `(?:${pattern(depth - 1, [])})${pick(['*', '+', '?', '*?'])}`;
      case 8:
        return `(?>${pattern(depth - 1, [])})`;
      case 9:
        return `(?:${pick(['[ab]', '\\w'])}|${pick([':-', '-.', ': ?'])})${pick(['*', '+'])}`;
      default:
        return pattern(depth - 1, names);
    }
  };
  return Array.from({ length: 1 + next(4) }, piece).join('');
}

const text = (): string =>
  Array.from({ length: next(14) }, () => pick(['a', 'b', 'ab', ':', ' ', '] ', '-', '\n'])).join('');

test('what is found is what V8 finds in the pattern as it is written', () => {
  let matches = 0;
  let misses = 0;
  for (let i = 0; i < 1500; i++) {
    const names: string[] = [];
    // Groups within loops and alternatives are left out: JavaScript keeps their captures otherwise.
    const source = pattern(3, names).replace(/\(\?<g(\d+)>/g, (group, n) => (names.includes(`g${n}`) ? group : '(?:'));
    const wanted = [...source.matchAll(/\(\?<(g\d+)>/g)].map(one => one[1]!);
    const plain = plainly(source, wanted);
    const { tree, ids } = parsePattern(source, wanted, false);
    const simple = simplify(tree);
    const search = new Search(simple, requiredLiterals(simple), KIND, 1000);
    for (let k = 0; k < 12; k++) {
      const line = text();
      const expected = plain(line);
      if (expected === undefined) misses++;
      else matches++;
      const match = search.find(line);
      const got = match === null ? 'given up' : match && found(match, ids, search.written.groupOf);
      expect(got, `${source} on ${JSON.stringify(line)}`).toEqual(expected);
    }
  }
  // Both happen often, so that the comparison means something.
  expect(Math.min(matches, misses)).toBeGreaterThan(3000);
});

describe('a miss is told by what stands around a text', () => {
  const refuter = (source: string) => Refuter.of(simplify(parsePattern(source, [], false).tree), KIND);

  test.for([
    ['\\w+ \\[\\d+\\] "\\w+" \\d+', 'x [1] "y" abc', true, false],
    ['\\w+ \\[\\d+\\] "\\w+" \\d+', '! [1] "y" 5', false, true],
    ['\\w+ \\[\\d+\\] "\\w+" \\d+', 'x [1] "y" 5', false, false],
    // One of the places is right.
    ['\\d+: \\w', '5: - 6: x', false, false],
    ['\\d+: \\w', 'x: - y: x', false, true],
    // What an atomic group keeps, backwards nobody knows.
    ['(?>a+): b', 'aa: b', false, false],
  ] as const)('%s on %s', ([source, line, lacksEnd, lacksStart]) => {
    const one = refuter(source)!;
    expect([one.lacksEnd(line), one.lacksStart(line)]).toEqual([lacksEnd, lacksStart]);
  });

  test.for(['\\w+ \\d+', '(?<q>["\']): \\k<q>', '(?!(?>a|ab)c): x'])('nothing is known of %s', source => {
    expect(refuter(source)).toBeUndefined();
  });
});
