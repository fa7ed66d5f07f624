import { LongshoreError } from '../../core/errors.ts';
import { type Fields, isFields } from '../../core/event.ts';
import { type BodyLimits, tooManyEvents } from '../http/events.ts';
import { type JsonFault, MAX_NAMES, needsCare, parse, readRecord } from '../json/record.ts';

/*
 * The body of `_bulk`, lines of JSON:
 *
 *     body   := item item ...
 *     item   := create-or-index NL document NL | update NL anything NL | delete NL
 *     action := {"create": {"_index": "logs", "_id": "7", "pipeline": "nginx"}}     each of the three may be missing
 *
 * A body whose actions cannot be read is refused as a whole, as Elasticsearch does: nobody knows which line belongs to which.
 * What is wrong with one document is the verdict of its item.
 */

/** Why one item is not taken; `type` and `status` are those that Elasticsearch's clients know. */
export interface ItemFault {
  readonly status: number;
  readonly type: string;
  readonly reason: string;
}

/** One item of a bulk request: a record to take, or a fault. */
export interface BulkItem {
  readonly action: string;
  /** As the sender wrote it. */
  readonly index: string;
  /** Undefined: the sender gave none. */
  readonly id: string | undefined;
  readonly pipeline: string | undefined;
  readonly record: Fields | undefined;
  readonly fault: ItemFault | undefined;
  /** Characters of its document. */
  readonly size: number;
}

/** What the address of the request says for items that do not. */
export interface BulkDefaults {
  readonly index?: string | undefined;
  readonly pipeline?: string | undefined;
}

/** Elasticsearch's own limit. */
export const MAX_ID_BYTES = 512;
const MAX_INDEX_LENGTH = 255;

interface Action {
  readonly name: string;
  readonly index: string;
  readonly id: string | undefined;
  readonly pipeline: string | undefined;
  readonly fault: ItemFault | undefined;
}

/** Throws LS_INPUTS_BODY_EMPTY, LS_INPUTS_BULK_INVALID, LS_INPUTS_TOO_MANY_EVENTS. */
export function decodeBulk(text: string, defaults: BulkDefaults, limits: BodyLimits): BulkItem[] {
  const items: BulkItem[] = [];
  const careful = needsCare(text);
  const actions = new ActionReader(defaults);
  let number = 0;
  for (let start = 0; start < text.length; ) {
    const line = lineAt(text, start);
    start += line.length + 1;
    number++;
    if (line.trim() === '') continue;
    const action = actions.read(line, number);
    if (items.length >= limits.max_events_per_request) throw tooManyEvents(limits);
    if (action.name === 'delete') {
      items.push(itemOf(action, undefined, 0));
      continue;
    }
    if (start >= text.length) throw invalid(`the action in line ${number} has no document`);
    const document = lineAt(text, start);
    start += document.length + 1;
    number++;
    const record = action.fault === undefined ? readRecord(document, limits.max_nesting_depth, careful) : undefined;
    items.push(itemOf(action, record, document.length));
  }
  if (items.length === 0) throw new LongshoreError('LS_INPUTS_BODY_EMPTY', 'The body has no actions.');
  return items;
}

/** The one document of `/<index>/_doc` and `/<index>/_create/<id>`. */
export function decodeDocument(
  text: string,
  action: { name: 'index' | 'create'; index: string; id: string | undefined; pipeline: string | undefined },
  limits: BodyLimits,
): BulkItem {
  const record = readRecord(text, limits.max_nesting_depth, needsCare(text));
  const fault = indexFault(action.index) ?? idFault(action.id);
  return itemOf({ ...action, fault }, record, text.length);
}

/** Why the name of a pipeline cannot be taken. */
export function pipelineFault(name: string): ItemFault {
  return refusal('illegal_argument_exception', `pipeline with id [${name.slice(0, 100)}] does not exist`);
}

function itemOf({ name, index, id, pipeline, fault }: Action, record: Fields | JsonFault | undefined, size: number) {
  const isRecord = typeof record === 'object';
  return {
    ...{ action: name, index, id, pipeline, size },
    record: fault === undefined && isRecord ? record : undefined,
    fault: fault ?? (typeof record === 'string' ? documentFault(record) : undefined),
  };
}

/** Reads actions; one that is written like the one before it is that one. */
class ActionReader {
  readonly #defaults: BulkDefaults;
  #line = '';
  #last: Action | undefined;

  constructor(defaults: BulkDefaults) {
    this.#defaults = defaults;
  }

  read(line: string, number: number): Action {
    if (this.#last !== undefined && line === this.#line) return this.#last;
    const action = this.#parse(line, number);
    this.#line = line;
    this.#last = action;
    return action;
  }

  #parse(line: string, number: number): Action {
    const [name, options] = actionOf(line, number);
    const index = options['_index'] ?? this.#defaults.index;
    if (typeof index !== 'string' || index === '') throw invalid(`the action in line ${number} names no index`);
    const given = options['_id'] ?? undefined;
    const id = typeof given === 'number' ? String(given) : given;
    const pipeline = options['pipeline'] ?? this.#defaults.pipeline;
    const fault =
      name === 'update' || name === 'delete'
        ? refusal('illegal_argument_exception', `${name} is not taken: logs are only added to. Send create or index`)
        : (indexFault(index) ?? idFault(id));
    return {
      name,
      index: index.toWellFormed(),
      id: typeof id === 'string' ? id.toWellFormed() : undefined,
      pipeline: typeof pipeline === 'string' && pipeline !== '_none' && pipeline !== '' ? pipeline : undefined,
      fault,
    };
  }
}

const ACTIONS = new Set(['create', 'index', 'update', 'delete']);

function actionOf(line: string, number: number): [string, Fields] {
  let value: unknown;
  try {
    value = parse(line, false);
  } catch {
    throw invalid(`line ${number} is no JSON, and should be an action`);
  }
  const entries = isFields(value) ? Object.entries(value) : [];
  const [first] = entries;
  if (first === undefined || entries.length > 1 || !ACTIONS.has(first[0]) || !isFields(first[1]))
    throw invalid(`line ${number} is no action`);
  const [name, options] = first as [string, Fields];
  return [options['op_type'] === 'create' && name === 'index' ? 'create' : name, options];
}

function lineAt(text: string, start: number): string {
  const end = text.indexOf('\n', start);
  return end === -1 ? text.slice(start) : text.slice(start, end);
}

function indexFault(index: string): ItemFault | undefined {
  const isName =
    index.length <= MAX_INDEX_LENGTH &&
    !/[\x00-\x1f\x7f\\/*?"|, #]/.test(index.replace(/^<(.*)>$/, '')) &&
    !/^[_+-]|^\.{1,2}$/.test(index);
  return isName
    ? undefined
    : refusal(
        'invalid_index_name_exception',
        'an index has 1 to 255 characters, none of them a blank or \\ / * ? " | , #',
      );
}

function idFault(id: unknown): ItemFault | undefined {
  if (id === undefined) return undefined;
  if (typeof id !== 'string' || id === '')
    return refusal('illegal_argument_exception', 'an _id is a text, and not empty');
  const size = Buffer.byteLength(id);
  if (size <= MAX_ID_BYTES) return undefined;
  const reason = `id is too long, must be no longer than ${MAX_ID_BYTES} bytes but was: ${size}`;
  return refusal('illegal_argument_exception', reason);
}

const WHY: Readonly<Record<JsonFault, string>> = {
  not_json: 'the document is no JSON',
  not_an_object: 'the document is no object',
  too_deep: 'the document is nested too deeply',
  too_many_names: `the document has more than ${MAX_NAMES} names`,
};

function documentFault(fault: JsonFault): ItemFault {
  return refusal('mapper_parsing_exception', `failed to parse: ${WHY[fault]} (LS_INPUTS_NOT_AN_OBJECT)`);
}

const refusal = (type: string, reason: string): ItemFault => ({ status: 400, type, reason });

function invalid(what: string): LongshoreError {
  return new LongshoreError('LS_INPUTS_BULK_INVALID', `The body is no bulk request: ${what}.`, {
    fix: 'Send {"create":{"_index":"logs"}} and the document, each in a line of its own.',
  });
}
