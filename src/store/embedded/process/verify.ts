import { existsSync } from 'node:fs';
import type { StoreEvent } from '../protocol.ts';
import type { Catalogue, Source } from './catalogue.ts';
import { isInterrupt, isPassing, type Session } from './duckdb.ts';
import { moveAside } from './recovery.ts';
import { readSegments } from './sql.ts';

/** After a search failed: reads each file it read, and takes out of the catalogue what cannot be read. */
export async function verify(
  dir: string,
  session: Session,
  catalogue: Catalogue,
  suspects: readonly Source[],
  emit: (event: StoreEvent) => void,
): Promise<void> {
  for (const source of suspects) {
    if (source.kind === 'chunk') {
      if (catalogue.chunks.get(source.id) !== source || existsSync(source.path)) continue;
      catalogue.dropChunk(source);
      emit({ type: 'lost_chunk' });
      emit({ type: 'released', chunks: [source.id] });
      const details = { chunk: source.id, events: source.events };
      emit({ type: 'log', level: 'error', details, message: 'the file of a chunk is gone' });
    } else if (catalogue.segments.get(source.day)?.get(source.name) === source) {
      if (await isReadable(session, source.path)) continue;
      catalogue.segments.get(source.day)!.delete(source.name);
      moveAside(dir, source.path, 'damaged segment', emit);
    }
  }
}

async function isReadable(session: Session, path: string): Promise<boolean> {
  try {
    await session.rows(`SELECT max(hash(COLUMNS(*))) FROM ${readSegments([path])}`);
    return true;
  } catch (error) {
    if (isInterrupt(error) || isPassing(error)) throw error;
    return false;
  }
}
