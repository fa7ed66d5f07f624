import type { Finding } from '../app/check/check.ts';
import { type painter, printable } from './format.ts';

const COLOURS = { error: 31, warning: 33, ok: 32 } as const;
const WIDTH = 'warning  '.length;

/** `error    file:line: what (CODE)`, and below it how to mend it. */
export function shown({ severity, where, what, fix, code }: Finding, paint: ReturnType<typeof painter>): string {
  const place = where === undefined ? '' : `${paint(1, printable(where))}: `;
  const label = paint(COLOURS[severity], severity) + ' '.repeat(WIDTH - severity.length);
  const lines = [`${label}${place}${indented(what)}${code === undefined ? '' : paint(90, ` (${code})`)}`];
  if (fix !== undefined) lines.push(`${' '.repeat(WIDTH)}${indented(fix)}`);
  return `${lines.join('\n')}\n`;
}

function indented(text: string): string {
  return printable(text).replace(/\n */g, `\n${' '.repeat(WIDTH)}`);
}

export function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
