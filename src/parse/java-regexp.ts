import { BoundedRegExp } from '../base/regexp/bounded-regexp.ts';
import { MAX_CODE_POINT } from '../base/regexp/char-set.ts';
import { readJava } from '../base/regexp/read-java.ts';
import { writeV8 } from '../base/regexp/write-v8.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';

/** An expression in Java's syntax (what Painless conditions, `gsub` and the like are written in). Throws LS_PARSE_REGEXP. */
export function javaRegExp(source: string, flags: string, where?: string): BoundedRegExp {
  try {
    const { tree, groups, names } = readJava(source, flags);
    const written = writeV8(tree, { max: MAX_CODE_POINT, newlines: true });
    const groupOf = Array.from({ length: groups + 1 }, (_, group) => written.groupOf.get(group) ?? 0);
    return new BoundedRegExp(tree, written, { groupOf, names });
  } catch (error) {
    throw new LongshoreError(
      'LS_PARSE_REGEXP',
      `the regular expression /${source}/ is not valid: ${messageOf(error)}.`,
      { where, cause: error },
    );
  }
}
