import type { ScalarTag, Tags } from 'yaml';
import type { Located } from '../../base/yaml/located.ts';
import { readYaml, type YamlDialect } from '../../base/yaml/read.ts';
import { LongshoreError } from '../../core/errors.ts';
import { pythonStr } from '../python/str.ts';

/**
 * As PyYAML (YAML 1.1) reads: `no` is false, `010` is 8, `1_000` is 1000, `1:30` is 90, the last of two equal keys wins.
 * Dates stay text, and `y`/`n` too, as there.
 */
const PYTHON: YamlDialect = {
  code: 'LS_ALERTS_YAML',
  options: { version: '1.1', uniqueKeys: false, customTags: pythonTags },
  keyText: pythonStr,
};

/** Reads a rule file: a mapping of options. Throws LS_ALERTS_YAML and LS_ALERTS_RULE_EMPTY with the line. */
export function readRuleFile(path: string, text: string): Located {
  const problems: LongshoreError[] = [];
  const file = readYaml(path, text, PYTHON, problems);
  if (file === undefined) throw problems[0];
  if (file.entries !== undefined) return file;
  const what = file.kind === 'nothing' ? 'the rule file is empty' : 'a rule file must hold options (name: value)';
  throw new LongshoreError('LS_ALERTS_RULE_EMPTY', `${what}.`, {
    where: `${path}:1`,
    fix: 'A rule needs at least name, type, index and alert.',
  });
}

function pythonTags(tags: Tags): Tags {
  return tags
    .filter(tag => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:timestamp')
    .map(tag => {
      if (typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:bool') return tag;
      const scalar = tag as ScalarTag;
      const words = scalar.test?.test('true') === true ? /^(?:yes|true|on)$/i : /^(?:no|false|off)$/i;
      return { ...scalar, test: words };
    });
}
