import { javaRegExp } from '../java-regexp.ts';

/** A regular expression between slashes, until the library has its class. */
export function regexLiteral(source: string, flags: string): unknown {
  const part = javaRegExp(source, flags);
  const whole = javaRegExp(`\\A(?:${source})\\z`, flags);
  return { find: (text: string) => part.test(text), matches: (text: string) => whole.test(text) };
}
