import type { StoredEvent } from '../core/contracts.ts';

const COLOURS = new Map<string, number>([
  ...([
    ['FATAL', 35],
    ['ERROR', 31],
    ['WARN', 33],
    ['INFO', 32],
    ['DEBUG', 90],
  ] as const),
]);

/** Puts a text into an SGR colour, or leaves it as it is. */
export type Paint = (code: number, text: string) => string;

/** Colours only for people: standard output is a terminal, and nobody has asked for none (https://no-color.org). */
export function painter(io: Pick<NodeJS.Process, 'stdout' | 'env'>): Paint {
  const wanted = io.stdout.isTTY === true && (io.env['NO_COLOR'] ?? '') === '' && io.env['TERM'] !== 'dumb';
  return wanted ? (code, text) => `\x1b[${code}m${text}\x1b[0m` : (_, text) => text;
}

/** One event as a line for a person: time, level, service, message. Nothing from a log can steer the terminal. */
export function formatEvent(event: StoredEvent, paint: Paint): string {
  const level = printable(String(event['level'] ?? ''));
  const service = String(event['service'] ?? event['container_name'] ?? '');
  return [
    paint(90, oneLine(String(event['@timestamp']))),
    paint(COLOURS.get(level) ?? 39, level.padEnd(5)),
    paint(36, oneLine(service)),
    printable(String(event['message'] ?? '')),
  ].join(' ');
}

/** A value as one line of JSON; what steers terminals or turns the reading direction is escaped, so it means the same. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Without escape sequences, control characters and turns of the reading direction, except line breaks, which are indented. */
export function printable(text: string): string {
  return text
    .replace(/(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]/g, '')
    .replace(/\r?\n/g, '\n    ')
    .replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '\uFFFD');
}

/** `printable`, with line breaks as blanks. */
export const oneLine = (text: string): string => printable(text).replace(/\n */g, ' ');
