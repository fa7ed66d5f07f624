import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Chunk } from '../../src/core/contracts.ts';

export const eventId = (chunk: number, event: number): string => `c${chunk}-e${event}`;

/** Makes chunk files as the spool does, with `_id`s that tell chunk and line. */
export class ChunkFolder {
  readonly dir = mkdtempSync(join(tmpdir(), 'longshore-chunks-'));

  /** @param number makes the id: the same number gives the same chunk. */
  make(number: number, events = 20, padding = 0): Chunk {
    mkdirSync(this.dir, { recursive: true });
    const day = `2026.11.${String(1 + (number % 28)).padStart(2, '0')}`;
    const id = `${String(number).padStart(16, '0')}.w0.${day.replaceAll('.', '')}`;
    const lines: string[] = [];
    for (let event = 0; event < events; event++) {
      const message = padding === 0 ? `line ${event} ünïcode 로그` : noise(number * 7919 + event, padding);
      lines.push(JSON.stringify({ _id: eventId(number, event), seq: number * 1_000_000 + event, message }));
    }
    const body = Buffer.from(`${lines.join('\n')}\n`);
    const minTime = Date.UTC(2026, 10, 1 + (number % 28));
    const path = join(this.dir, `${id}.${events}.${minTime}.${minTime + 999}.ndjson`);
    writeFileSync(path, body);
    return { id, day, path, events, bytes: body.length, minTime, maxTime: minTime + 999 };
  }

  /** Names of the files that are still there. */
  files(): string[] {
    return readdirSync(this.dir).sort();
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** The `_id`s of a body, in order. */
export function idsOf(body: Buffer): string[] {
  return body
    .toString('utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => (JSON.parse(line) as { _id: string })._id);
}

/** All `_id`s of chunks `from` to `to` (not included), sorted. */
export function expectedIds(from: number, to: number, events = 20): string[] {
  const ids: string[] = [];
  for (let chunk = from; chunk < to; chunk++)
    for (let event = 0; event < events; event++) ids.push(eventId(chunk, event));
  return ids.sort();
}

/** Text that does not compress well, the same for the same seed. */
function noise(seed: number, length: number): string {
  let state = seed >>> 0 || 1;
  let text = '';
  while (text.length < length) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    text += state.toString(36);
  }
  return text.slice(0, length);
}
