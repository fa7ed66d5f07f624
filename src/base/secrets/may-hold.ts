import { withoutLinearEngine } from '../regexp/backtrack-limit.ts';

/*
 * Nearly no text holds a secret, and every text of every event is asked. So only a few characters are looked for, at which
 * the engine is fast: what separates a name from its value, and letters that tokens of a known form have. What stands
 * before such a character decides; most often its last letter is enough.
 *
 * They go forward only, and take some 40 ns a character that they stop at, however many there are. V8's engine without backtracking,
 * which would take over in a text with thousands of those, takes a hundred times as long: 16 s for 6 MB.
 */

/** In less there is no secret: `pwd=1234`. */
export const LEAST_CHARS = 8;

/** False when there is nothing in the text that `hideSecrets` hides. */
export function mayHoldSecret(text: string): boolean {
  const { length } = text;
  if (length < LEAST_CHARS) return false;
  if (NEAR.test(text)) return true;
  if (length < MIN_FORM_CHARS) return false;
  return text.indexOf('--') >= 0 || CARD.test(text) || (text.indexOf('@') >= 0 && URL_WITH_USER.test(text));
}

const MIN_FORM_CHARS = 15;
const URL_WITH_USER = forward(':\\/\\/[^\\s/]{1,700}@');
/** Without the first digit, which would make the engine try each place by itself. */
const CARD = forward('\\d\\d\\d\\d[ \\d-]\\d\\d\\d\\d[ \\d-]\\d');

/** How names of secrets end: password, passwd, pwd; secret; token, key; passphrase; passcode; credentials; authorization; `by`. */
const NAME =
  '(?:(?:[pPsS][wW]|[oO][rR])[dD]|[cC][rR][eE][tT]|[kK][eE][yY]|[oO][kK][eE][nN]|[rR][aA][sS][eE]|[sS][cC][oO][dD][eE]|[tT][iI][aA][lL][sS]?|[zZ][aA][tT][iI][oO][nN]| [bB][yY])';
/** Before a separator there may be quotes and blanks, as in `"password" : `, and part of the separator. */
const NEAR = forward(`[=:>'J_](?<=${NAME}["'\\]\\\\\\s=:]{0,8}[=:>']|eyJ|gh[pousr]_|github_|[prs]k_|npm_)`);

/** `source` has no group that captures. */
function forward(source: string): RegExp {
  return new RegExp(withoutLinearEngine(source, 0));
}
