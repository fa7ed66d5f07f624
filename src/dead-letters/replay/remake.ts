import { dayOf } from '../../base/time/iso.ts';
import type { DocumentForm } from '../../core/contracts.ts';
import { type EventMeta, type Fields, type LogEvent, newFields } from '../../core/event.ts';
import { containerOf } from '../../ledger/counts.ts';
import type { PipelineSet } from '../../parse/pipelines.ts';
import { parseStored } from '../../schema/serialise.ts';
import type { DeadLetter } from '../dead-letter.ts';

export interface Making {
  readonly form: DocumentForm;
  readonly conform: (fields: Fields, meta: EventMeta) => LogEvent;
  readonly serialise: (event: LogEvent, id: string, seq: number, form: DocumentForm) => string;
}

/** What becomes of a letter: a document again, nothing (a pipeline drops it), or nothing that could be sent. */
export type Remade =
  | {
      type: 'document';
      id: string;
      seq: number;
      time: number;
      day: string;
      container: string;
      text: string;
      fields: Fields;
    }
  | { type: 'dropped'; container: string }
  | { type: 'impossible'; why: string };

/** The document of a letter as fields, without `_id`, `_index` and `seq`. What is no JSON object becomes the message. */
export function fieldsOfLetter({ document, day }: DeadLetter): {
  fields: Fields;
  id: unknown;
  seq: unknown;
  isDocument: boolean;
} {
  const text = Buffer.from(document.buffer, document.byteOffset, document.length).toString();
  const fields = newFields();
  let found: Fields | undefined;
  try {
    found = parseStored(text, day);
  } catch {
    // No JSON: kept as text.
  }
  if (found === undefined || !text.trimStart().startsWith('{')) {
    fields['message'] = text;
    return { fields, id: undefined, seq: undefined, isDocument: false };
  }
  for (const key in found) if (!OWN.has(key)) fields[key] = found[key];
  return { fields, id: found['_id'], seq: found['seq'], isDocument: true };
}

const OWN = new Set(['_id', '_index', 'seq']);

/**
 * Runs the stored document through the pipelines, as Elasticsearch's `_reindex` with a pipeline does: they see its fields,
 * not the line that once came in. It keeps its `_id` and its `seq`.
 */
export function remake(letter: DeadLetter, pipelines: PipelineSet, making: Making): Remade {
  if (letter.kind === 'raw') return { type: 'impossible', why: NOT_APART };
  const { fields, id, seq } = fieldsOfLetter(letter);
  const tag = typeof fields['tag'] === 'string' ? fields['tag'] : '';
  const container = containerOf(fields, tag);
  const ownSeq = seqOf(letter, seq);
  const time = Date.parse(String(fields['@timestamp']));
  const receivedAt = Math.min(Math.floor(ownSeq / 1000), letter.at);
  const meta: EventMeta = { tag, time: Number.isNaN(time) ? receivedAt : time, receivedAt };
  forgetFailures(fields);
  const ownId = idOf(letter, id);
  const parsed = pipelines.run(fields, meta, ownId);
  if (parsed === undefined) return { type: 'dropped', container };
  const event = making.conform(parsed, meta);
  const text = making.serialise(event, ownId, ownSeq, making.form);
  return {
    type: 'document',
    id: ownId,
    seq: ownSeq,
    time: event.time,
    day: event.day,
    container: containerOf(event.fields, tag),
    text,
    fields: event.fields,
  };
}

/** The document as it was refused. */
export function unchanged(letter: DeadLetter, making: Making): Remade {
  if (letter.kind === 'raw') return { type: 'impossible', why: NOT_APART };
  const { fields, id, seq, isDocument } = fieldsOfLetter(letter);
  const time = Date.parse(String(fields['@timestamp']));
  if (!isDocument || Number.isNaN(time)) {
    return { type: 'impossible', why: 'it is no document with an @timestamp, so it cannot be sent as it is' };
  }
  const ownId = idOf(letter, id);
  const ownSeq = seqOf(letter, seq);
  const day = dayOf(time);
  const document = Buffer.from(letter.document).toString().trimEnd();
  const isSame = letter.form === making.form && seq === ownSeq && (letter.form === 'elasticsearch' || id === ownId);
  const text = isSame
    ? `${making.form === 'elasticsearch' ? `${JSON.stringify({ create: { _id: ownId } })}\n` : ''}${document}\n`
    : making.serialise({ time, day, fields }, ownId, ownSeq, making.form);
  const container = containerOf(fields, typeof fields['tag'] === 'string' ? fields['tag'] : '');
  return { type: 'document', id: ownId, seq: ownSeq, time, day, container, text, fields };
}

const NOT_APART = 'it is a whole chunk whose bytes cannot be told apart into events';

const idOf = (letter: DeadLetter, found: unknown): string =>
  typeof found === 'string' && found !== '' ? found : letter.event === '' ? `letter-${letter.id}` : letter.event;

const seqOf = (letter: DeadLetter, found: unknown): number =>
  typeof found === 'number' && Number.isSafeInteger(found) ? found : Math.floor(letter.at) * 1000;

/** What an earlier run of the pipelines said of its failures: this run says its own. */
function forgetFailures(fields: Fields): void {
  delete fields['pipeline_error'];
  const tags = fields['tags'];
  if (!Array.isArray(tags)) return;
  const rest = tags.filter(tag => typeof tag !== 'string' || !/^_.*failure$/.test(tag));
  if (rest.length === 0) delete fields['tags'];
  else fields['tags'] = rest;
}
