/*
 * Prometheus' text form, as it is pushed to a Pushgateway:
 *
 *     # HELP name text     # TYPE name counter|gauge|histogram|summary|untyped     # other comments, # EOF
 *     name{label="value",...} value [epoch milliseconds] [# exemplar]
 *     {"name of any characters",label="value"} value
 */

export interface Sample {
  readonly name: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
  /** As it was written: a number, `NaN`, `+Inf` or `-Inf`. */
  readonly text: string;
  /** Undefined for what is not finite. */
  readonly value: number | undefined;
  /** Epoch milliseconds. */
  readonly time: number | undefined;
  readonly type: string | undefined;
  readonly help: string | undefined;
}

/** Line from 1 of what is no sample. */
export interface ExpositionFault {
  readonly line: number;
  readonly fault: string;
}

const MAX_LABELS = 200;
const NAME = /^[A-Za-z_:][\w:]*/;
const NUMBER = /^[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|0x[0-9a-f]+|inf(?:inity)?|nan)$/i;

/** All samples, `crowd` for more than `max`, or the first line that is none. */
export function parseExposition(text: string, max: number): Sample[] | ExpositionFault | 'crowd' {
  const samples: Sample[] = [];
  const families = new Map<string, { type?: string; help?: string }>();
  let number = 0;
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf('\n', start);
    if (end === -1) end = text.length;
    const line = text.slice(start, end).trim();
    start = end + 1;
    number++;
    if (line === '') continue;
    if (line.startsWith('#')) {
      const [, what, name, rest = ''] = /^#\s+(TYPE|HELP)\s+(\S+)(?:\s+(.*))?$/.exec(line) ?? [];
      if (what === undefined || families.size > max) continue;
      const family = families.get(name!) ?? {};
      if (what === 'TYPE') family.type = rest.slice(0, 20);
      else family.help = rest.slice(0, 500);
      families.set(name!, family);
      continue;
    }
    if (samples.length === max) return 'crowd';
    const sample = parseSample(line);
    if (typeof sample === 'string') return { line: number, fault: sample };
    samples.push({ ...sample, ...familyOf(sample.name, families) });
  }
  return samples;
}

function familyOf(name: string, families: ReadonlyMap<string, { type?: string; help?: string }>) {
  const { type, help } =
    families.get(name) ?? families.get(name.replace(/_(?:bucket|sum|count|total|created)$/, '')) ?? {};
  return { type, help };
}

function parseSample(line: string): Omit<Sample, 'type' | 'help'> | string {
  let name = NAME.exec(line)?.[0];
  let rest = line.slice(name?.length ?? 0).trimStart();
  let labels: [string, string][] = [];
  if (rest.startsWith('{')) {
    const read = readLabels(rest);
    if (typeof read === 'string') return read;
    name ??= read.name;
    labels = read.labels;
    rest = rest.slice(read.end);
  }
  if (name === undefined || name === '') return 'the name of a metric is missing';
  const [text, time, ...more] = rest
    .replace(/\s#\s.*$/, '')
    .trim()
    .split(/\s+/);
  if (text === undefined || !NUMBER.test(text)) return 'the value is no number';
  if (more.length > 0 || (time !== undefined && !/^-?\d{1,15}(?:\.\d+)?$/.test(time))) return 'the time is no number';
  const value = numberOf(text);
  return { name, labels, text, value: Number.isFinite(value) ? value : undefined, time: timeOf(time) };
}

function numberOf(text: string): number {
  if (/inf|nan/i.test(text)) return Number.NaN;
  const sign = text.startsWith('-') ? -1 : 1;
  return sign * Number(text.replace(/^[+-]/, ''));
}

/** OpenMetrics has seconds with a fraction, the older form whole milliseconds. */
function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const time = Number(text);
  return text.includes('.') ? time * 1000 : time;
}

const LABEL = /\s*(?:([A-Za-z_]\w*)|"((?:[^"\\]|\\.)*)")\s*(?:=\s*"((?:[^"\\]|\\.)*)")?\s*(,|(?=\}))/y;

/** Labels in braces; a quoted text without a value is the name of the metric. `end`: behind the brace. */
function readLabels(text: string): { name: string | undefined; labels: [string, string][]; end: number } | string {
  const labels: [string, string][] = [];
  let name: string | undefined;
  let at = 1;
  for (;;) {
    const blank = /\s*\}/y;
    blank.lastIndex = at;
    if (blank.test(text)) return { name, labels, end: blank.lastIndex };
    LABEL.lastIndex = at;
    const found = LABEL.exec(text);
    if (found === null) return 'the labels cannot be read';
    at = LABEL.lastIndex;
    const [, plain, quoted, value] = found;
    const label = plain ?? unescaped(quoted!);
    if (value !== undefined) labels.push([label, unescaped(value)]);
    else if (quoted !== undefined && name === undefined) name = label;
    else return 'a label has no value';
    if (labels.length > MAX_LABELS) return `it has more than ${MAX_LABELS} labels`;
  }
}

const unescaped = (text: string): string =>
  text.includes('\\') ? text.replace(/\\([\s\S])/g, (_, char: string) => (char === 'n' ? '\n' : char)) : text;
