/*
 * Sizes as people write them in settings and pipelines. A unit means one thing everywhere: KB, MB, GB, TB are powers of 1000
 * (K, M, G, T too), KiB, MiB, GiB, TiB powers of 1024. The processor `bytes` reads what is in log lines, and as Elasticsearch does.
 */
const UNITS: Record<string, number> = {
  '': 1,
  b: 1,
  k: 1e3,
  kb: 1e3,
  kib: 1024,
  m: 1e6,
  mb: 1e6,
  mib: 1024 ** 2,
  g: 1e9,
  gb: 1e9,
  gib: 1024 ** 3,
  t: 1e12,
  tb: 1e12,
  tib: 1024 ** 4,
};

/** `10GB`, `512 KiB`, `1000` -> bytes; undefined for anything else. */
export function parseBytes(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(value);
  const unit = UNITS[match?.[2]?.toLowerCase() ?? '?'];
  return match === null || unit === undefined ? undefined : Math.round(Number(match[1]) * unit);
}
