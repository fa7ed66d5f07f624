import { dirname } from 'node:path';
import { didYouMean } from '../../../base/text/did-you-mean.ts';
import { parsePrometheusDuration } from '../../../base/time/duration.ts';
import type { Located } from '../../../base/yaml/located.ts';
import { readYaml } from '../../../base/yaml/read.ts';
import { LongshoreError } from '../../../core/errors.ts';

/** Something that is read and has no effect here. */
export interface ConfigWarning {
  /** `file:line` */
  readonly where: string;
  readonly what: string;
}

const LONGEST_MS = 100 * 365 * 86_400_000;
const YES = /^(?:y|yes|true|on)$/i;
const NO = /^(?:n|no|false|off)$/i;

/**
 * Values of a file as Alertmanager's reader takes them: what a value must be decides how it is read (`code: 500` is a text
 * where a text is wanted, `yes` is true where a boolean is). Mistakes are collected, each with its place.
 */
export class Reading {
  readonly mistakes: LongshoreError[] = [];
  readonly warnings: ConfigWarning[] = [];
  /** Of the file that was read last. */
  folder = '.';

  /** Undefined when it is no YAML; that mistake is among the others then. */
  file(path: string, text: string): Located | undefined {
    this.folder = dirname(path);
    return readYaml(path, text, { code: 'LS_ALERTS_ROUTING', options: { schema: 'failsafe' } }, this.mistakes);
  }

  mistake(where: string, what: string, fix?: string): void {
    this.mistakes.push(new LongshoreError('LS_ALERTS_ROUTING', what, { where, fix }));
  }

  warn(where: string, what: string): void {
    this.warnings.push({ where, what });
  }

  /** The entries of a mapping. What is not `known` is a mistake. */
  mapping(at: Located | undefined, name: string, known: readonly string[]): Map<string, Located> {
    const entries = this.entries(at, name);
    for (const [key, { keyWhere }] of entries) {
      if (known.includes(key)) continue;
      const near = didYouMean(key, known, "'");
      this.mistake(keyWhere, `${name} has no option '${key}'.`, near ?? `It has ${known.join(', ')}.`);
      entries.delete(key);
    }
    return entries;
  }

  /** The entries of a mapping with names of any kind. */
  entries(at: Located | undefined, name: string): Map<string, Located> {
    if (at?.entries !== undefined) return new Map(at.entries);
    if (!isNothing(at))
      this.mistake(at.where, `${name} must be a mapping.`, 'Write lines `name: value` below it, indented.');
    return new Map();
  }

  list(at: Located | undefined, name: string): readonly Located[] {
    if (at?.items !== undefined) return at.items;
    if (!isNothing(at)) this.mistake(at.where, `${name} must be a list.`, 'Write lines that begin with a dash.');
    return [];
  }

  /** `` when it is not there. */
  text(at: Located | undefined, name: string): string {
    if (at === undefined) return '';
    // A receiver "null" is what many call the one that tells nobody.
    if (typeof at.value === 'string') return at.value === '~' ? '' : at.value;
    if (at.value !== null && at.value !== undefined) this.mistake(at.where, `${name} must be a text.`);
    return '';
  }

  texts(at: Located | undefined, name: string): string[] {
    return this.list(at, name).map(item => this.text(item, `each entry of ${name}`));
  }

  /** Names and texts. */
  textMap(at: Located | undefined, name: string): Map<string, string> {
    const entries = this.entries(at, name);
    return new Map(entries.entries().map(([key, value]) => [key, this.text(value, `${name}.${key}`)]));
  }

  /** Undefined when it is not there. */
  boolean(at: Located | undefined, name: string): boolean | undefined {
    if (isNothing(at)) return undefined;
    const text = this.text(at, name);
    if (YES.test(text)) return true;
    if (!NO.test(text)) this.mistake(at.where, `${name} must be true or false, and is ${JSON.stringify(text)}.`);
    return false;
  }

  /** Milliseconds; undefined when it is not there. */
  duration(at: Located | undefined, name: string): number | undefined {
    if (isNothing(at)) return undefined;
    const text = this.text(at, name);
    const ms = parsePrometheusDuration(text);
    if (ms <= LONGEST_MS) return ms;
    this.mistake(at.where, `${name} is no duration: ${JSON.stringify(text)}.`, 'Write it like 30s, 5m, 1h30m or 2d.');
    return undefined;
  }

  /** A whole number from 0 on; undefined when it is not there. */
  number(at: Located | undefined, name: string): number | undefined {
    if (isNothing(at)) return undefined;
    const text = this.text(at, name);
    if (/^\d{1,15}$/.test(text)) return Number(text);
    this.mistake(at.where, `${name} must be a whole number, and is ${JSON.stringify(text)}.`);
    return undefined;
  }
}

export function isNothing(at: Located | undefined): at is undefined {
  const value = at?.value;
  return value === undefined || value === null || value === '' || value === '~' || value === 'null';
}
