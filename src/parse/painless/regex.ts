import { Pattern } from './library/regex.ts';

/** A regular expression between slashes. Throws LS_PARSE_REGEXP. */
export const regexLiteral = (source: string, flags: string): Pattern => new Pattern(source, flags);
