import { readFileSync, writeFileSync } from 'node:fs';
import { ScriptEngine } from './script-engine.ts';

/*
 * node test/parse/painless/record.ts URL FILE...: asks a real engine (an OpenSearch 2 or Elasticsearch 7.10 node with Painless) what it makes of
 * the lines of a case file, and writes that behind ` => `.
 */
const [url, ...files] = process.argv.slice(2);
if (url === undefined || files.length === 0) throw new Error('Give the address of the engine and the case files.');
const engine = new ScriptEngine(url);
for (const file of files) {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const scripts = lines.map(line => (line.startsWith('#') ? '' : line.split(' => ')[0]!));
  const wanted = scripts.filter(script => script !== '');
  const results = await engine.runAll(wanted);
  const found = new Map(wanted.map((script, i) => [script, results[i]!]));
  writeFileSync(
    file,
    `${lines.map((line, i) => (scripts[i] === '' ? line : `${scripts[i]} => ${found.get(scripts[i]!)}`)).join('\n')}\n`,
  );
}
