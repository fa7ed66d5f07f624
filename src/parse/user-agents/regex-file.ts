import type { Located } from '../../base/yaml/located.ts';
import { readYaml, type YamlDialect } from '../../base/yaml/read.ts';
import { LongshoreError } from '../../core/errors.ts';
import { type RuleLists, type RuleText, UserAgents } from './user-agent.ts';

const DIALECT: YamlDialect = { code: 'LS_PIPELINE_OPTION' };

/** What the lists and their parts are called in uap-core's form. Brand and model of devices are read by nobody. */
const LISTS: Readonly<Record<keyof RuleLists, string>> = {
  user_agent: 'user_agent_parsers',
  os: 'os_parsers',
  device: 'device_parsers',
};
/** Names of the parts of a rule in that form. */
export const PARTS: Readonly<Record<string, keyof RuleText>> = {
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

/** By their texts: the same file is read once, however many pipelines name it, and not again at a reload. */
const known = new Map<string, UserAgents>();
const MAX_KNOWN = 4;

/** The rules of a file in the form of uap-core's `regexes.yaml`. Throws a LongshoreError with the line of the first mistake. */
export function readRegexFile(name: string, text: string): UserAgents {
  const key = `${name}\0${text}`;
  const present = known.get(key);
  if (present !== undefined) return present;
  const problems: LongshoreError[] = [];
  const source = readYaml(name, text, DIALECT, problems);
  if (problems[0] !== undefined) throw problems[0];
  if (!Object.values(LISTS).some(list => source?.entries?.has(list)))
    throw mistake(
      `it has none of ${Object.values(LISTS).join(', ')}.`,
      name,
      'Take regexes.yaml of uap-core as a start.',
    );
  const agents = new UserAgents({
    user_agent: rulesOf(source!, LISTS.user_agent),
    os: rulesOf(source!, LISTS.os),
    device: rulesOf(source!, LISTS.device),
  });
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(key, agents);
  return agents;
}

function rulesOf(source: Located, list: string): RuleText[] {
  const located = source.entries?.get(list);
  if (located === undefined || located.kind === 'nothing') return [];
  if (located.items === undefined) throw mistake(`\`${list}\` must be a list, not a ${located.kind}.`, located.where);
  return located.items.map(item => {
    const parts = [...(item.entries ?? [])].flatMap(([part, { value }]) =>
      PARTS[part] === undefined || value === null ? [] : [[PARTS[part], String(value)]],
    );
    const rule = Object.fromEntries(parts) as Partial<RuleText>;
    if (rule.regex === undefined) throw mistake('this rule has no `regex`.', item.where);
    try {
      UserAgents.check(rule as RuleText);
    } catch (error) {
      const what = error instanceof LongshoreError ? error.what : (error as Error).message;
      throw mistake(`this rule's expression cannot be read: ${what}`, item.where);
    }
    return rule as RuleText;
  });
}

const mistake = (what: string, where: string, fix?: string): LongshoreError =>
  new LongshoreError('LS_PIPELINE_OPTION', `${where}: ${what}`, { fix });
