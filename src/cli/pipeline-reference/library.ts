import { readFileSync } from 'node:fs';
import { findClass, javaClasses } from '../../parse/painless/library/index.ts';
import type { JavaClass, JavaMethod } from '../../parse/painless/library/java-class.ts';

/*
 * What scripts may use of Java, class by class, as the library has it. What Elasticsearch has beyond that stands in
 * `words/java-missing.txt`, recorded from a real engine (test/parse/painless/record-missing.ts).
 */

/** What is not here: class -> `name/arity` and names of constants; a class that is not here at all has an empty list. */
export function missingOfJava(): ReadonlyMap<string, readonly string[]> {
  const text = readFileSync(new URL('words/java-missing.txt', import.meta.url), 'utf8');
  return new Map(
    text
      .trimEnd()
      .split('\n')
      .map(line => {
        const [name = '', members] = line.split(': ');
        return [name, members?.split(' ') ?? []];
      }),
  );
}

/** Classes by name, with a blank between; `functions` and `exceptions` are all of those. */
export function renderClasses(names: string): string {
  if (names === 'functions') return javaClasses.filter(isFunction).map(functionLine).join('\n');
  if (names === 'exceptions') return `${javaClasses.filter(isException).map(nameOf).map(code).join(', ')}.`;
  const missing = missingOfJava();
  return names
    .split(' ')
    .map(name => {
      const found = findClass(name);
      if (found === undefined) throw new Error(`words/: the library has no class ${name}`);
      return classSection(found, missing.get(name) ?? []);
    })
    .join('\n\n');
}

/** The classes of java.* that are not here at all. */
export function renderMissing(): string {
  const names = [...missingOfJava()].filter(([, members]) => members.length === 0).map(([name]) => name);
  return `${names.map(name => code(name.replace('$', '.'))).join(', ')}.`;
}

export const isFunction = ({ qualified }: JavaClass): boolean => qualified.startsWith('java.util.function.');
export const isException = ({ name }: JavaClass): boolean => /(?:Exception|Error)$/.test(name);

function classSection(one: JavaClass, missing: readonly string[]): string {
  const parents = one.parents.map(name => `[\`${name}\`](#${anchor(name)})`);
  const lines: [string, readonly string[]][] = [
    ['Made by', one.constructors.map(method => `new ${one.name}${paramsOf(method)}`)],
    ['Static', one.statics.map(signature)],
    ['Constants', Object.keys(one.constants)],
    ['Methods', one.methods.map(signature)],
    ['Not here', missing.map(withoutArity)],
  ];
  const above = parents.length === 0 ? '' : `, and what ${parents.join(', ')} ${parents.length === 1 ? 'has' : 'have'}`;
  return [
    `### ${one.name}`,
    '',
    `${code(one.qualified)}${above}.`,
    '',
    ...lines
      .filter(([, members]) => members.length > 0)
      .map(([head, members]) => `- ${head}: ${[...new Set(members)].map(code).join(', ')}`),
  ]
    .join('\n')
    .trimEnd();
}

const functionLine = ({ name, lambda }: JavaClass): string =>
  `- ${code(name)}${lambda === undefined ? '' : `: ${code(signature(lambda))}`}`;

const signature = (method: JavaMethod): string => `${method.returns} ${method.name}${paramsOf(method)}`;
const paramsOf = ({ params }: JavaMethod): string => `(${params.join(', ')})`;
const withoutArity = (member: string): string => member.replace(/^new\/\d+$/, 'new').replace(/\/\d+$/, '');
const nameOf = ({ name }: JavaClass): string => name;
const anchor = (name: string): string => name.toLowerCase().replaceAll('.', '');
const code = (text: string): string => `\`${text}\``;
