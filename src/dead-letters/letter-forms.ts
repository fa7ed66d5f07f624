import { dayOf } from '../base/time/iso.ts';
import type { NewDeadLetter } from '../core/contracts.ts';
import type { DeadLetter as Refusal } from '../store/elasticsearch/elasticsearch-store.ts';
import { containerOfDocument, fieldsOf } from './files/split.ts';

/** What Elasticsearch refused, as a letter. */
export function letterOfRefusal({ id, day, chunk, index, type, reason, document, at }: Refusal): NewDeadLetter {
  const bytes = Buffer.from(document);
  return {
    kind: 'event',
    event: id,
    chunk,
    day,
    container: containerOfDocument(fieldsOf(bytes)),
    type,
    reason,
    source: 'elasticsearch',
    index,
    at,
    form: 'elasticsearch',
    events: 1,
    document: bytes,
  };
}

/** What the embedded store's process leaves in `store/dead-letters/<chunk>.ndjson`. */
export function quarantinedLetters(content: Buffer, at: number): NewDeadLetter[] {
  const letters: NewDeadLetter[] = [];
  for (const text of content.toString().split('\n')) {
    const found = fieldsOf(Buffer.from(text));
    if (found === undefined) continue;
    const { reason, chunk, line, document, document_base64: base64 } = found;
    const bytes = typeof base64 === 'string' ? Buffer.from(base64, 'base64') : Buffer.from(String(document));
    const fields = fieldsOf(bytes);
    const time = Date.parse(String(fields?.['@timestamp']));
    letters.push({
      kind: 'event',
      event: typeof fields?.['_id'] === 'string' ? fields['_id'] : '',
      chunk: String(chunk),
      line: Number(line),
      day: Number.isNaN(time) ? dayOfChunk(String(chunk)) : dayOf(time),
      container: containerOfDocument(fields),
      type:
        typeof found['type'] === 'string' ? found['type'] : (FORMER_TYPES[String(reason)] ?? 'column_type_mismatch'),
      reason: String(reason),
      source: 'embedded',
      at,
      form: 'embedded',
      events: 1,
      document: bytes,
    });
  }
  return letters;
}

/** Earlier builds wrote the reason only. */
const FORMER_TYPES: Record<string, string> = {
  'not valid UTF-8': 'invalid_utf8',
  'not valid JSON': 'invalid_json',
  'not a JSON object': 'not_an_object',
  '_id is missing or no string': 'missing_id',
  'seq is missing or no whole number': 'missing_seq',
  '@timestamp is missing or no time': 'missing_timestamp',
};

/** `0000000000000001.w0.20261120` */
function dayOfChunk(id: string): string {
  const match = /\.(\d{4})(\d\d)(\d\d)$/.exec(id);
  return match === null ? '' : `${match[1]}.${match[2]}.${match[3]}`;
}
