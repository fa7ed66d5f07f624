import type { Connection } from '../buffer/redis/connection.ts';
import { keysOf } from '../buffer/redis/keys.ts';

/** Forgets the positions of sources whose last hit is older; gives how many. Machines come and go, and each has a name of its own. */
export async function forgetOldSources(connection: Connection, queue: string, before: number): Promise<number> {
  const { hitSources } = keysOf(queue);
  let forgotten = 0;
  let cursor = '0';
  do {
    const [next, fields] = (await connection.call('HSCAN', hitSources, cursor, 'COUNT', 500)) as [string, string[]];
    cursor = next;
    for (let i = 0; i + 1 < fields.length; i += 2) {
      const at = Number(/:(\d+)-\d+$/.exec(fields[i + 1]!)?.[1] ?? Number.NaN);
      if (!(at < before)) continue;
      await connection.call('HDEL', hitSources, fields[i]!);
      forgotten++;
    }
  } while (cursor !== '0');
  return forgotten;
}
