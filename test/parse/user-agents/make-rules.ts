// Makes src/parse/user-agents/rules.json of uap-core's regexes.yaml: node test/parse/user-agents/make-rules.ts regexes.yaml
import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { PARTS } from '../../../src/parse/user-agents/regex-file.ts';

const source = parse(readFileSync(process.argv[2]!, 'utf8')) as Record<string, Record<string, string>[]>;
const lists = Object.entries(source).map(([list, rules]) => {
  const lines = rules.map(rule => {
    const known = Object.entries(rule).flatMap(([name, text]) =>
      PARTS[name] === undefined ? [] : [[PARTS[name], text]],
    );
    return `    ${JSON.stringify(Object.fromEntries(known))}`;
  });
  return `  ${JSON.stringify(list.replace(/_parsers$/, ''))}: [\n${lines.join(',\n')}\n  ]`;
});
writeFileSync(new URL('../../../src/parse/user-agents/rules.json', import.meta.url), `{\n${lists.join(',\n')}\n}\n`);
