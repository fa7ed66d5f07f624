import { readFileSync, writeFileSync } from 'node:fs';
import { Engine } from './engine.ts';
import { readCase, writeExact } from './ingest-case.ts';

/*
 * node test/parse/ingest/record.ts URL [--again] FILE...: asks a real engine (an OpenSearch 2 or Elasticsearch 7.10 node with its ingest
 * modules) what it makes of the lines of a case file that have no `expect` yet (with --again of all), and writes that into the file. Asked
 * twice: what does not repeat is no case.
 */
const args = process.argv.slice(2);
const again = args.includes('--again');
const [url, ...files] = args.filter(arg => arg !== '--again');
if (url === undefined || files.length === 0) throw new Error('Give the address of the engine and the case files.');
const engine = new Engine(url);
for (const file of files) {
  const out: string[] = [];
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line.trim() === '') continue;
    const { expect, note, ...one } = readCase(line);
    const answer = expect === undefined || again ? await engine.ask(one) : expect;
    if (expect === undefined || again) {
      if (writeExact(await engine.ask(one)) !== writeExact(answer)) throw new Error(`${one.id} does not repeat.`);
    }
    out.push(writeExact({ ...one, expect: answer, ...(note === undefined ? {} : { note }) }));
  }
  writeFileSync(file, `${out.join('\n')}\n`);
}
