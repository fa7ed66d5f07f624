import type { Located } from '../../base/yaml/located.ts';
import { PYTHON_YAML } from '../../base/yaml/python.ts';
import { type RepeatedName, readYaml } from '../../base/yaml/read.ts';
import { LongshoreError } from '../../core/errors.ts';

/** Reads a rule file: a mapping of options. `onRepeated` is told of names that stand twice. Throws LS_ALERTS_YAML and LS_ALERTS_RULE_EMPTY with the line. */
export function readRuleFile(path: string, text: string, onRepeated?: (repeated: RepeatedName) => void): Located {
  const problems: LongshoreError[] = [];
  const file = readYaml(path, text, { ...PYTHON_YAML, onRepeated, code: 'LS_ALERTS_YAML' }, problems);
  if (file === undefined) throw problems[0];
  if (file.entries !== undefined) return file;
  const what = file.kind === 'nothing' ? 'the rule file is empty' : 'a rule file must hold options (name: value)';
  throw new LongshoreError('LS_ALERTS_RULE_EMPTY', `${what}.`, {
    where: `${path}:1`,
    fix: 'A rule needs at least name, type, index and alert.',
  });
}
