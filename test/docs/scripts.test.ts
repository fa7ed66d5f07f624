import { describe, expect, test } from 'vitest';
import { isException, isFunction, missingOfJava } from '../../src/cli/pipeline-reference/library.ts';
import { newFields } from '../../src/core/event.ts';
import { parseTypedJson } from '../../src/parse/json-values.ts';
import { findClass, findMethod, javaClasses } from '../../src/parse/painless/library/index.ts';
import { prepare } from '../../src/parse/painless/script.ts';
import { RunState } from '../../src/parse/run-state.ts';
import { shown } from '../parse/painless/script-case.ts';
import { codesOf, readPage } from './manual.ts';

/*
 * The pages of conditions and of the library of scripts: each row with what is written and what it gives is run. Rows are
 * expressions, or statements that return something.
 */
const pages = ['conditions', 'scripts'].map(name => readPage(`docs/reference/${name}.md`));
const rows = pages.flatMap(({ path, tables }) =>
  tables
    .filter(({ head }) => head.at(-1) === 'Gives')
    .flatMap(({ line, rows }) =>
      rows.map(cells => {
        const [written = '', ...rest] = cells.map(cell => codesOf(cell)[0] ?? '');
        return [`${path}:${line}`, written, rest.length === 1 ? '{}' : rest[0]!, rest.at(-1)!] as const;
      }),
    ),
);

describe('what is shown gives what stands beside it', () => {
  test.for(rows)('%s: %s with %s is %s', ([, written, event, gives]) => {
    expect(evaluate(written, event)).toBe(gives);
  });

  test('on both pages', () => {
    expect(new Set(rows.map(([where]) => where.replace(/:\d+$/, ''))).size).toBe(2);
  });
});

test('every class of the library stands on its page once', () => {
  const lines = pages[1]!.text.split('\n');
  const told = lines.flatMap(line => /^### (.+)$/.exec(line)?.[1] ?? []);
  const exceptions = lines.slice(lines.indexOf('## Exceptions')).find(line => line.startsWith('`Error`'))!;
  const others = [...lines.flatMap(line => /^- `(\w+)`: `/.exec(line)?.[1] ?? []), ...codesOf(exceptions)];
  expect([...told, ...others].sort()).toEqual(javaClasses.map(({ name }) => name).sort());
  expect(told.filter(name => isFunction(findClass(name)!) || isException(findClass(name)!))).toEqual([]);
});

test('nothing of what is said to be missing is there', () => {
  const there = [...missingOfJava()].flatMap(([name, members]) => {
    const found = findClass(name.replace('$', '.'));
    if (members.length === 0) return found === undefined ? [] : [name];
    return members.filter(member => has(found!, member)).map(member => `${name}.${member}`);
  });
  expect(there).toEqual([]);
});

function has(of: NonNullable<ReturnType<typeof findClass>>, member: string): boolean {
  const [name = '', count] = member.split('/');
  const arity = Number(count);
  if (count === undefined) return name in of.constants;
  if (name === 'new') return of.constructors.some(({ params }) => params.length === arity);
  const isStatic = of.statics.some(method => method.name === name && method.params.length === arity);
  return isStatic || findMethod(of, name, arity) !== undefined;
}

function evaluate(written: string, json: string): string {
  const source = /\breturn\b/.test(written)
    ? `def shown(def ctx) { ${written}${/[;}]$/.test(written) ? '' : ';'} } ctx.r = shown(ctx);`
    : `ctx.r = ${written};`;
  const event = Object.assign(newFields(), parseTypedJson(json).value);
  const state = new RunState();
  state.begin({ tag: 't', time: 0, receivedAt: 0 });
  prepare(source, 'script', undefined)(event, state);
  return shown(event['r'] ?? null);
}
