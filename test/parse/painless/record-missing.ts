import { writeFileSync } from 'node:fs';
import { findClass, findMethod } from '../../../src/parse/painless/library/index.ts';

/*
 * node test/parse/painless/record-missing.ts URL: asks a real engine (as record.ts) what scripts of ingest may use of Java, and writes
 * what is not here for the page of the library: `Class: name/arity ...`, and a class that is not here by its name with package alone.
 */
const [url] = process.argv.slice(2);
if (url === undefined) throw new Error('Give the address of the engine.');
const answer = await fetch(`${url}/_scripts/painless/_context?context=ingest`);
const { classes } = (await answer.json()) as { classes: Described[] };

interface Described {
  name: string;
  constructors: { parameters: string[] }[];
  static_methods: { name: string; parameters: string[] }[];
  methods: { name: string; parameters: string[] }[];
  static_fields: { name: string }[];
}

/** What serves no script: parts of Java for other parts of Java, and what an exception says of a stack that there is not. */
const NOBODY = /^(?:getStackTrace|spliterator|clone|query|range|readUnsigned.*)\/|^(?:DIRECTIONALITY_\w+)$/;

const lines: string[] = [];
for (const { name, constructors, static_methods, methods, static_fields } of classes) {
  if (!/^java\.(?:lang|math|text|time|util)\./.test(name)) continue;
  const own = findClass(name.replace('$', '.'));
  if (own === undefined) {
    lines.push(name);
    continue;
  }
  const missing = [
    ...constructors
      .filter(({ parameters }) => !own.constructors.some(({ params }) => params.length === parameters.length))
      .map(({ parameters }) => `new/${parameters.length}`),
    ...static_methods
      .filter(one => !own.statics.some(s => s.name === one.name && s.params.length === one.parameters.length))
      .map(one => `${one.name}/${one.parameters.length}`),
    ...methods
      .filter(one => findMethod(own, one.name, one.parameters.length) === undefined)
      .map(one => `${one.name}/${one.parameters.length}`),
    ...static_fields.filter(one => !(one.name in own.constants)).map(one => one.name),
  ].filter(one => !NOBODY.test(one));
  if (missing.length > 0) lines.push(`${own.name}: ${missing.join(' ')}`);
}
writeFileSync('src/cli/pipeline-reference/words/java-missing.txt', `${lines.sort().join('\n')}\n`);
