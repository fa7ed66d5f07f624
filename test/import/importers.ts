import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { EventMeta } from '../../src/core/event.ts';
import { importFluentd } from '../../src/import/fluentd/fluentd.ts';
import { readAsFluentd } from '../../src/import/fluentd/reading/read.ts';
import { importIngest, readAsIngest } from '../../src/import/ingest.ts';
import { importLogstash } from '../../src/import/logstash/logstash.ts';
import { readAsLogstash } from '../../src/import/logstash/reading/read.ts';
import type { Imported } from '../../src/import/model.ts';
import type { Reading, SourceFile } from '../../src/import/reading.ts';
import { PROCESSORS } from '../../src/parse/processors/index.ts';

export const META: EventMeta = {
  tag: 'import',
  time: Date.UTC(2026, 10, 20, 14),
  receivedAt: Date.UTC(2026, 10, 20, 14),
};

const ENV = { ENVIRONMENT: 'staging' };
const PROCESSOR_NAMES = new Set(PROCESSORS.map(({ name }) => name));

/** By the name of their folder: what each makes of the folder of a case, and its source's own reading. */
export const IMPORTERS: Record<string, (folder: string) => { imported: Imported; reading: () => Reading }> = {
  ingest(folder) {
    const sources = inputs(folder);
    return {
      imported: importIngest(sources, { name: basename(folder) }),
      reading: () => readAsIngest(sources, { name: basename(folder) }),
    };
  },
  fluentd(folder) {
    const [source] = inputs(folder);
    const files = filesIn(folder);
    return {
      imported: importFluentd(source!, basename(folder), {
        env: ENV,
        files,
        include: files,
        processors: PROCESSOR_NAMES,
      }),
      reading: () => readAsFluentd(source!, { env: ENV, include: files, files, timezone: 'UTC' }),
    };
  },
  logstash(folder) {
    const sources = inputs(folder);
    const ecs = basename(folder).includes('-ecs') ? 'v1' : 'disabled';
    const files = filesIn(folder);
    return {
      imported: importLogstash(sources, basename(folder), { env: ENV, ecs, files, processors: PROCESSOR_NAMES }),
      reading: () => readAsLogstash(sources, { env: ENV, ecs, timezone: 'UTC', files }),
    };
  },
};

function inputs(folder: string): SourceFile[] {
  return readdirSync(folder)
    .filter(name => name.startsWith('input'))
    .sort()
    .map(path => ({ path, text: readFileSync(join(folder, path), 'utf8') }));
}

const filesIn = (folder: string) => (path: string) => {
  const place = join(folder, path.replace(/^.*\//, ''));
  if (!existsSync(place)) return undefined;
  const files = statSync(place).isDirectory() ? readdirSync(place).map(name => join(place, name)) : [place];
  return files.map(file => ({ path: relative(folder, file), text: readFileSync(file, 'utf8') }));
};
