import type { Hit } from '../core/contracts.ts';

const COLOURS: Record<string, number> = { FATAL: 35, ERROR: 31, WARN: 33, INFO: 32, DEBUG: 90 };

/** One event as a line for a person: time, level, service, message. Control characters from logs never reach the terminal. */
export function formatHit(hit: Hit, useColour: boolean): string {
  const level = String(hit['level'] ?? '');
  const paint = (code: number, text: string) => (useColour ? `\x1b[${code}m${text}\x1b[0m` : text);
  const service = String(hit['service'] ?? hit['container_name'] ?? '');
  return [
    paint(90, hit['@timestamp']),
    paint(COLOURS[level] ?? 39, level.padEnd(5)),
    paint(36, printable(service)),
    printable(String(hit['message'] ?? '')),
  ].join(' ');
}

/** Without escape sequences and control characters, except line breaks, which are indented. */
export function printable(text: string): string {
  return text
    .replace(/\x1b\[[0-9;?]*[ -/]*[@-~]/g, '')
    .replace(/\r?\n/g, '\n    ')
    .replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '\uFFFD');
}
