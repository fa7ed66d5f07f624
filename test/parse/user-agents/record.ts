/*
 * Asks Elasticsearch's user_agent processor (OpenSearch has it, too) about the agents of agents.jsonl and writes what it
 * says. The server needs uap-core's regexes.yaml as config/ingest-user-agent/uap.yml, so that both have the same rules:
 *
 *   node test/parse/user-agents/record.ts http://127.0.0.1:9200
 *
 * It leaves `$2` and blanks at the end of names in their place, where uap-core's own tests have them filled in and cut off:
 * those lines say so in `reference`, and keep in `expected` what uap-core says.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('./agents.jsonl', import.meta.url);
const lines = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line));
const answer = await fetch(`${process.argv[2]}/_ingest/pipeline/_simulate`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    pipeline: { processors: [{ user_agent: { field: 'agent', regex_file: 'uap.yml' } }] },
    docs: lines.map(({ agent }) => ({ _source: { agent } })),
  }),
});
const { docs } = (await answer.json()) as { docs: { doc: { _source: { user_agent: Record<string, unknown> } } }[] };
const written = lines.map(({ agent, expected, reference }, i) => {
  const { original, ...said } = docs[i]!.doc._source.user_agent;
  return JSON.stringify(reference === undefined ? { agent, expected: said } : { agent, expected, reference: said });
});
writeFileSync(file, `${written.join('\n')}\n`);
