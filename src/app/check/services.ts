import { probeRedis } from '../../buffer/redis/probe.ts';
import { LongshoreError } from '../../core/errors.ts';
import { lookAtNodes } from '../../store/elasticsearch/look.ts';
import type { LoadedSettings } from '../settings.ts';
import type { Finding } from './check.ts';

/**
 * What stands behind the URLs of the configuration: whether it answers, what it is, what it promises. Changes nothing
 * there. What does not answer is an error: nothing would be stored (the service itself would start, and wait for it).
 */
export async function checkServices(loaded: LoadedSettings, timeoutMs = 5_000): Promise<Finding[]> {
  const looks = [lookAtRedis(loaded, timeoutMs), lookAtElasticsearch(loaded, timeoutMs)];
  return (await Promise.all(looks)).flat();
}

async function lookAtRedis({ settings: { buffer }, where }: LoadedSettings, timeoutMs: number): Promise<Finding[]> {
  if (buffer.type !== 'redis') return [];
  const at = where('buffer.url');
  try {
    const { addresses, version, proof, persistence, maxMemory } = await probeRedis(buffer, timeoutMs);
    const findings: Finding[] = [
      { severity: 'ok', what: `buffer: Redis ${version} at ${addresses}${PROOFS[proof]}` },
      ...persistence.warnings.map(what => ({ severity: 'warning', where: at, what }) as const),
    ];
    if (proof === 'interval') {
      findings.push({
        severity: 'warning',
        where: at,
        what: `Redis ${version} has no WAITAOF: that a chunk is on its disk is known by waiting for its fsync, not by its word.`,
        fix: 'Use Redis 7.2 or newer, or appendfsync always.',
      });
    }
    if (maxMemory > 0 && maxMemory < buffer.max_bytes) {
      findings.push({
        severity: 'warning',
        where: where('buffer.max_bytes'),
        what: `maxmemory of Redis (${megabytes(maxMemory)}) is less than buffer.max_bytes (${megabytes(buffer.max_bytes)}).`,
        fix: 'Raise maxmemory, or lower buffer.max_bytes; above either, chunks wait in the local spools.',
      });
    }
    return findings;
  } catch (error) {
    return [refusalOf(error, at)];
  }
}

const PROOFS = {
  none: '',
  always: ', appendfsync always',
  waitaof: ', append-only file confirmed by WAITAOF',
  interval: ', append-only file',
} as const;

async function lookAtElasticsearch({ settings, where }: LoadedSettings, timeoutMs: number): Promise<Finding[]> {
  const { store } = settings;
  if (store.type !== 'elasticsearch') return [];
  const at = where('store.nodes');
  try {
    const nodes = await lookAtNodes(store, timeoutMs);
    const someAnswer = nodes.some(({ error }) => error === undefined);
    return nodes.flatMap(({ node, product, version, error, warnings }): Finding[] => {
      if (error !== undefined) {
        // One of several that is away is passed over; one that is something else is a mistake in any case.
        const severity = error.retryable && someAnswer ? 'warning' : 'error';
        return [{ ...refusalOf(error, at), severity, what: `${node}: ${error.what}` }];
      }
      const what = `store: ${product} ${version ?? '(it does not tell its version)'} at ${node}`;
      return [
        { severity: 'ok', what },
        ...warnings.map(warning => ({ severity: 'warning', where: at, what: `${node}: ${warning}.` }) as const),
      ];
    });
  } catch (error) {
    return [refusalOf(error, at)];
  }
}

function refusalOf(error: unknown, where: string): Finding {
  if (!(error instanceof LongshoreError)) throw error;
  const { what, code } = error;
  const fix = error.fix ?? 'Start it, or correct the address. check --offline looks at files only.';
  return { severity: 'error', where, what, fix, code };
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
