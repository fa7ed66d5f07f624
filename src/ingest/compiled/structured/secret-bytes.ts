/*
 * Whether a text may hold a secret, asked while its bytes are looked at anyway: as `mayHoldSecret` (base/secrets/may-hold.ts)
 * answers, or yes where it says no. The text is escaped for JSON.
 */

/** `=` `:` `>` `'` `J` `_` `-` `@`: characters at which that is decided by what stands before them. */
export const DECIDING: readonly number[] = [61, 58, 62, 39, 74, 95, 45, 64];

/** At a deciding character that stands at `at`, in a text that begins at `from`. */
export function mayEndHere(bytes: Uint8Array, at: number, from: number): boolean {
  const before = bytes[at - 1]!;
  switch (bytes[at]) {
    case 64:
      return true;
    case 45:
      return before === 45;
    case 74:
      return before === 121;
    case 95: {
      // gh[pousr]_, github_, [prs]k_, npm_
      const one = bytes[at - 2];
      return one === 104 || before === 107 || (before === 98 && one === 117) || (before === 109 && one === 112);
    }
  }
  let j = at - 1;
  while (j >= from && IS_FILLER[bytes[j]!] === 1) j--;
  if (j < from) return false;
  const last = bytes[j]! | 32;
  if (last >= 128) return true;
  const one = bytes[j - 1]! | 32;
  switch (last) {
    case D:
      return one === W || one === R;
    case T:
      return one === E;
    case N:
      return one === E || one === O;
    case Y:
      return one === E || one === B;
    case E:
      return one === S || one === D;
    case L:
      return one === A;
    case S:
      return one === L;
  }
  return false;
}

/** What may stand between a name and what ends it. */
const IS_FILLER = new Uint8Array(256);
for (const char of '"\'])\\ =:>\t\n\r\v\f') IS_FILLER[char.charCodeAt(0)] = 1;
const [D, T, N, Y, E, L, S, W, R, O, B, A] = Array.from('dtnyelswroba', char => char.charCodeAt(0));

const CARD_CHARS = 11;

/** Whether there are digits, blanks and hyphens enough in a row to be the number of a card. */
export function mayHoldCard(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from + CARD_CHARS - 1; i < to; i += CARD_CHARS) {
    if (IS_OF_CARD[bytes[i]!] === 0) continue;
    let first = i;
    while (first > from && IS_OF_CARD[bytes[first - 1]!] === 1) first--;
    let end = i + 1;
    while (end < to && IS_OF_CARD[bytes[end]!] === 1) end++;
    if (end - first >= CARD_CHARS) return true;
  }
  return false;
}

const IS_OF_CARD = new Uint8Array(256);
for (const char of '0123456789 -') IS_OF_CARD[char.charCodeAt(0)] = 1;
