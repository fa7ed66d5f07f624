import { javaRegExp } from '../../../parse/java-regexp.ts';

const known = new Map<string, ReturnType<typeof javaRegExp>>();

/** `/.../im` of Ruby: `^` and `$` stand at lines, `m` lets the dot take line ends. */
export function rubyExpression(expression: string): ReturnType<typeof javaRegExp> {
  const found = known.get(expression);
  if (found !== undefined) return found;
  const [, source = expression, flags = ''] = /^\/([\s\S]*)\/([imx]*)$/.exec(expression) ?? [];
  const java = `m${flags.includes('i') ? 'i' : ''}${flags.includes('m') ? 's' : ''}${flags.includes('x') ? 'x' : ''}`;
  const made = javaRegExp(source.replaceAll('\\/', '/'), java);
  if (known.size > 1000) known.clear();
  known.set(expression, made);
  return made;
}

export const rubyTest = (expression: string, text: string): boolean => rubyExpression(expression).test(text);

/** What the whole and the groups of the first match hold; empty without one. */
export function rubyGroups(expression: string, text: string): (string | undefined)[] {
  const made = rubyExpression(expression);
  let found: (string | undefined)[] = [];
  made.each(text, match => {
    if (found.length === 0) found = [match[0], ...made.groupOf.slice(1).map(group => match[group])];
  });
  return found;
}
