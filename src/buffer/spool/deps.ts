import type { StoredEvent } from '../../core/contracts.ts';
import type { Counts } from '../../ledger/counts.ts';
import type { RecoveredHits, SpoolEntry } from './commit.ts';
import type { SpoolOptions } from './options.ts';
import type { PlainPiece } from './stored-piece.ts';

export interface Recovered {
  hits: RecoveredHits[];
  pieces: PlainPiece[];
  /** At least the highest `seq` ever given. */
  seq: number;
}

export interface SpoolDeps {
  dir: string;
  chunkDir: string;
  worker: string;
  options: SpoolOptions;
  /** Lines of a document: 1 (embedded) or 2 (elasticsearch). */
  linesPerDocument: number;
  parseStored: (lines: string, day: string) => StoredEvent;
  /** Called once for each commit, before the entries' promises resolve. */
  onDurable: (position: number, entries: readonly SpoolEntry[]) => void;
  /** Events whose parts wait for their rest, by container: they are here, and no documents yet. */
  waiting?: (() => Counts) | undefined;
  /** Whether chunks of this worker that lie in `chunkDir` are offered by this spool. Default: all. */
  ownsChunksOf?: ((worker: string) => boolean) | undefined;
  /** Milliseconds that never go back. */
  uptime?: () => number;
}
