// Makes src/parse/user-agents/rules.json of uap-core's regexes.yaml: node test/parse/user-agents/make-rules.ts regexes.yaml
import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';

/** Name of each part there -> its name here. Brand and model of devices are not read by anybody. */
const NAMES: Record<string, string> = {
  regex: 'regex',
  regex_flag: 'flag',
  family_replacement: 'name',
  os_replacement: 'name',
  device_replacement: 'name',
  v1_replacement: 'v1',
  v2_replacement: 'v2',
  v3_replacement: 'v3',
  os_v1_replacement: 'v1',
  os_v2_replacement: 'v2',
  os_v3_replacement: 'v3',
};

const source = parse(readFileSync(process.argv[2]!, 'utf8')) as Record<string, Record<string, string>[]>;
const lists = Object.entries(source).map(([list, rules]) => {
  const lines = rules.map(rule => {
    const known = Object.entries(rule).flatMap(([name, text]) =>
      NAMES[name] === undefined ? [] : [[NAMES[name], text]],
    );
    return `    ${JSON.stringify(Object.fromEntries(known))}`;
  });
  return `  ${JSON.stringify(list.replace(/_parsers$/, ''))}: [\n${lines.join(',\n')}\n  ]`;
});
writeFileSync(new URL('../../../src/parse/user-agents/rules.json', import.meta.url), `{\n${lists.join(',\n')}\n}\n`);
