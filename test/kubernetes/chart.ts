import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const CHART = 'docker/helm/longshore';

/** Of all files of the chart. */
export function chartDigest(): string {
  const hash = createHash('sha256');
  for (const path of globSync(`${CHART}/**/*`, { withFileTypes: true })
    .filter(one => one.isFile())
    .map(one => join(one.parentPath, one.name))
    .sort())
    hash.update(`${path}\0${readFileSync(path, 'utf8')}\0`);
  return hash.digest('hex').slice(0, 16);
}
