import { MONTHS } from '../../../base/time/english.ts';
import { latestYear } from '../../../base/time/missing-year.ts';
import { findZone } from '../../../base/time/zone.ts';
import { type Fields, isFields, newFields } from '../../../core/event.ts';
import { Grok } from '../../../parse/grok/grok.ts';
import type { SourceFile } from '../../reading.ts';
import { child, type Directive } from '../ast.ts';
import { valueAt } from './placeholders.ts';
import type { Say, Travelling } from './read.ts';
import { rubyExpression } from './ruby-test.ts';

interface ParseContext {
  readonly say: Say;
  readonly timezone: string;
  readonly receivedAt: number;
  readonly files: (path: string) => readonly SourceFile[] | undefined;
}

/** Applies `<filter> @type parser`. `unknown`: a format that is not read. */
export function applyParse(directive: Directive, at: Travelling, context: ParseContext): 'done' | 'unknown' {
  const { say } = context;
  const whole = child(directive, 'parse') ?? directive;
  const named =
    child(directive, 'parse') === undefined ? (say(directive, 'format') ?? 'none') : (say(whole, '@type') ?? 'none');
  const key = say(directive, 'key_name') ?? 'message';
  const reserves = isTrue(say(directive, 'reserve_data'));
  const raw = valueAt(at.record, key);
  if (raw === undefined) {
    if (!reserves) at.record = newFields();
    return 'done';
  }
  const tried = named === 'multi_format' ? formatsOf(whole, say) : [[named, whole] as const];
  let [type, section] = tried[0] ?? [named, whole];
  let parsed: ReturnType<typeof parse>;
  for ([type, section] of tried) {
    parsed = parse(type, section, String(raw), context);
    if (parsed !== undefined) break;
  }
  if (parsed === 'unknown') return 'unknown';
  if (parsed === undefined) {
    const emits = !['false', 'no'].includes(say(directive, 'emit_invalid_record_to_error') ?? '');
    // Fluentd sends it to @ERROR; here it is kept and says so.
    if (!reserves) at.record = Object.assign(newFields(), { [key]: raw });
    if (emits) at.record['tags'] = [...((at.record['tags'] as unknown[] | undefined) ?? []), '_parsefailure'];
    return 'done';
  }
  const time = timeOf(parsed, section, type, context);
  const typed = types(parsed, say(section, 'types') ?? (type === 'apache2' ? 'code:integer,size:integer' : ''));
  const next = newFields();
  if (reserves) Object.assign(next, at.record);
  if (reserves && isTrue(say(directive, 'remove_key_name_field'))) delete next[key];
  const holder = say(directive, 'hash_value_field');
  const prefix = say(directive, 'inject_key_prefix') ?? '';
  const values = Object.assign(
    newFields(),
    Object.fromEntries(Object.entries(typed).map(([name, value]) => [prefix + name, value])),
  );
  if (holder === undefined) Object.assign(next, values);
  else next[holder] = values;
  at.record = next;
  if (!isTrue(say(directive, 'reserve_time')) && time !== undefined) at.time = time;
  return 'done';
}

const formatsOf = (section: Directive, say: Say): (readonly [string, Directive])[] =>
  section.children
    .filter(({ name }) => name === 'pattern')
    .map(one => [say(one, 'format') ?? say(one, '@type') ?? 'none', one] as const);

/** A parameter without a value is true. */
const isTrue = (text: string | undefined): boolean => text !== undefined && /^(?:true|yes|)$/.test(text);

/** Undefined: the text has another form. */
function parse(type: string, section: Directive, text: string, context: ParseContext): Fields | undefined | 'unknown' {
  const { say, files } = context;
  switch (type) {
    case 'json':
      try {
        const value: unknown = JSON.parse(text);
        return typeof value === 'object' && value !== null && !Array.isArray(value) ? deep(value as Fields) : undefined;
      } catch {
        return undefined;
      }
    case 'regexp':
      return byExpression(say(section, 'expression') ?? '//', text);
    case 'none':
      return Object.assign(newFields(), { [say(section, 'message_key') ?? 'message']: text });
    case 'ltsv': {
      const pairs = text
        .split(say(section, 'delimiter') ?? '\t')
        .map(pair => pair.split(say(section, 'label_delimiter') ?? ':'));
      return Object.assign(
        newFields(),
        Object.fromEntries(
          pairs
            .filter(pair => pair.length > 1 && pair[1] !== '')
            .map(([name, ...rest]) => [name!, rest.join(say(section, 'label_delimiter') ?? ':')]),
        ),
      );
    }
    case 'logfmt':
    case 'kv': {
      const pairs = [...text.matchAll(/([^\s=]+)=(?:"([^"]*)"|(\S+))/g)];
      if (pairs.length === 0) return undefined;
      return Object.assign(
        newFields(),
        Object.fromEntries(pairs.map(([, name, quoted, bare]) => [name!, quoted ?? bare])),
      );
    }
    case 'tsv':
    case 'csv': {
      if (text.includes('"') && type === 'csv') return 'unknown';
      const keys = (say(section, 'keys') ?? '').split(',').map(one => one.trim());
      const values = text.split(say(section, 'delimiter') ?? (type === 'tsv' ? '\t' : ','));
      return Object.assign(
        newFields(),
        Object.fromEntries(
          keys.flatMap((key, i) => (values[i] === undefined || values[i] === '' ? [] : [[key, values[i]]])),
        ),
      );
    }
    case 'multiline': {
      const formats = Array.from(
        { length: 20 },
        (_, i) => /^\/([\s\S]*)\/$/.exec(say(section, `format${i + 1}`) ?? '')?.[1] ?? '',
      );
      return byExpression(`/${formats.join('')}/m`, text);
    }
    case 'grok': {
      const own = section.children.filter(one => one.name === 'grok').map(one => say(one, 'pattern'));
      const patterns = [say(section, 'grok_pattern'), ...own].filter(one => one !== undefined);
      const found = newFields();
      const lines = (files(say(section, 'custom_pattern_path') ?? '') ?? []).flatMap(file => file.text.split('\n'));
      const definitions = Object.fromEntries(
        lines.map(line => [line.split(' ')[0]!, line.slice(line.indexOf(' ') + 1)]),
      );
      return patterns.some(
        pattern => new Grok([pattern], { dialect: 'logstash', definitions }).match(text, found) === 'match',
      )
        ? found
        : undefined;
    }
    case 'apache2':
    case 'nginx':
      return access(text, type);
    default:
      return type.startsWith('/') ? byExpression(type, text) : 'unknown';
  }
}

function byExpression(expression: string, text: string): Fields | undefined {
  const compiled = rubyExpression(expression);
  const match = compiled.find(text);
  if (match === null) return undefined;
  const found = newFields();
  for (const [name, group] of compiled.names) {
    const value = match[compiled.groupOf[group]!];
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** By hand: the parts of a line of an access log. */
function access(text: string, type: string): Fields | undefined {
  const match =
    /^(\S*) (\S*) (\S*) \[([^\]]*)\] "(\S+)(?: +(.*?)(?: +\S*)?)?" (\S*) (\S*)(?: "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"(?:\s+(\S+))?)?$/.exec(
      text,
    );
  if (match === null) return undefined;
  const [, first, second, user, time, method, path, code, size, referer, agent, forwarded] = match;
  const named: Record<string, string | undefined> =
    type === 'nginx'
      ? {
          remote: first,
          host: second,
          user,
          time,
          method,
          path,
          code,
          size,
          referer,
          agent,
          http_x_forwarded_for: forwarded,
        }
      : {
          host: first,
          user: real(user),
          time,
          method,
          path,
          code,
          size: real(size),
          referer: real(referer),
          agent: real(agent),
        };
  return Object.assign(
    newFields(),
    Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined)),
  );
}

const real = (text: string | undefined): string | undefined => (text === '-' ? undefined : text);

function timeOf(
  record: Fields,
  section: Directive,
  type: string,
  { say, timezone, receivedAt }: ParseContext,
): number | undefined {
  const key = say(section, 'time_key') ?? 'time';
  const value = record[key];
  if (value === undefined) return undefined;
  if (!isTrue(say(section, 'keep_time_key'))) delete record[key];
  const format =
    say(section, 'time_format') ?? (type === 'apache2' || type === 'nginx' ? '%d/%b/%Y:%H:%M:%S %z' : undefined);
  const zone =
    findZone(isTrue(say(section, 'utc')) ? 'UTC' : (say(section, 'timezone') ?? timezone)) ?? findZone('UTC')!;
  if (say(section, 'time_type') === 'float' || say(section, 'time_type') === 'unixtime' || typeof value === 'number')
    return Math.round(Number(value) * 1000);
  if (format === undefined) {
    const text = String(value);
    const at = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text.replace(' ', 'T').replace(',', '.')}Z`);
    if (Number.isNaN(at)) return undefined;
    return /(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? at : at - zone.offsetAtLocal(at);
  }
  return strptime(String(value), format, zone.offsetAtLocal.bind(zone), receivedAt);
}

/** Reads by the letters of strftime. */
function strptime(text: string, format: string, offsetAt: (local: number) => number, now: number): number | undefined {
  if (format === '%s') return Number(text) * 1000;
  const long = format.replaceAll('%F', '%Y-%m-%d').replaceAll('%T', '%H:%M:%S');
  const letters: string[] = [];
  const source = long.replace(/%(\d*)(:?[A-Za-z])|[.*+?^${}()|[\]\\]/g, (whole, _: string, letter?: string) => {
    if (letter === undefined) return `\\${whole}`;
    letters.push(letter);
    if (letter === 'Y') return '(\\d{4})';
    if (letter === 'b' || letter === 'B' || letter === 'a' || letter === 'A') return '([A-Za-z]+)';
    if (letter === 'N' || letter === 'L') return '(\\d{1,9})';
    if (letter === 'p') return '([AaPp][Mm])';
    if (letter === 'Z') return '(UTC|GMT)';
    if (letter === 'z' || letter === ':z') return '(Z|[+-]\\d\\d:?\\d\\d)';
    return '\\s*(\\d{1,2})';
  });
  const match = new RegExp(`^${source}$`).exec(text);
  if (match === null) return undefined;
  const part: Record<string, string> = {};
  letters.forEach((letter, i) => {
    part[letter] = match[i + 1]!;
  });
  const name = part['b'] ?? part['B'];
  const month =
    name === undefined ? Number(part['m'] ?? 1) : MONTHS.findIndex(one => one.slice(0, 3) === name.slice(0, 3)) + 1;
  const fraction = part['N'] ?? part['L'];
  const half = part['p'] === undefined ? 0 : part['p'].toLowerCase() === 'pm' ? 12 : 0;
  const twelve = part['I'] ?? part['l'];
  const hour = twelve === undefined ? Number(part['H'] ?? part['k'] ?? 0) : (Number(twelve) % 12) + half;
  const wall = (year: number): number =>
    Date.UTC(
      year,
      month - 1,
      Number(part['d'] ?? part['e'] ?? 1),
      hour,
      Number(part['M'] ?? 0),
      Number(part['S'] ?? 0),
      fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1000 + 1e-9),
    );
  const given = part['z'] ?? part[':z'] ?? (part['Z'] === undefined ? undefined : 'Z');
  const offset =
    given === undefined
      ? undefined
      : given === 'Z'
        ? 0
        : (Number(given.slice(1, 3)) * 60 + Number(given.slice(-2))) * (given.startsWith('-') ? -60_000 : 60_000);
  const instant = (year: number): number => wall(year) - (offset ?? offsetAt(wall(year)));
  return part['Y'] === undefined ? latestYear(now, instant) : instant(Number(part['Y']));
}

function types(record: Fields, written: string): Fields {
  for (const one of written.split(',').filter(part => part.includes(':'))) {
    const [name = '', type, separator = ','] = one.trim().split(':');
    const value = record[name];
    if (typeof value !== 'string') continue;
    if (type === 'integer' && /^-?\d+$/.test(value)) record[name] = Number(value);
    else if (type === 'float' && value !== '' && !Number.isNaN(Number(value))) record[name] = Number(value);
    else if (type === 'bool') record[name] = ['true', 'yes', '1'].includes(value);
    else if (type === 'array') record[name] = value.split(separator === '' ? ',' : separator);
  }
  return record;
}

function deep(value: Fields): Fields {
  const out = newFields();
  for (const [name, inner] of Object.entries(value))
    out[name] =
      typeof inner === 'object' && inner !== null && !Array.isArray(inner) && !isFields(inner)
        ? deep(inner as Fields)
        : inner;
  return out;
}
