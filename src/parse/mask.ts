import { TooSlow } from '../base/regexp/bounded-regexp.ts';
import { javaReplacement } from '../base/regexp/replacement.ts';
import { didYouMean } from '../base/text/did-you-mean.ts';
import type { Located } from '../base/yaml/located.ts';
import { LongshoreError } from '../core/errors.ts';
import { type Fields, isFields } from '../core/event.ts';
import { mark } from './failure-mark.ts';
import { javaRegExp } from './java-regexp.ts';
import { OptionReader } from './loader/option-reader.ts';

/** Hides what must not be stored, in place. Runs after the processors, also when one of them failed. */
export interface Mask {
  apply(event: Fields): void;
  /** A text about the event, such as why a processor failed: it may quote what is hidden in the event, whatever its field. */
  text(text: string): string;
}

const PRESETS: Record<string, string> = {
  email: String.raw`\b[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8}\.[A-Za-z]{2,24}\b`,
  credit_card: String.raw`\b(?:4\d{3}|5[1-5]\d{2}|2[2-7]\d{2}|6(?:011|5\d{2})|3[47]\d{2})[ -]?(?:\d{4}[ -]?\d{4}[ -]?\d{4}|\d{6}[ -]?\d{5})\b`,
  ipv4: String.raw`\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b`,
  ipv6: String.raw`\b(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}\b|\b(?:[0-9a-fA-F]{1,4}:){1,6}(?::[0-9a-fA-F]{1,4}){1,6}\b`,
  jwt: String.raw`\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*`,
  bearer: String.raw`(?<=\b[Bb]earer )[A-Za-z0-9._~+/=-]{8,}`,
  password: String.raw`(?<=\b(?:password|passwd|pwd|secret|token|api_?key)["']?\s{0,4}[=:]\s{0,4}["']?)[^\s"'&,;]+`,
  url_credentials: String.raw`(?<=://[^\s:/@]{0,200}:)[^\s:/@]+(?=@)`,
  aws_key: String.raw`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`,
  phone_kr: String.raw`\b01[016789][ -]?\d{3,4}[ -]?\d{4}\b`,
};

/** Presets whose pattern ignores case. */
const ANY_CASE = new Set(['password']);

/** What each text holds that a preset can find something in. */
const NEEDED: Readonly<Record<string, string>> = {
  email: '@',
  ipv6: ':',
  jwt: 'eyJ',
  bearer: 'earer ',
  url_credentials: '://',
  phone_kr: '01',
};

export const MASK_PRESETS: readonly string[] = Object.keys(PRESETS);

// Who an event is from stays readable: masking it would lose the event its place.
const IDENTITY = new Set(['container_id', 'container_name', 'image', 'stream', 'tag', '@timestamp', 'level']);

/** `mask`: a list of { pattern or preset, replace (default `***`), fields (default: every text of the event) }. */
export function readMasks(pipeline: string, source: Located, problems: LongshoreError[]): Mask[] {
  if (source.items === undefined) {
    const fix = 'Write for example mask: [{ preset: email }].';
    problems.push(
      new LongshoreError('LS_PIPELINE_MASK', `\`mask\` must be a list, not a ${source.kind}.`, {
        where: source.where,
        fix,
      }),
    );
    return [];
  }
  return source.items.map(item => readMask(pipeline, item, problems)).filter(mask => mask !== undefined);
}

function readMask(pipeline: string, source: Located, problems: LongshoreError[]): Mask | undefined {
  const options = new OptionReader('`mask`', source, problems);
  const preset = options.string('preset', undefined);
  const own = options.string('pattern', undefined);
  const replace = options.string('replace', '***');
  const paths = options.has('fields') ? options.strings('fields').map(name => name.split('.')) : undefined;
  options.finish();
  if ((preset === undefined) === (own === undefined)) {
    options.problem('LS_PIPELINE_MASK', '`mask` needs either `pattern` or `preset`.', 'Give one of them.');
    return undefined;
  }
  const text = preset === undefined ? own! : Object.hasOwn(PRESETS, preset) ? PRESETS[preset]! : undefined;
  if (text === undefined) {
    const fix = didYouMean(preset!, MASK_PRESETS) ?? `It is one of ${MASK_PRESETS.join(', ')}.`;
    options.problem('LS_PIPELINE_MASK', `the mask preset "${preset}" is not known.`, fix);
    return undefined;
  }
  // Where case does not count, it counts for no letter: better one hidden too many.
  const flags = preset !== undefined && ANY_CASE.has(preset) ? 'iu' : 'u';
  const pattern = options.attempt('pattern', () => javaRegExp(text, flags));
  const replacement = pattern && options.attempt('replace', () => javaReplacement(replace, pattern));
  if (pattern === undefined || replacement === undefined) return undefined;
  const needed = preset === undefined ? undefined : NEEDED[preset];
  const hide = (value: string): string =>
    needed !== undefined && !value.includes(needed) ? value : pattern.replace(value, replacement);
  const hidden = new Hidden(hide);
  return {
    apply(event) {
      if (paths !== undefined) for (const path of paths) hidden.path(event, path, 0, 0);
      else for (const key of Object.keys(event)) if (!IDENTITY.has(key)) hidden.field(event, key, key, 0);
      hidden.tell(event, pipeline);
    },
    text: text => hidden.text(text),
  };
}

const MAX_DEPTH = 64;
/** What stands for a text whose secrets could not be looked for. */
const HIDDEN = '***';

/** One mask at work. What it cannot finish is hidden whole: a text must not be able to switch it off. */
class Hidden {
  readonly #hide: (text: string) => string;
  /** Why a field of this event was hidden whole. */
  #reason: string | undefined;

  constructor(hide: (text: string) => string) {
    this.#hide = hide;
  }

  text(text: string): string {
    try {
      return this.#hide(text);
    } catch (error) {
      if (!(error instanceof TooSlow)) throw error;
      return HIDDEN;
    }
  }

  /** `name`: the field of the event that `key` is in. */
  field(fields: Fields, key: string, name: string, depth: number): void {
    const value = fields[key];
    if (typeof value === 'string' || (typeof value === 'object' && value !== null))
      fields[key] = this.#value(value, name, depth);
  }

  /** The parts of the path from `from` on, in objects, literal keys with dots and all items of lists. */
  path(value: unknown, path: readonly string[], from: number, depth: number): void {
    if (depth > MAX_DEPTH) return;
    if (Array.isArray(value)) {
      const index = Number(path[from]);
      if (Number.isInteger(index) && index >= 0 && index < value.length)
        this.#step(value, index, path, from + 1, depth);
      else for (const item of value) this.path(item, path, from, depth + 1);
      return;
    }
    if (!isFields(value)) return;
    let key = '';
    for (let end = from; end < path.length; end++) {
      key = end === from ? path[end]! : `${key}.${path[end]}`;
      if (Object.hasOwn(value, key)) this.#step(value, key, path, end + 1, depth);
    }
  }

  /** Says on the event which fields were hidden whole. */
  tell(event: Fields, pipeline: string): void {
    if (this.#reason === undefined) return;
    const tag = '_masktimeout';
    mark(event, {
      message: this.#reason,
      processor: 'mask',
      tag: undefined,
      pipeline,
      eventTag: tag,
      isMismatch: false,
    });
    this.#reason = undefined;
  }

  #step(parent: unknown[] | Fields, key: string | number, path: readonly string[], next: number, depth: number): void {
    const fields = parent as Fields;
    if (next < path.length) this.path(fields[key], path, next, depth + 1);
    else this.field(fields, key as string, path.join('.'), depth);
  }

  #value(value: unknown, name: string, depth: number): unknown {
    if (typeof value === 'string') {
      try {
        return this.#hide(value);
      } catch (error) {
        if (!(error instanceof TooSlow)) throw error;
        return this.#whole(name, error.message);
      }
    }
    if (typeof value !== 'object' || value === null) return value;
    if (depth >= MAX_DEPTH) return this.#whole(name, `it is nested deeper than ${MAX_DEPTH}`);
    if (Array.isArray(value)) return value.map(item => this.#value(item, name, depth + 1));
    if (isFields(value)) for (const key of Object.keys(value)) this.field(value, key, name, depth + 1);
    return value;
  }

  #whole(name: string, reason: string): string {
    this.#reason ??= `[${name}] was hidden whole: ${reason}`;
    return HIDDEN;
  }
}
