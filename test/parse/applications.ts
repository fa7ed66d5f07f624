import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Fields, newFields } from '../../src/core/event.ts';
import { loadPipelines, type PipelineSet } from '../../src/parse/pipelines.ts';
import { createAdmit } from '../../src/schema/admit.ts';
import { createConform } from '../../src/schema/conform.ts';

/*
 * applications/*.yaml: what becomes of the lines of real applications with the shipped pipelines and no configuration.
 *
 *     HAProxy:
 *       image: haproxy:3.0
 *       lines:
 *         - line: '...'
 *           expect: { level: ERROR, response: 503, gone: null }
 *           time: none          left out: the line's own, 2026-11-20T13:55:36; none: it has none; other: `expect` says it
 */
export interface ApplicationLine {
  readonly line: string;
  readonly expect: Fields;
  readonly time?: 'none' | 'other';
}
export interface Application {
  readonly name: string;
  readonly image: string;
  readonly lines: readonly ApplicationLine[];
}

export const APPLICATIONS: readonly Application[] = globSync(join(import.meta.dirname, 'applications/*.yaml'))
  .sort()
  .flatMap(path => Object.entries(parse(readFileSync(path, 'utf8')) as Record<string, Omit<Application, 'name'>>))
  .map(([name, application]) => ({ name, ...application }));

/** Containers of whose image nobody knows anything. */
export const UNKNOWN_IMAGES = ['none', 'acme/shop:1'];

const folder = new URL('../../pipelines/', import.meta.url);
const files = readdirSync(folder).map(name => ({
  path: `pipelines/${name}`,
  text: readFileSync(new URL(name, folder), 'utf8'),
}));
export const shipped = loadPipelines(files);
const admit = createAdmit();
export const RECEIVED = Date.UTC(2026, 10, 20, 14);
export const RECEIVED_ISO = '2026-11-20T14:00:00.000Z';

/** The document of a line that Docker's driver sends at `RECEIVED_ISO`. */
export const stored = storedBy(shipped, 'UTC', RECEIVED);

/** The same where `timezone` is that of the configuration, of a sender that says no time: no clock to compare with. */
export const storedIn = (timezone: string): typeof stored =>
  storedBy(loadPipelines(files, { timezone }), timezone, Number.NaN);

function storedBy(pipelines: PipelineSet, timezone: string, time: number): (line: string, image: string) => Fields {
  const conform = createConform({ timezone });
  return (line, image) => {
    const tag = image === 'none' ? 'docker.4f1c0b7c9b1d' : `docker.${image}`;
    const meta = { tag, time, receivedAt: RECEIVED };
    const container_id = '4f1c0b7c9b1d4a86';
    const record = Object.assign(newFields(), { log: line, container_id, container_name: '/x', source: 'stdout' });
    const fields = admit(record, meta);
    pipelines.multilineFor(fields, meta);
    return conform(pipelines.run(fields, meta)!, meta).fields;
  };
}
