import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import type { AlertHit } from '../alerts/engine.ts';
import type { PositionHits } from '../alerts/hit-source.ts';
import { isFields, newFields } from '../core/event.ts';

/** An entry of the stream, taken apart. */
export interface HitsEntry {
  /** Of the stream: `<ms>-<number>`. */
  readonly id: string;
  /** When Redis took it, epoch milliseconds of its clock. */
  readonly at: number;
  readonly source: string;
  /** In order; empty for a bare watermark. */
  readonly positions: readonly PositionHits[];
  /** Everything that the source received before it (epoch milliseconds) stands in the stream up to here. */
  readonly watermark: number | undefined;
  /** The source has ended orderly. */
  readonly isGoodbye: boolean;
  /** Bytes that the stream has counted ever, with this entry. */
  readonly counted: string;
}

/** An entry that is no entry; the stream goes on behind it. */
export interface BrokenEntry {
  readonly id: string;
  readonly reason: string;
}

const MAX_ENTRY_BYTES = 512_000_000;

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/*
 * The payload of an entry, before zstd and base64:
 *
 *   [position, ...]   position = [number, [hit, ...]]   hit = [event id, [rule, ...], event]
 */

/** One position as JSON. Hits of one event stand side by side, and it is written once. */
export function positionText(position: number, hits: readonly AlertHit[]): string {
  let text = `[${position},[`;
  for (let i = 0; i < hits.length; ) {
    const { id, event } = hits[i]!;
    const rules: string[] = [];
    const first = i;
    for (; i < hits.length && hits[i]!.id === id; i++) rules.push(hits[i]!.rule);
    text += `${first === 0 ? '' : ','}[${JSON.stringify(id)},${JSON.stringify(rules)},${JSON.stringify(event)}]`;
  }
  return `${text}]]`;
}

export async function packText(text: string, level: number): Promise<string> {
  const packed = await compress(Buffer.from(text, 'utf8'), {
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
  });
  return packed.toString('base64');
}

/** @throws Error when it cannot be unpacked, or holds more than `maxBytes`. */
export async function unpackText(packed: string, maxBytes: number): Promise<string> {
  return (await decompress(Buffer.from(packed, 'base64'), { maxOutputLength: maxBytes })).toString('utf8');
}

/** @param fields name, value, name, value, ... */
export async function decodeEntry(id: string, fields: readonly string[]): Promise<HitsEntry | BrokenEntry> {
  const value = (name: string): string | undefined => {
    for (let i = 0; i + 1 < fields.length; i += 2) if (fields[i] === name) return fields[i + 1];
    return undefined;
  };
  try {
    const payload = value('z');
    const watermark = Number(value('w') ?? Number.NaN);
    return {
      id,
      at: Number(id.split('-')[0]),
      source: value('s') ?? '',
      positions: payload === undefined ? [] : positionsOf(await unpackText(payload, MAX_ENTRY_BYTES)),
      watermark: Number.isFinite(watermark) ? watermark : undefined,
      isGoodbye: value('b') === '1',
      counted: value('c') ?? '',
    };
  } catch (error) {
    return { id, reason: error instanceof Error ? error.message : String(error) };
  }
}

function positionsOf(text: string): PositionHits[] {
  const parsed: unknown = JSON.parse(text);
  if (!Array.isArray(parsed)) throw new Error('it is no list of positions');
  return parsed.map(entry => {
    const [position, hits] = entry as [unknown, unknown];
    if (!Number.isSafeInteger(position) || !Array.isArray(hits)) throw new Error('a position has another form');
    return { position: position as number, hits: hits.flatMap(hitsOf) };
  });
}

function hitsOf(hit: unknown): AlertHit[] {
  const [id, rules, event] = hit as [unknown, unknown, unknown];
  if (typeof id !== 'string' || !Array.isArray(rules) || !isFields(event)) throw new Error('a hit has another form');
  const fields = newFields() as AlertHit['event'];
  for (const key of Object.keys(event)) fields[key] = event[key];
  return rules.map(rule => ({ rule: String(rule), id, event: fields }));
}
