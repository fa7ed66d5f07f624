import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadChecked } from '../../src/app/check/settings.ts';
import { writeYaml } from '../../src/base/yaml/write.ts';
import type { Fields } from '../../src/core/event.ts';
import { recordOf } from '../../src/import/reading.ts';
import { loadImported, settle } from '../../src/import/settle.ts';
import { createAdmit } from '../../src/schema/admit.ts';
import { createConform } from '../../src/schema/conform.ts';
import { indexOfDay } from '../../src/store/elasticsearch/index-name.ts';
import { IMPORTERS, META } from './importers.ts';

const dir = mkdtempSync(join(tmpdir(), 'longshore-course-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** What is stored of a record that comes in under a tag, and the index that it is in, with the settings and pipelines of an import. */
function stored(importer: string, tag: string, record: Fields): { index: string; fields: Fields } {
  const imported = settle(IMPORTERS[importer]!(join(import.meta.dirname, 'cases', importer, 'course')).imported);
  const config = join(dir, `${importer}.yaml`);
  writeFileSync(config, writeYaml(imported.settings));
  const { settings } = loadChecked({ config, env: { ES_PASSWORD: 'x' } });
  if (settings.store.type !== 'elasticsearch') throw new Error('the store is another one');
  const meta = { ...META, tag };
  const fields = loadImported(imported.pipelines).run(createAdmit(settings.event)(record, meta), meta)!;
  const event = createConform(settings.event)(fields, meta);
  return { index: indexOfDay(settings.store.index)(event.day), fields: event.fields };
}

/** As Docker's driver sends it. */
const docker = (log: string): Fields =>
  Object.assign(recordOf('{}'), { container_id: 'a1b2', container_name: '/web-1', source: 'stdout', log });

describe('the files of a course on logs', () => {
  test('Fluentd: daily indices of its prefix, the tag under its tag_key, JSON lines as fields', () => {
    const { index, fields } = stored(
      'fluentd',
      'docker.nginx',
      docker('{"level":"error","msg":"no route","status":502}'),
    );
    expect(index).toBe('docker-logs-2026.11.20');
    expect(fields).toMatchObject({
      '@log_name': 'docker.nginx',
      tag: 'docker.nginx',
      level: 'ERROR',
      status: 502,
      environment: 'staging',
      image: 'nginx',
      container_name: 'web-1',
    });
  });

  test('Fluentd: a line of text stays what it is', () => {
    const { index, fields } = stored('fluentd', 'docker.api', docker('plain text'));
    expect(index).toBe('docker-logs-2026.11.20');
    expect(fields).toMatchObject({ '@log_name': 'docker.api', message: 'plain text' });
    expect(fields['tags']).toBeUndefined();
  });

  test('Logstash: an access line by its own time, in the index of that day', () => {
    const line = '1.2.3.4 - - [19/Nov/2026:23:55:36 +0000] "GET /cart HTTP/1.1" 502 12 "-" "curl/8"';
    const { index, fields } = stored(
      'logstash',
      'tcp_json',
      Object.assign(recordOf(line), { container_name: 'nginx' }),
    );
    expect(index).toBe('docker-logs-2026.11.19');
    expect(fields).toMatchObject({
      '@timestamp': '2026-11-19T23:55:36.000Z',
      level: 'ERROR',
      response: 502,
      bytes: 12,
      verb: 'GET',
      request: '/cart',
      tags: ['server_error'],
    });
    expect(fields['timestamp']).toBeUndefined();
  });

  test('Logstash: a line of an application, and one of another form', () => {
    const line = recordOf('2026-11-20 22:55:36,123 warn [shop] order placed user=kim');
    const { index, fields } = stored('logstash', 'tcp_json', line);
    expect(index).toBe('docker-logs-2026.11.20');
    expect(fields).toMatchObject({
      '@timestamp': '2026-11-20T13:55:36.123Z',
      level: 'WARN',
      service: 'shop',
      message: 'order placed user=kim',
      kv_user: 'kim',
    });
    expect(stored('logstash', 'tcp_json', recordOf('???')).fields).toMatchObject({
      message: '???',
      tags: ['_unparsed'],
    });
  });
});
