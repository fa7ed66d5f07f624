import type { Located } from '../base/yaml/located.ts';
import { readYaml } from '../base/yaml/read.ts';
import { LongshoreError } from '../core/errors.ts';
import { loadPipelines, type PipelineSet } from '../parse/pipelines.ts';
import type { Imported, ImportedPipeline, Remark, Step } from './model.ts';
import type { Reading, SourceFile } from './reading.ts';

/** What an import of ingest pipelines may be told. */
export interface IngestOptions {
  /** Of the pipeline of a file that names none itself. */
  readonly name: string;
}

/** A pipeline as it stands in its source, with the name that it has there. */
interface Found {
  /** Of the file, for the comments in it. */
  readonly lines: readonly string[];
  readonly name: string;
  readonly source: Located;
  readonly file: string;
}

/** Keys of a pipeline itself: what else stands at the top of a file are names of pipelines. */
const OWN_KEYS = new Set([
  'processors',
  'on_failure',
  'description',
  'version',
  '_meta',
  'deprecated',
  'mask',
  'multiline',
  'match',
  'tests',
]);
const FORGOTTEN = new Set([
  'created_date',
  'created_date_millis',
  'modified_date',
  'modified_date_millis',
  'deprecated',
]);

/**
 * Ingest pipelines out of JSON or YAML: one (`{"processors": [...]}`), the answer of `GET _ingest/pipeline` (names and pipelines), a
 * `PUT _ingest/pipeline/NAME` of the console with its body, the body of a simulation, or files of a package (`default.yml`).
 * Throws LS_IMPORT_SYNTAX, LS_IMPORT_SOURCE.
 */
export function importIngest(files: readonly SourceFile[], options: IngestOptions): Imported {
  const found = files.flatMap(file => pipelinesIn(file, files.length === 1 ? options.name : baseName(file.path)));
  if (found.length === 0)
    throw new LongshoreError('LS_IMPORT_SOURCE', 'there is no ingest pipeline in it.', {
      where: files[0]?.path,
      fix: 'A pipeline has `processors`. Did the request answer with an error?',
    });
  const names = new Map(found.map(({ name }) => [name, safeName(name)]));
  const remarks: Remark[] = [];
  const called = new Set<string>();
  const rename = (name: string): string => {
    const known = names.get(name) ?? names.get(name.replace(/^.*-/, ''));
    called.add(known ?? name);
    return known ?? name;
  };
  const read = found.map(one => pipelineOf(one, rename, remarks));
  const twice = read.map(({ name }) => name).find((name, i, all) => all.indexOf(name) !== i);
  if (twice !== undefined)
    throw new LongshoreError('LS_IMPORT_SOURCE', `two pipelines would be called ${twice}.`, {
      where: files[0]?.path,
      fix: 'Import them one by one.',
    });
  const pipelines = read.map((pipeline): ImportedPipeline => {
    if (called.has(pipeline.name) || pipeline.match !== undefined) return pipeline;
    const image = imageOf(pipeline.name);
    const hint =
      'Say which events it is for: match: { image: "NAME*" }, { container: "NAME-*" }, { service: NAME } or { tag: docker.NAME.** }.';
    return image === undefined ? { ...pipeline, matchHint: hint } : { ...pipeline, match: { image: `${image}*` } };
  });
  for (const { name, match } of pipelines)
    if (match === undefined && !called.has(name))
      remarks.push({
        kind: 'changed',
        where: `${name}.yaml`,
        what: 'no event is given to this pipeline yet.',
        hint: 'Write its `match`.',
      });
  return { pipelines, settings: {}, remarks };
}

/** Triple quotes of Kibana's console are texts of several lines. */
function withoutTripleQuotes(text: string): string {
  return text.replace(/"""([\s\S]*?)"""/g, (whole, inner: string) => {
    // The lines of what follows stay the same.
    const lines = whole.split('\n').length - 1;
    return `${JSON.stringify(inner)}${'\n'.repeat(lines)}`;
  });
}

function pipelinesIn(file: SourceFile, name: string): Found[] {
  const requests = [...file.text.matchAll(/^\s*PUT\s+\/?_ingest\/pipeline\/([^\s?]+)\S*[ \t]*$/gm)];
  if (requests.length === 0) return pipelinesOf(readText(file, file.text), name, file);
  return requests.flatMap((request, i) => {
    const from = request.index + request[0].length;
    const before = file.text.slice(0, from).replace(/[^\n]/g, '');
    const body = file.text.slice(from, requests[i + 1]?.index).replace(/^\s*(?:GET|POST|DELETE|PUT)\s[\s\S]*$/m, '');
    return pipelinesOf(readText(file, before + body), decodeURIComponent(request[1]!), file);
  });
}

function readText(file: SourceFile, text: string): Located {
  const problems: LongshoreError[] = [];
  const plain = withoutTripleQuotes(text)
    // Names of pipelines in a package.
    .replace(/\{\{\s*IngestPipeline\s+\\?"([^"\\]+)\\?"\s*\}\}/g, '$1');
  const source = readYaml(file.path, plain, { code: 'LS_IMPORT_SYNTAX' }, problems);
  if (source === undefined) throw problems[0]!;
  if (source.entries === undefined)
    throw new LongshoreError('LS_IMPORT_SOURCE', `pipelines are a mapping, not a ${source.kind}.`, {
      where: source.where,
    });
  return source;
}

function pipelinesOf(source: Located, name: string, { path: file, text }: SourceFile): Found[] {
  const lines = text.split('\n');
  const entries = source.entries ?? new Map<string, Located>();
  if (entries.has('processors') || entries.has('on_failure')) return [{ name, source, file, lines }];
  const inner = entries.get('pipeline');
  if (inner?.entries?.has('processors') === true) return [{ name, source: inner, file, lines }];
  return [...entries].flatMap(([key, value]) =>
    !OWN_KEYS.has(key) && (value.entries?.has('processors') === true || value.entries?.has('on_failure') === true)
      ? [{ name: key, source: value, file, lines }]
      : [],
  );
}

function pipelineOf(
  { name, source, file, lines }: Found,
  rename: (name: string) => string,
  remarks: Remark[],
): ImportedPipeline {
  const more: Record<string, unknown> = {};
  for (const [key, value] of source.entries ?? []) {
    if (OWN_KEYS.has(key) && !['version', '_meta', 'tests', 'mask'].includes(key)) continue;
    if (FORGOTTEN.has(key)) continue;
    if (['version', '_meta', 'tests', 'mask'].includes(key)) more[key] = value.value;
    else remarks.push({ kind: 'left_out', where: value.keyWhere, what: `\`${key}\` of the pipeline is not imported.` });
  }
  const description = source.step('description')?.value;
  return {
    name: safeName(name),
    description: typeof description === 'string' ? description : undefined,
    head: [`From ${file}${safeName(name) === name ? '' : ` (${name})`}, by 'longshore import ingest'.`],
    match: source.step('match')?.value,
    multiline: source.step('multiline')?.value,
    more,
    steps: stepsOf(source.step('processors'), rename, lines),
    onFailure: source.step('on_failure') === undefined ? undefined : stepsOf(source.step('on_failure'), rename, lines),
  };
}

/** Two processors in one entry stand one after the other. */
function stepsOf(list: Located | undefined, rename: (name: string) => string, lines: readonly string[]): Step[] {
  return (list?.items ?? []).flatMap(item =>
    [...(item.entries ?? [])].map(([processor, body]): Step => {
      const options: Record<string, unknown> = {};
      for (const [name, value] of body.entries ?? []) {
        if (name === 'on_failure') options[name] = stepsOf(value, rename, lines);
        else if (processor === 'pipeline' && name === 'name' && typeof value.value === 'string')
          options[name] = value.value.includes('{{') ? value.value : rename(value.value);
        else options[name] = processor === 'script' && name === 'source' ? scriptText(value.value) : value.value;
      }
      return { processor, options, where: body.keyWhere, comment: commentAbove(lines, body.keyWhere) };
    }),
  );
}

/** The lines of comment right above a line of YAML. */
function commentAbove(lines: readonly string[], where: string): string | undefined {
  const found: string[] = [];
  for (let i = Number(/:(\d+)$/.exec(where)?.[1] ?? 0) - 2; i >= 0; i--) {
    const comment = /^\s*#\s?(.*)$/.exec(lines[i]!)?.[1];
    if (comment === undefined) break;
    found.unshift(comment);
  }
  return found.length === 0 ? undefined : found.join('\n');
}

/** A script without the blanks around it, and without what all its lines are indented by. */
function scriptText(value: unknown): unknown {
  if (typeof value !== 'string' || !value.includes('\n')) return value;
  const lines = value.split('\n').map(line => line.trimEnd());
  while (lines[0] === '') lines.shift();
  while (lines[lines.length - 1] === '') lines.pop();
  const indent = Math.min(...lines.filter(line => line !== '').map(line => line.length - line.trimStart().length));
  return lines.map(line => line.slice(indent)).join('\n');
}

/** The same with the first pipeline that no other calls taking every event, for a trial. */
export function forTrial(pipelines: readonly ImportedPipeline[]): ImportedPipeline[] {
  const entry = entryOf(pipelines.map(({ name, steps }) => ({ name, text: JSON.stringify(steps) })));
  return pipelines.map(pipeline => ({ ...pipeline, match: pipeline.name === entry ? { tag: '**' } : undefined }));
}

function entryOf(pipelines: readonly { readonly name: string; readonly text: string }[]): string | undefined {
  const isCalled = (name: string): boolean =>
    pipelines.some(({ text }) => text.includes(`"name":${JSON.stringify(name)}`));
  return (pipelines.find(({ name }) => !isCalled(name)) ?? pipelines[0])?.name;
}

const baseName = (path: string): string => path.replace(/^.*[/\\]/, '').replace(/\.\w+$/, '');

/** As the name of a file. */
function safeName(name: string): string {
  return (
    name
      .replace(/[^\w.-]+/g, '-')
      .replace(/^[.-]+/, '')
      .slice(0, 120) || 'pipeline'
  );
}

/** Applications whose images have the same name. */
const APPLICATIONS = [
  'nginx',
  'apache',
  'httpd',
  'mysql',
  'mariadb',
  'postgresql',
  'postgres',
  'redis',
  'mongodb',
  'mongo',
  'kafka',
  'rabbitmq',
  'haproxy',
  'traefik',
  'envoy',
  'caddy',
  'elasticsearch',
  'kibana',
  'logstash',
  'tomcat',
  'zookeeper',
  'cassandra',
  'consul',
  'vault',
  'nats',
  'memcached',
  'keycloak',
  'wordpress',
  'php',
  'iis',
  'coredns',
  'etcd',
  'minio',
  'grafana',
  'prometheus',
  'jenkins',
  'gitlab',
];
const IMAGES: Readonly<Record<string, string>> = { apache: 'httpd', postgresql: 'postgres', mongodb: 'mongo' };

/** The image that a name such as `filebeat-8.1.0-nginx-access-pipeline` or `logs-nginx.access-1.2.0` speaks of. */
function imageOf(name: string): string | undefined {
  const words = name.toLowerCase().split(/[^a-z]+/);
  const found = APPLICATIONS.find(one => words.includes(one));
  return found === undefined ? undefined : (IMAGES[found] ?? found);
}

/** The source itself, loaded as it is: the same words in JSON, without what was written anew. */
export function readAsIngest(files: readonly SourceFile[], options: IngestOptions): Reading {
  const found = files.flatMap(file => pipelinesIn(file, files.length === 1 ? options.name : baseName(file.path)));
  const unread = new Set<string>();
  const entry = entryOf(found.map(({ name, source }) => ({ name, text: JSON.stringify(source.value) })));
  // Only the names of files differ: a file has no slash in its name.
  const called = (text: string): string =>
    found.reduce(
      (all, { name }) => all.replaceAll(`"name":${JSON.stringify(name)}`, `"name":${JSON.stringify(safeName(name))}`),
      text,
    );
  let set: PipelineSet | undefined;
  try {
    set = loadPipelines(
      found.map(({ name, source }) => ({
        path: `${safeName(name)}.json`,
        text: called(
          JSON.stringify({ ...(source.value as object), match: name === entry ? { tag: '**' } : undefined }),
        ),
      })),
    );
  } catch (error) {
    for (const one of error instanceof AggregateError ? error.errors : [error])
      unread.add(String((one as Error).message));
  }
  return {
    unread,
    run: (record, meta) => (set === undefined ? record : set.run(record, meta)),
  };
}
