import type { StoredEvent } from '../../core/contracts.ts';
import type { Log } from './log.ts';
import type { Offers } from './offers.ts';

/** The documents that are still in memory: those of chunks that wait for the store, and of logs that no chunk was made of yet. */
export function openTail(
  offers: Offers,
  logs: readonly Log[],
  worker: string,
  linesPerDocument: number,
  parseStored: (lines: string, day: string) => StoredEvent,
): { chunks: string[]; events: StoredEvent[] } {
  const chunks: string[] = [];
  const events: StoredEvent[] = [];
  const collect = (day: string, bodies: readonly Buffer[]): void => {
    for (const body of bodies) {
      const lines = body.toString('utf8').split('\n');
      for (let i = 0; i + linesPerDocument < lines.length; i += linesPerDocument)
        events.push(parseStored(linesPerDocument === 1 ? lines[i]! : `${lines[i]}\n${lines[i + 1]}`, day));
    }
  };
  for (const { chunk, bodies } of offers.inMemory()) {
    chunks.push(chunk.id);
    collect(chunk.day, bodies);
  }
  for (const { name, days } of logs) {
    for (const { day, bodies } of days.values()) {
      chunks.push(`${name}.${worker}.${day.replaceAll('.', '')}`);
      collect(day, bodies);
    }
  }
  return { chunks, events };
}
