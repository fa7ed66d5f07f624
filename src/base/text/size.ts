/*
 * Sizes as people write them in settings and pipelines. A unit means one thing everywhere: KB, MB, GB, TB are powers of 1000
 * (K, M, G, T too), KiB, MiB, GiB, TiB powers of 1024. The processor `bytes` reads what is in log lines, and as Elasticsearch does.
 */
const UNITS = ['K', 'M', 'G', 'T'].flatMap((letter, i): [string, number][] => [
  [`${letter}iB`, 1024 ** (i + 1)],
  [`${letter}B`, 1000 ** (i + 1)],
]);
const BYTES = new Map<string, number>([
  ['', 1],
  ['b', 1],
  ...UNITS.flatMap(([unit, size]): [string, number][] => [[unit.toLowerCase(), size]]),
  ...['k', 'm', 'g', 't'].map((letter, i): [string, number] => [letter, 1000 ** (i + 1)]),
]);

/** `10GB`, `512 KiB`, `1000` -> bytes; undefined for anything else. */
export function parseBytes(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(value);
  const unit = BYTES.get(match?.[2]?.toLowerCase() ?? '?');
  return match === null || unit === undefined ? undefined : Math.round(Number(match[1]) * unit);
}

/** As `parseBytes` reads it, without loss: `10GB`, `64KiB`, `1234`. */
export function bytesText(bytes: number): string {
  const exact = UNITS.findLast(([, size]) => bytes >= size && bytes % size === 0);
  return exact === undefined ? String(bytes) : `${bytes / exact[1]}${exact[0]}`;
}
