import { didYouMean } from '../base/text/did-you-mean.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { type Fields, isFields } from '../core/event.ts';
import { parseJson } from '../parse/json-values.ts';
import type { PipelineFile } from '../parse/pipelines.ts';
import { exactJson } from '../parse/simulate/exact-json.ts';
import { eventRecord, lineRecord, type Origin, originFields } from './origin.ts';

/** `POST /api/parse`. */
export interface ParseRequest {
  /** None: the lines are stored ones, or only tests are run. */
  readonly records: readonly Fields[];
  readonly tag: string | undefined;
  /** Epoch milliseconds; undefined: now. */
  readonly now: number | undefined;
  /** A pipeline that takes every event. */
  readonly only: string | undefined;
  /** In place of those that run. */
  readonly files: readonly PipelineFile[] | undefined;
  /** One more, or another in place of one that runs. */
  readonly own: PipelineFile | undefined;
  /** In place of the running file of its path, or beside all of them. */
  readonly edited: PipelineFile | undefined;
  /** Whether any trace is told. */
  readonly explains: boolean;
  /** Whether the traces of these records are told, by number. */
  readonly isExplained: (line: number) => boolean;
  /** What the patterns of each grok see is told. */
  readonly hasParts: boolean;
  /** The tests of `edited` are run. */
  readonly hasTests: boolean;
  /** What comes out is compared with what the pipelines that run make. */
  readonly isCompared: boolean;
}

const MEMBERS = [
  'lines',
  'events',
  'image',
  'container',
  'service',
  'stream',
  'labels',
  'tag',
  'now',
  'pipeline',
  'pipelines',
  'explain',
  'edited',
  'parts',
  'tests',
  'compare',
];
const MAX_RECORDS = 10_000;
/** The name of a pipeline that a request brings. */
const GIVEN_NAME = 'given';

/** `isStored`: the lines come from the store. Throws LS_TRIAL_REQUEST. */
export function readParseRequest(text: string, isStored: boolean): ParseRequest {
  const body = bodyOf(text);
  const unknown = Object.keys(body).find(name => !MEMBERS.includes(name));
  if (unknown !== undefined)
    throw wrong(
      `there is no member ${JSON.stringify(unknown.slice(0, 50))}`,
      didYouMean(unknown, MEMBERS) ?? `Use some of ${MEMBERS.join(', ')}.`,
    );
  const origin: Origin = {
    image: textOf(body, 'image'),
    container: textOf(body, 'container'),
    service: textOf(body, 'service'),
    stream: textOf(body, 'stream'),
    labels: labelsOf(body['labels']),
  };
  const { pipeline } = body;
  const [edited] = filesOf(body['edited'] === undefined ? undefined : [body['edited']], 'edited') ?? [];
  const hasTests = flagOf(body, 'tests');
  if (hasTests && edited === undefined)
    throw wrong('tests are those of an edited file', 'Write {"edited": {"path": "shop.yaml", "text": "..."}}.');
  const own = isFields(pipeline) ? { path: `${GIVEN_NAME}.json`, text: exactJson(pipeline) } : undefined;
  return {
    records: isStored || (hasTests && hasNoLines(body)) ? [] : recordsOf(body, originFields(origin)),
    tag: textOf(body, 'tag'),
    now: timeOf(body),
    only: own === undefined ? textOf(body, 'pipeline') : GIVEN_NAME,
    files: filesOf(body['pipelines'], 'pipelines'),
    own,
    edited,
    explains: body['explain'] !== undefined && body['explain'] !== false,
    isExplained: explained(body['explain']),
    hasParts: flagOf(body, 'parts'),
    hasTests,
    isCompared: flagOf(body, 'compare'),
  };
}

function bodyOf(text: string): Fields {
  let body: unknown;
  try {
    body = parseJson(text);
  } catch (error) {
    throw wrong(`the body is no JSON: ${messageOf(error)}`, EXAMPLE);
  }
  if (!isFields(body)) throw wrong('the body is no JSON object', EXAMPLE);
  return body;
}

const EXAMPLE = 'Send {"lines": "..."}; {"image": "nginx"} beside it says from where they come.';

function recordsOf({ lines, events }: Fields, origin: Fields): Fields[] {
  if ((lines === undefined) === (events === undefined)) throw wrong('there must be either lines or events', EXAMPLE);
  if (lines !== undefined) {
    const list = typeof lines === 'string' ? lines.replace(/\r?\n$/, '').split(/\r?\n/) : lines;
    if (!Array.isArray(list) || !list.every(line => typeof line === 'string'))
      throw wrong('lines is neither a text nor a list of texts', EXAMPLE);
    return bounded(list).map(line => lineRecord(line, origin));
  }
  if (!Array.isArray(events) || !events.every(isFields))
    throw wrong('events is no list of objects', 'Write {"events": [{"message": "..."}]}.');
  return bounded(events).map(event => eventRecord(event, origin));
}

function bounded<T>(list: readonly T[]): readonly T[] {
  if (list.length > MAX_RECORDS) throw wrong(`there are more than ${MAX_RECORDS} lines`, 'Send fewer at a time.');
  return list;
}

function labelsOf(given: unknown): Record<string, string> | undefined {
  if (given === undefined) return undefined;
  if (isFields(given) && Object.values(given).every(value => typeof value === 'string'))
    return given as Record<string, string>;
  throw wrong('labels is no mapping of texts', 'Write {"labels": {"team": "shop"}}.');
}

const hasNoLines = ({ lines, events }: Fields): boolean => lines === undefined && events === undefined;

/** `true`: all; a list: these numbers of records. */
function explained(given: unknown): (line: number) => boolean {
  if (given === undefined || typeof given === 'boolean') return () => given === true;
  if (!Array.isArray(given) || !given.every(Number.isInteger))
    throw wrong(
      'explain is neither true nor false',
      'Write {"explain": true}, or the numbers of some lines: {"explain": [1]}.',
    );
  const lines = new Set<unknown>(given);
  return line => lines.has(line);
}

function flagOf(body: Fields, name: string): boolean {
  const value = body[name];
  if (value === undefined || typeof value === 'boolean') return value === true;
  throw wrong(`${name} is neither true nor false`, `Write {"${name}": true}.`);
}

function filesOf(given: unknown, name: string): PipelineFile[] | undefined {
  if (given === undefined) return undefined;
  const isFile = (file: unknown): file is PipelineFile =>
    isFields(file) && typeof file['path'] === 'string' && typeof file['text'] === 'string';
  if (Array.isArray(given) && given.every(isFile))
    return given.map(({ path, text }) => ({ path: path.slice(0, 1000), text }));
  const file = '{"path": "shop.yaml", "text": "..."}';
  if (name === 'edited') throw wrong('edited is no file', `Write {"edited": ${file}}.`);
  throw wrong('pipelines is no list of files', `Write {"pipelines": [${file}]}.`);
}

function timeOf(body: Fields): number | undefined {
  const text = textOf(body, 'now');
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw wrong('now is no time', 'Write {"now": "2026-11-20T14:00:00Z"}.');
  return ms;
}

function textOf(body: Fields, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw wrong(`${name} is no text`, `Write {"${name}": "..."}.`);
}

const wrong = (what: string, fix: string): LongshoreError =>
  new LongshoreError('LS_TRIAL_REQUEST', `${what}.`, { fix });
