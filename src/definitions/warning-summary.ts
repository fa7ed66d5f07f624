import type { RuleWarning } from '../alerts/rules/rule.ts';

/** Of fewer files each is named with its line. */
const MANY_FILES = 4;
const NAMED = 3;

/** What is odd about many files in the same way is one line, with their number and the first of them. */
export function summarised(warnings: readonly RuleWarning[]): RuleWarning[] {
  const groups = Map.groupBy(warnings, ({ common, message }) => common ?? message);
  const told = new Set<string>();
  return warnings.flatMap(warning => {
    const what = warning.common ?? warning.message;
    const files = [...new Set(groups.get(what)!.map(({ file }) => file))];
    if (files.length < MANY_FILES) return [{ file: warning.file, line: warning.line, message: warning.message }];
    if (told.has(what)) return [];
    told.add(what);
    return [{ file: `${files.length} files`, message: `${what} (${firstOf(files)})` }];
  });
}

/** `a, b, c and 97 more`. */
export function firstOf(names: readonly string[], most = NAMED): string {
  if (names.length <= most + 1) return names.join(', ');
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}
