import { LongshoreError } from '../../core/errors.ts';
import { type Fields, isFields } from '../../core/event.ts';
import { type JsonFault, MAX_NESTING_DEPTH, needsCare, readRecord } from '../json/record.ts';

/** What a request of a webhook says. */
export interface HookEvents {
  readonly records: Fields[];
  /** Names each event, whenever and by whomever it is sent again; undefined: nothing does. */
  readonly ids: readonly string[] | undefined;
  /** Bytes that stand in every event, but once in the request. */
  readonly growth: number;
  /** For the sender: why there is no event, or that a part was left out. */
  readonly note?: string | undefined;
}

export const NOTHING = (note: string): HookEvents => ({ records: [], ids: undefined, growth: 0, note });

/** The object of a body. Throws LS_INPUTS_WEBHOOK, with what it should have been. */
export function readHook(body: Buffer, what: string): Fields {
  const text = body.toString();
  const found = readRecord(text, MAX_NESTING_DEPTH, needsCare(text));
  if (typeof found !== 'string') return found;
  throw wrong(`the body ${WHY[found]}`, `Send ${what}.`);
}

const WHY: Readonly<Record<JsonFault, string>> = {
  not_json: 'is not valid JSON',
  not_an_object: 'is no JSON object',
  too_deep: 'is nested too deeply',
  too_many_names: 'has too many names in one object',
};

export const wrong = (what: string, fix: string): LongshoreError =>
  new LongshoreError('LS_INPUTS_WEBHOOK', `Nothing was taken: ${what}.`, { fix });

/** The value of a path of objects; undefined where one is missing. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let inner = value;
  for (const name of path) {
    if (!isFields(inner) || !Object.hasOwn(inner, name)) return undefined;
    inner = inner[name];
  }
  return inner;
}

/** The text there, cut where it is absurdly long; undefined where there is none or an empty one. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const text = at(value, ...path);
  if (typeof text === 'number' && Number.isFinite(text)) return String(text);
  return typeof text === 'string' && text !== '' ? text.slice(0, MAX_CHARS).toWellFormed() : undefined;
}

const MAX_CHARS = 1000;

/** Epoch milliseconds of an ISO time with a zone, of `2026-11-20 13:55:36 UTC` or `+0100`; undefined for what is none. */
export function timeAt(value: unknown, ...path: readonly string[]): number | undefined {
  const text = at(value, ...path);
  if (typeof text !== 'string') return undefined;
  const found = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d{1,9})?) ?(Z|UTC|[+-]\d\d:?\d\d)$/.exec(text);
  if (found === null) return undefined;
  const zone = found[3] === 'UTC' ? 'Z' : found[3]!.replace(/^(...)(\d\d)$/, '$1:$2');
  const time = Date.parse(`${found[1]}T${found[2]}${zone}`);
  return Number.isFinite(time) && time > 0 ? time : undefined;
}
