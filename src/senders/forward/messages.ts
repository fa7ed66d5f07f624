import { hash } from 'node:crypto';
import type { Compression } from '../../base/forward/compression.ts';
import { beginEntry, encodePacked } from '../../base/forward/encode.ts';
import { MsgpackWriter } from '../../base/msgpack/write.ts';
import type { DocumentForm } from '../../core/contracts.ts';
import { type Fields, isFields, PARSED_MARK } from '../../core/event.ts';

/** A PackedForward message, not yet compressed: `[tag, entries, { chunk, size, longshore: 1 }]`. */
export interface Message {
  readonly tag: string;
  /** The id that the acknowledgement repeats. */
  readonly id: string;
  readonly events: number;
  /** `[EventTime, record]` after `[EventTime, record]`. */
  readonly entries: Buffer;
}

export interface PackOptions {
  /** What makes message ids unique: who sends, and what. */
  readonly node: string;
  readonly chunk: string;
  readonly maxMessageBytes: number;
}

/** A tag that nobody gave. */
const NO_TAG = 'longshore';

/**
 * The documents of a chunk as messages, one or more a tag, the documents of a tag in their order. The same chunk gives
 * the same messages with the same ids, also in another process: a receiver tells a repetition from news by the id.
 * `_id` and `seq` stay behind; a document's own `fields` stand at the top of its record, as they do in Elasticsearch.
 */
export function packChunk(body: Buffer, options: PackOptions): Message[] {
  const open = new Map<string, Pack>();
  const messages: Message[] = [];
  const finish = (pack: Pack): void => {
    messages.push({
      tag: pack.tag,
      id: idOf(options, pack),
      events: pack.events,
      entries: pack.writer.take(),
    });
    pack.events = 0;
  };
  let place = 0;
  const form = formOf(body);
  for (const line of documentsOf(body, form)) {
    const record = recordOf(line);
    const given = record['tag'];
    const tag = typeof given === 'string' && given !== '' ? given : NO_TAG;
    let pack = open.get(tag);
    if (pack === undefined) {
      // Most chunks have few tags; those of thousands must not cost megabytes of empty memory.
      pack = { tag, writer: new MsgpackWriter(open.size < 4 ? 65_536 : 1024), events: 0, first: place };
      open.set(tag, pack);
    }
    if (pack.events === 0) pack.first = place;
    write(pack.writer, record, form);
    pack.events++;
    place++;
    if (pack.writer.length >= options.maxMessageBytes) finish(pack);
  }
  for (const pack of open.values()) if (pack.events > 0) finish(pack);
  return messages;
}

/** The bytes on the wire of a message whose entries are compressed (or not) already. */
export function encodeMessage(message: Message, entries: Buffer, compressed: Compression | undefined): Buffer {
  return encodePacked(message.tag, entries, {
    chunk: message.id,
    size: message.events,
    ...(compressed === undefined ? {} : { compressed }),
    [PARSED_MARK]: 1,
  });
}

interface Pack {
  readonly tag: string;
  readonly writer: MsgpackWriter;
  events: number;
  /** Place, in the chunk, of the first document. */
  first: number;
}

/** 24 characters of base64, as Fluentd's and Fluent Bit's ids. */
function idOf({ node, chunk }: PackOptions, { tag, first, events }: Pack): string {
  return hash('sha256', `${node}\0${chunk}\0${tag}\0${first}\0${events}`, 'buffer').subarray(0, 18).toString('base64');
}

/** Chunks may be older than the configuration, and copies are of either form. */
function formOf(body: Buffer): DocumentForm {
  return body.subarray(0, ACTION.length).equals(ACTION) ? 'elasticsearch' : 'embedded';
}
const ACTION = Buffer.from('{"create":{"_id":');

function* documentsOf(body: Buffer, form: DocumentForm): Generator<string> {
  let isDocument = form === 'embedded';
  for (let at = 0; at < body.length; ) {
    const feed = body.indexOf(LINE_FEED, at);
    const end = feed < 0 ? body.length : feed;
    if (isDocument && end > at) yield body.toString('utf8', at, end);
    if (form === 'elasticsearch') isDocument = !isDocument;
    at = end + 1;
  }
}
const LINE_FEED = 10;

/** What was acknowledged is sent, also should it be unreadable: as a text that says so. */
function recordOf(line: string): Fields {
  try {
    const document: unknown = JSON.parse(line);
    if (isFields(document)) return document;
  } catch {
    // Below.
  }
  return { message: line, tags: ['_unreadable_document'] };
}

function write(writer: MsgpackWriter, document: Fields, form: DocumentForm): void {
  const rest = form === 'embedded' ? document['fields'] : undefined;
  const inner = isFields(rest) ? rest : undefined;
  beginEntry(writer, Date.parse(document['@timestamp'] as string));
  const keys = Object.keys(document).filter(key => !isOurs(key, inner));
  const innerKeys = inner === undefined ? [] : Object.keys(inner);
  writer.map(keys.length + innerKeys.length);
  for (const key of keys) {
    writer.text(key);
    writer.value(document[key]);
  }
  for (const key of innerKeys) {
    writer.text(key);
    writer.value(inner![key]);
  }
}

function isOurs(key: string, inner: Fields | undefined): boolean {
  return key === 'seq' || key === '_id' || (key === 'fields' && inner !== undefined);
}
