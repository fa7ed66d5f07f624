import { compileOutput } from '../../../src/base/time/pattern/formats.ts';
import { FORMAT_NAMES } from '../../../src/base/time/pattern/named.ts';
import { zoneOf } from '../../../src/base/time/zone.ts';
import { seeded } from '../../support/chance.ts';
import type { PipelineSource } from './ingest-case.ts';

const YEARS = ['yyyy', 'yyyy', 'yyyy', 'yy', 'u', 'uuuu', 'y'];
const MONTHS = ['MM', 'MM', 'M', 'MMM', 'MMM', 'L', 'LL'];
const DAYS = ['dd', 'dd', 'd'];
const CLOCKS = [
  'HH:mm:ss',
  'HH:mm:ss',
  'H:m:s',
  'HH:mm',
  'HHmmss',
  'HHmm',
  'hh:mm:ss a',
  'h:mm a',
  'kk:mm:ss',
  'HH.mm.ss',
  'HH',
];
const FRACTIONS = ['', '', '', '.SSS', ',SSS', '.SSSSSS', '.S', '.SSSSSSSSS', '[.SSS]', '[.SSSSSS][.SSS]'];
const OFFSETS = [
  '',
  '',
  '',
  'Z',
  ' Z',
  'X',
  ' XX',
  'XXX',
  'x',
  'xx',
  ' xxx',
  'ZZZZZ',
  ' ZZZZ',
  '[X]',
  '[ Z]',
  " 'UTC'",
  ' VV',
  ' O',
  "'Z'",
];
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  '+05:30',
  '-0800',
  'Asia/Tokyo',
  'Australia/Lord_Howe',
  'GMT+2',
];
const LOCALES = ['en', 'de', 'fr-FR', 'en_US', 'en-GB', 'ja'];
const PRINTED = [
  'yyyy-MM-dd',
  'yyyy/MM/dd HH:mm:ss.SSS',
  "yyyyMMdd'T'HHmmssX",
  'D uuuu',
  'e c',
  "YYYY-'W'ww-e",
  'Q q',
  'h:mm:ss K k',
  'A N n',
  'xxx XX Z ZZZZZ O OOOO',
  'VV',
  'SSSSSSSSS S',
  'ppd ppppH',
  'yy M d H m s',
  'F W',
  'g',
  'yyyy[-MM][ HH]',
  "''yy'x'''",
];

/** Those that the engine has, too, and writes with an offset. */
const NAMES = FORMAT_NAMES.map(([name]) => name).filter(name => !/^ISO_|_nanos|date_time_no_millis/.test(name));

/** `date` processors whose formats are made from the grammar of java.time, and texts that these formats write, or nearly. */
export class RandomDates {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seeded(seed);
  }

  next(texts = 8): { pipeline: PipelineSource; docs: Record<string, unknown>[] } {
    const isPrinted = this.#chance(0.25);
    const formats = isPrinted ? ['ISO8601'] : this.#times(1, 2, () => this.#format());
    const options: Record<string, unknown> = { field: 'a', target_field: 'd', formats };
    if (this.#chance(0.4)) options['timezone'] = this.#of(ZONES);
    if (this.#chance(0.15)) options['locale'] = this.#of(LOCALES);
    if (isPrinted) options['output_format'] = this.#chance(0.6) ? this.#of(PRINTED) : this.#named();
    return {
      pipeline: { processors: [{ date: options }] },
      docs: this.#times(texts, texts, () => ({ a: this.#text(this.#of(formats)) })),
    };
  }

  #format(): string {
    const roll = this.#next();
    if (roll < 0.3) return this.#named();
    if (roll < 0.36) return `${this.#named()}||${this.#pattern()}`;
    return this.#pattern();
  }

  #named(): string {
    const name = this.#of(NAMES);
    return this.#chance(0.2) && !/^(?:ISO|iso|rfc|basic)/.test(name) ? `strict_${name}` : name;
  }

  #pattern(): string {
    const date = this.#date();
    if (this.#chance(0.15)) return date;
    const time = this.#of(CLOCKS);
    const clock = /ss$/.test(time) ? time + this.#of(FRACTIONS) : time;
    const end = this.#of(OFFSETS);
    if (this.#chance(0.06)) return clock + end;
    const between = this.#of([' ', ' ', "'T'", "'T'", ':', ', ', "' at '", '']);
    return this.#chance(0.1) ? `${date}[${between}${clock}]${end}` : date + between + clock + end;
  }

  #date(): string {
    const separator = this.#of(['-', '-', '/', '.', ' ', '']);
    const year = this.#of(YEARS);
    return this.#of([
      () => [year, this.#of(MONTHS), this.#of(DAYS)].join(separator),
      () => [year, this.#of(MONTHS), this.#of(DAYS)].join(separator),
      () => [this.#of(DAYS), this.#of(MONTHS), year].join(separator),
      () => `${this.#of(['EEE', 'EEE,', 'E'])} ${this.#of(DAYS)} MMM ${year}`,
      () => `EEE MMM d`,
      () => `MMM ${this.#of(['d', 'dd', 'ppd'])}${this.#of(['', ', yyyy', ' yyyy'])}`,
      () => `yyyy${separator}${this.#of(['D', 'DDD'])}`,
      () => `YYYY-'W'ww-e`,
      () => `${year}${separator}${this.#of(MONTHS)}`,
      () => `${year} G`,
    ])();
  }

  /** What the format writes of some time; often with a mistake. */
  #text(format: string): string {
    const one = this.#of(format.split('||'));
    let text: string;
    try {
      const pattern = /^(?:ISO8601|iso8601|rfc3339_lenient)$/.test(one) ? 'strict_date_optional_time' : one;
      const nanos = this.#of([0, 0, 0, 456_000, 456_789]);
      text = compileOutput(this.#written(pattern))(this.#instant(), zoneOf(this.#of(ZONES)), nanos);
    } catch {
      text = '2026-11-20T13:55:36Z';
    }
    return this.#chance(0.5) ? text : this.#edited(text);
  }

  /** Of optional parts in a row one is there, or none. */
  #written(pattern: string): string {
    return pattern.replace(/(?:\[[^[\]]*\])+/g, parts => this.#of(['', ...parts.slice(1, -1).split('][')]));
  }

  #instant(): number {
    const at = this.#of([
      () =>
        Date.UTC(2026, this.#int(12), 1 + this.#int(31), this.#int(24), this.#int(60), this.#int(60), this.#int(1000)),
      () =>
        Date.UTC(1960 + this.#int(120), this.#int(12), 1 + this.#int(31), this.#int(24), this.#int(60), this.#int(60)),
      // Ends of years, changes of clocks, leap days.
      () =>
        this.#of([
          '2026-12-31T23:59:59.999Z',
          '2026-03-29T01:30:00Z',
          '2026-10-25T00:30:00Z',
          '2024-02-29T12:00:00Z',
          '2027-01-01T00:00:00Z',
          '2021-01-03T10:00:00Z',
        ]),
    ])();
    return typeof at === 'string' ? Date.parse(at) : at;
  }

  #edited(text: string): string {
    const at = this.#int(text.length + 1);
    return this.#of([
      () => text.slice(0, at) + text.slice(at + 1),
      () => text.slice(0, at) + this.#of([...'0123459 .,:-+TZ/a']) + text.slice(at),
      () => text.slice(0, at) + this.#of([...'0123459 .,:-+TZ/']) + text.slice(at + 1),
      () => text.replace(/\d+(?!.*\d)/, ''),
      () => text.replace(/\b0/, ''),
      () => text.replace(/[-+]\d\d:?\d\d$|Z$/, ''),
      () => `${text}${this.#of(['Z', '+01:00', '+0100', ' ', 'x', '.5', ' UTC'])}`,
      () => text.replace(/\d\d(?=\D|$)/, this.#of(['00', '13', '24', '31', '32', '59', '60', '99'])),
      () => text.replace(/[-/:T ]/, this.#of(['-', '/', ':', ' ', 'T', ''])),
      () => this.#of([text.toUpperCase(), text.toLowerCase(), ` ${text}`, `-${text}`, '']),
    ])();
  }

  #of<T>(items: readonly T[]): T {
    return items[this.#int(items.length)]!;
  }

  #int(below: number): number {
    return Math.floor(this.#next() * below);
  }

  #times<T>(least: number, most: number, make: () => T): T[] {
    return Array.from({ length: least + this.#int(most - least + 1) }, make);
  }

  #chance(odds: number): boolean {
    return this.#next() < odds;
  }
}
