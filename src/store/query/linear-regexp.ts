import { setFlagsFromString } from 'node:v8';
import { LongshoreError } from '../../core/errors.ts';

/*
 * Expressions come from whoever may search, and run over whatever a container printed: `(a+)+$` must not stop the process.
 * V8 has an engine without backtracking, to which it turns by itself after 50,000 steps back once this flag is set, if the
 * expression has nothing but what that engine knows: no flags `i`, `u`, `v`, no counted repetition, no look-around. That is
 * just what `regexp.ts` writes. Expressions that V8 cannot treat so keep their ordinary engine.
 */
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');

/** A compiled test for a source made by `regexp.ts` or `text.ts`. Throws LS_QUERY_REGEXP. */
export function compileLinear(source: string): RegExp {
  try {
    return new RegExp(byCodePoint(source), 's');
  } catch (cause) {
    throw new LongshoreError('LS_QUERY_REGEXP', `the expression cannot be compiled: ${String(cause)}.`, { cause });
  }
}

/** The same, always in the engine without backtracking: slow, but it never takes longer than source times text. Throws LS_QUERY_REGEXP. */
export function runsLinear(source: string): RegExp {
  setFlagsFromString('--enable-experimental-regexp-engine');
  try {
    return new RegExp(byCodePoint(source), 'sl');
  } catch (cause) {
    throw new LongshoreError('LS_QUERY_REGEXP', 'the expression has too many optional parts.', {
      fix: 'Write fewer parts with ?.',
      cause,
    });
  }
}

const PAIR = '[\\ud800-\\udbff][\\udc00-\\udfff]';
const TOKEN = /\\.|\[(\^?)((?:\\.|[^\]\\])*)\]|\./gs;

/**
 * To V8 without flag `u` a character outside the basic plane is two; `.` and `[^a]` take both here, as in RE2. Under `*` and
 * `+` it makes no difference.
 */
function byCodePoint(source: string): string {
  return source.replace(TOKEN, (token, negated: string | undefined, members: string | undefined, at: number) => {
    const next = source[at + token.length];
    if (next === '*' || next === '+') return token;
    if (token === '.') return `(?:[^\\ud800-\\udbff]|${PAIR})`;
    return negated === '^' ? `(?:[^${members}\\ud800-\\udbff]|${PAIR})` : token;
  });
}
