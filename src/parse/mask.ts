import { LongshoreError, nearest } from '../core/errors.ts';
import { type Fields, isFields } from '../core/event.ts';
import { javaRegExp } from './bounded-regexp.ts';
import { FieldPath } from './field-path.ts';
import { javaReplacement } from './java-regexp.ts';
import type { Located } from './loader/located.ts';
import { OptionReader } from './loader/option-reader.ts';
import type { RunState } from './run-state.ts';

/** Hides what must not be stored, in place. Runs after the processors, also when one of them failed. */
export type Mask = (event: Fields, state: RunState) => void;

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

export const MASK_PRESETS: readonly string[] = Object.keys(PRESETS);

// Who an event is from stays readable: masking it would lose the event its place.
const IDENTITY = new Set(['container_id', 'container_name', 'image', 'stream', 'tag', '@timestamp', 'level']);

/** `mask`: a list of { pattern or preset, replace (default `***`), fields (default: every text of the event) }. */
export function readMasks(source: Located, problems: LongshoreError[]): Mask[] {
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
  return source.items.map(item => readMask(item, problems)).filter(mask => mask !== undefined);
}

function readMask(source: Located, problems: LongshoreError[]): Mask | undefined {
  const options = new OptionReader('`mask`', source, problems);
  const preset = options.string('preset', undefined);
  const own = options.string('pattern', undefined);
  const replace = javaReplacement(options.string('replace', '***'));
  const paths = options.has('fields') ? options.strings('fields').map(name => new FieldPath(name)) : undefined;
  options.finish();
  if ((preset === undefined) === (own === undefined)) {
    options.problem('LS_PIPELINE_MASK', '`mask` needs either `pattern` or `preset`.', 'Give one of them.');
    return undefined;
  }
  const text = preset === undefined ? own! : Object.hasOwn(PRESETS, preset) ? PRESETS[preset]! : undefined;
  if (text === undefined) {
    const near = nearest(preset!, MASK_PRESETS);
    const fix = near === undefined ? `It is one of ${MASK_PRESETS.join(', ')}.` : `Did you mean ${near}?`;
    options.problem('LS_PIPELINE_MASK', `the mask preset "${preset}" is not known.`, fix);
    return undefined;
  }
  const flags = preset !== undefined && ANY_CASE.has(preset) ? 'i' : '';
  const pattern = options.attempt('pattern', () => javaRegExp(text, flags, undefined, 'g'));
  if (pattern === undefined) return undefined;
  const hide = (value: string): string => value.replace(pattern, replace);
  if (paths === undefined) return event => hideAll(event, hide, 0);
  return (event, state) => {
    for (const path of paths) {
      const value = path.get(event, state);
      if (typeof value === 'string') path.set(event, state, hide(value));
      else if (value !== undefined && value !== null) path.set(event, state, hidden(value, hide, 0));
    }
  };
}

const MAX_DEPTH = 64;

function hideAll(fields: Fields, hide: (text: string) => string, depth: number): void {
  for (const key of Object.keys(fields)) {
    if (depth === 0 && IDENTITY.has(key)) continue;
    fields[key] = hidden(fields[key], hide, depth);
  }
}

function hidden(value: unknown, hide: (text: string) => string, depth: number): unknown {
  if (typeof value === 'string') return hide(value);
  if (depth >= MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map(item => hidden(item, hide, depth + 1));
  if (isFields(value)) hideAll(value, hide, depth + 1);
  return value;
}
