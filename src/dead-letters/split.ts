import type { DocumentForm, NewDeadLetter } from '../core/contracts.ts';
import { type Fields, isFields } from '../core/event.ts';
import { containerOf, OTHER } from '../ledger/counts.ts';

/** A chunk that is given up as a whole. */
export interface GivenUp {
  readonly id: string;
  readonly day: string;
  readonly events: number;
  /** NDJSON in either form. */
  readonly body: Buffer;
  readonly type: string;
  readonly reason: string;
  readonly source: string;
  readonly at: number;
}

/** One letter for each event of the chunk; one of kind `chunk` when its bytes cannot be told apart into that many events. */
export function lettersOfChunk(chunk: GivenUp): NewDeadLetter[] {
  return split(chunk) ?? [whole(chunk)];
}

function split({ id, events, body, ...rest }: GivenUp): NewDeadLetter[] | undefined {
  const letters: NewDeadLetter[] = [];
  const shared = { kind: 'event', chunk: id, events: 1, ...rest } as const;
  let event: string | undefined;
  for (let start = 0; start < body.length; ) {
    const found = body.indexOf(10, start);
    const end = found === -1 ? body.length : found;
    const line = body.subarray(start, end);
    start = end + 1;
    if (line.length === 0) continue;
    if (event === undefined && line.subarray(0, 10).equals(ACTION)) {
      event = idOf(line);
      if (event === undefined) return undefined;
      continue;
    }
    const fields = fieldsOf(line);
    const form: DocumentForm = event === undefined ? 'embedded' : 'elasticsearch';
    const own = event ?? fields?.['_id'];
    if (typeof own !== 'string') return undefined;
    letters.push({ ...shared, event: own, form, container: containerOfDocument(fields), document: line });
    event = undefined;
  }
  return event === undefined && letters.length > 0 && letters.length === events ? letters : undefined;
}

const ACTION = Buffer.from('{"create":');

function whole({ id, body, ...rest }: GivenUp): NewDeadLetter {
  return { kind: 'chunk', event: '', chunk: id, form: 'elasticsearch', container: OTHER, document: body, ...rest };
}

/** The ledger's name of where a document comes from. */
export function containerOfDocument(fields: Fields | undefined): string {
  if (fields === undefined) return OTHER;
  const tag = fields['tag'];
  return containerOf(fields, typeof tag === 'string' ? tag : '').slice(0, MAX_NAME_LENGTH);
}

const MAX_NAME_LENGTH = 200;

/** The JSON object in these bytes; undefined when there is none. */
export function fieldsOf(bytes: Uint8Array): Fields | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function idOf(action: Buffer): string | undefined {
  const create = fieldsOf(action)?.['create'];
  const id = isFields(create) ? create['_id'] : undefined;
  return typeof id === 'string' ? id : undefined;
}
