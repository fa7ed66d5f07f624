import type { StoredEvent } from '../../core/contracts.ts';
import type { Log } from './log.ts';
import type { Offers } from './offers.ts';

/** Of one day, in a chunk or in what will be one. */
interface Part {
  readonly day: string;
  readonly bodies: readonly Buffer[];
}

export interface OpenTail {
  /** The ids of all chunks that the events are in or will be in. */
  readonly chunks: string[];
  /** What was there at the time, read as it is taken: to be taken once. */
  readonly events: Iterable<StoredEvent>;
  /** To be called when no more of them are taken: until then their bytes stay. */
  release(): void;
}

/** The documents that are still in memory: those of chunks that wait for the store, and of logs that no chunk was made of yet. */
export function openTail(
  offers: Offers,
  logs: readonly Log[],
  worker: string,
  read: (day: string, body: Buffer) => Iterable<StoredEvent>,
  release: () => void,
): OpenTail {
  const chunks: string[] = [];
  const parts: Part[] = [];
  for (const { chunk, bodies } of offers.inMemory()) {
    chunks.push(chunk.id);
    parts.push({ day: chunk.day, bodies: [...bodies] });
  }
  for (const { name, days } of logs) {
    for (const { day, bodies } of days.values()) {
      chunks.push(`${name}.${worker}.${day.replaceAll('.', '')}`);
      parts.push({ day, bodies: [...bodies] });
    }
  }
  return { chunks, events: eventsOf(parts, read), release };
}

function* eventsOf(
  parts: readonly Part[],
  read: (day: string, body: Buffer) => Iterable<StoredEvent>,
): Generator<StoredEvent> {
  for (const { day, bodies } of parts) for (const body of bodies) yield* read(day, body);
}

/** The documents of a body. */
export function* documentsOf(
  body: Buffer,
  day: string,
  linesPerDocument: number,
  parseStored: (lines: string, day: string) => StoredEvent,
): Generator<StoredEvent> {
  const lines = body.toString('utf8').split('\n');
  for (let i = 0; i + linesPerDocument < lines.length; i += linesPerDocument)
    yield parseStored(linesPerDocument === 1 ? lines[i]! : `${lines[i]}\n${lines[i + 1]}`, day);
}
