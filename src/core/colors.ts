/**
 * The text without what terminals take for themselves: colours and other escape sequences (ECMA-48), titles and links of
 * their windows. The text itself when nothing is in it.
 */
export function withoutColors(text: string): string {
  return text.includes('\u001b') ? text.replace(SEQUENCE, '') : text;
}

// Each branch begins with ESC and takes no other one in: linear.
const SEQUENCE = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b\n]*(?:\u0007|\u001b\\)|[ -/]+[0-~]|[0-Z\\^-~])/g;
