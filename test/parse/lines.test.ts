import { globSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Fields, newFields } from '../../src/core/event.ts';
import { loadPipelines } from '../../src/parse/pipelines.ts';
import { createAdmit } from '../../src/schema/admit.ts';
import { createConform } from '../../src/schema/conform.ts';

const admit = createAdmit();

/*
 * lines/*.yaml: what becomes of a line of a container with the shipped pipelines and no configuration.
 *   - { line: '...', images: 'nginx:1.27 none', expect: { field: value, 'nested.field': value, gone: null } }
 * `images` are those of one list of `IMAGES`, names, or several of both; without it: each of `all`. `none` is a container whose image
 * nobody knows. A line by itself; what joins lines has its own tests. No line of any image may be tagged as a failure
 * unless `tags` is expected.
 */
interface Case {
  line: string;
  images?: string;
  expect: Fields;
}

const IMAGES: Record<string, string[]> = {
  shipped: [
    ...['nginx:1.27', 'openresty/openresty', 'httpd:2.4', 'mysql:8.4', 'mariadb:11', 'postgres:16', 'redis:7'],
    ...['valkey/valkey:8', 'python:3.12', 'node:22', 'eclipse-temurin:21', 'tomcat:11', 'php:8.3-fpm', 'wordpress:6'],
  ],
  // Their names begin like those of other programs, or have their names as owners.
  alike: [
    ...['apache/kafka:3.9', 'apache/airflow:2.9', 'mysql/mysql-router:8', 'bitnami/postgres-exporter:0.15'],
    ...['nginx/nginx-prometheus-exporter:1.3', 'oliver006/redis_exporter:v1', 'docker.io/redis/redisinsight:2'],
  ],
  unknown: ['none', 'acme/shop:1'],
};
IMAGES['all'] = Object.values(IMAGES).flat();

const folder = new URL('../../pipelines/', import.meta.url);
const set = loadPipelines(
  readdirSync(folder).map(name => ({ path: `pipelines/${name}`, text: readFileSync(new URL(name, folder), 'utf8') })),
);
const conform = createConform();
const RECEIVED = Date.UTC(2026, 10, 20, 14);

function stored(line: string, image: string): Fields {
  const meta = {
    tag: image === 'none' ? 'docker.4f1c0b7c9b1d' : `docker.${image}`,
    time: RECEIVED,
    receivedAt: RECEIVED,
  };
  const id = '4f1c0b7c9b1d4a86';
  const record = Object.assign(newFields(), { log: line, container_id: id, container_name: '/x', source: 'stdout' });
  const fields = admit(record, meta);
  set.multilineFor(fields, meta);
  return conform(set.run(fields, meta)!, meta).fields;
}

for (const path of globSync(join(import.meta.dirname, 'lines/*.yaml')).sort()) {
  describe(basename(path, '.yaml'), () => {
    test.for(parse(readFileSync(path, 'utf8')) as Case[])('$line', ({ line, images = 'all', expect: wanted }) => {
      const names = images.split(' ').flatMap(name => IMAGES[name] ?? [name]);
      for (const image of names) {
        const event = stored(line, image);
        const got = Object.fromEntries(Object.keys(wanted).map(key => [key, event[key] ?? null]));
        expect(got, image).toEqual(wanted);
        if (wanted['tags'] === undefined) expect(event['pipeline_error'], image).toBeUndefined();
      }
    });
  });
}
