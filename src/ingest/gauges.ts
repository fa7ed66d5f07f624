import type { Spool } from '../buffer/spool/spool.ts';
import { gauge } from '../core/metrics.ts';

const spoolBytes = gauge('longshore_spool_bytes', 'Bytes in the spool, by what they wait for', ['state']);
const acceptedIds = gauge('longshore_spool_accepted_ids', 'Chunk ids that are remembered');
const memory = gauge('longshore_process_resident_memory_bytes', 'Resident memory of the accepting process');

/** Values that are read when somebody asks for `/metrics`. */
export function observeGauges(spool: Spool): void {
  Object.assign(spoolBytes, {
    collect() {
      const stats = spool.stats();
      spoolBytes.set({ state: 'pending' }, stats.pending_bytes);
      spoolBytes.set({ state: 'log' }, stats.log_bytes);
      spoolBytes.set({ state: 'unaccepted' }, stats.unaccepted_bytes);
      spoolBytes.set({ state: 'tail' }, stats.tail_bytes);
      acceptedIds.set(stats.accepted_ids);
      memory.set(process.memoryUsage.rss());
    },
  });
}
