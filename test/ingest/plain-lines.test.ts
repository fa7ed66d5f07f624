import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { withDefaults } from '../../src/base/options.ts';
import { lineBudgets } from '../../src/base/regexp/line-budgets.ts';
import { Pages } from '../../src/buffer/spool/pages.ts';
import type { DocumentForm } from '../../src/core/contracts.ts';
import { type Fields, type Frame, newFields } from '../../src/core/event.ts';
import { registry } from '../../src/core/metrics.ts';
import { type ActiveDefinitions, Documents } from '../../src/ingest/documents.ts';
import { Draft, type Stored } from '../../src/ingest/draft.ts';
import { LiveListeners } from '../../src/ingest/live-listeners.ts';
import { LogMetrics } from '../../src/ingest/log-metrics/log-metrics.ts';
import { logMetricsSchema } from '../../src/ingest/log-metrics/options.ts';
import { ContainerNames } from '../../src/ledger/counts.ts';
import { Joiner } from '../../src/parse/join/joiner.ts';
import { loadPipelines, type PipelineSet } from '../../src/parse/pipelines.ts';
import { levelOfText } from '../../src/schema/level-text.ts';
import { eventSchema } from '../../src/schema/options.ts';
import { seeded } from '../support/chance.ts';

/*
 * Lines that a pipeline of plain processors takes become documents by a function that is made for the pipeline. What running
 * the pipeline gives is the reference: the documents are the same to the byte, whatever the line is.
 */
const RECEIVED = Date.UTC(2026, 10, 20, 14);
// What a line may cost depends on the machine; here none is too slow.
lineBudgets.setLimits({ slow_ms_per_container_second: 1e9, slow_ms_per_second: 1e9 });
const FORMS: readonly DocumentForm[] = ['elasticsearch', 'embedded'];

class Way {
  /** Documents that were written without running a pipeline. */
  plain = 0;
  readonly #documents: Documents;
  readonly #pages = new Pages();

  constructor(set: PipelineSet, form: DocumentForm, isPlain: boolean, isWatched: boolean) {
    const live = new LiveListeners();
    if (isWatched) live.subscribe(() => {});
    const counted = {
      choose: set.choose.bind(set),
      chooseNext: set.chooseNext.bind(set),
      at: set.at.bind(set),
      chose: set.chose.bind(set),
      named: set.named.bind(set),
    };
    const run: ActiveDefinitions['pipelines'] = {
      multilineFor: (fields, meta) => set.multilineFor(fields, meta),
      run: (fields, meta, id) => {
        this.plain--;
        return set.run(fields, meta, id);
      },
      get documentId() {
        return set.documentId;
      },
    };
    this.#documents = new Documents(
      {
        settings: { form, event: withDefaults(eventSchema, {}) },
        spool: { pages: this.#pages, containers: new ContainerNames() },
        joiner: new Joiner({}, levelOfText),
        live,
        logMetrics: new LogMetrics(withDefaults(logMetricsSchema, { per_service: false })),
        firstSeq: 1,
      },
      {
        pipelines: isPlain
          ? {
              ...run,
              ...counted,
              get documentId() {
                return set.documentId;
              },
            }
          : run,
        rules: [],
      },
    );
  }

  documents(lines: readonly string[], tag: string, recordOf = dockerRecord): string[] {
    const records = lines.map((line, i): Fields => asFields(recordOf(line, i)));
    const draft = new Draft();
    draft.idBase = 'a1b2';
    const times = records.map((_, i) => (i % 5 === 0 ? Number.NaN : RECEIVED - i));
    const frame: Frame = { source: 'forward', sender: 's', tag, receivedAt: RECEIVED, records, times, bytes: 0 };
    this.#documents.begin();
    this.#documents.add(frame, draft);
    draft.endRun(this.#pages);
    this.plain += draft.events;
    return [JSON.stringify(draft.context.map(withoutNothing))].concat(
      draft.parts.flatMap(({ day, minTime, maxTime, bytes, containers, events }) => [
        JSON.stringify([day, minTime, maxTime, events, containers.flat()]),
        bytes.toString('latin1'),
      ]),
    );
  }
}

type RecordOf = (line: string, i: number) => object;

const dockerRecord: RecordOf = (log, i) => ({
  ...{ container_id: `${i % 3}f1c0b7c9b1d4a86`, container_name: `/shop-web-${i % 3}` },
  ...{ source: i % 2 === 0 ? 'stdout' : 'stderr', log },
});

const asFields = (value: object): Fields =>
  Object.assign(
    newFields(),
    Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? asFields(inner as object) : inner,
      ]),
    ),
  );

const POD = {
  ...{ pod_name: 'shop-7f9c', namespace_name: 'prod', pod_id: 'a-b', host: 'node-1', container_name: 'web' },
  ...{
    labels: { 'app.kubernetes.io/name': 'shop', team: 'é "x"' },
    docker_id: '4f1c0b7c9b1d',
    container_image: 'nginx:1',
  },
};

const named = (pipeline: string): object => ({ ...POD, annotations: { 'longshore.io/pipeline': pipeline } });

/** Records that have more than Docker's least, the same in each of a stream or not. */
const RECORDS: Record<string, RecordOf> = {
  labels: (log, i) => ({
    ...dockerRecord(log, i),
    ...{ 'com.docker.compose.service': 'cart', 'com.docker.compose.project': 'shop' },
    ...{ labels: { team: 'shop' }, ENVIRONMENT: 'prod "é"', zone: 3, isCanary: true },
  }),
  'labels in front': (log, i) => ({ 'a.b': 'c', TIER: `t${i % 2}`, ...dockerRecord(log, i) }),
  'another tag, and an output': (log, i) => ({
    ...dockerRecord(log, i),
    stream: 'stdout',
    tag: 'docker.mine',
  }),
  pod: log => ({ log, stream: 'stdout', logtag: 'F', kubernetes: POD }),
  'pod that names a pipeline': (log, i) => ({
    log,
    stream: 'stdout',
    kubernetes: named(['mine', 'passing', 'none'][i % 3]!),
  }),
  'pod, message': (message, i) => ({ kubernetes: POD, stream: i % 2 === 0 ? 'stdout' : 'stderr', _p: 'F', message }),
  'pod, message and log': message => ({ kubernetes: POD, stream: 'stdout', message, log: 'other' }),
  'container and message': (message, i) => ({ ...dockerRecord('', i), log: undefined, message }),
  'another value in each': (log, i) => ({ ...dockerRecord(log, i), offset: i }),
  'now and then': (log, i) => ({ ...dockerRecord(log, i), NODE: 'a', ...(i % 7 === 0 ? { again: 'yes' } : {}) }),
  'names of the schema': (log, i) => ({ ...dockerRecord(log, i), level: 'warn', hostname: 'h1', user: { id: 'u' } }),
  'a time': (log, i) => ({ ...dockerRecord(log, i), time: new Date(RECEIVED - i).toISOString() }),
  service: (log, i) => ({ ...dockerRecord(log, i), service: 'own', tags: ['x'] }),
  secrets: (log, i) => ({ ...dockerRecord(log, i), DB: 'password=hunter2x', 'a.token': 'abcdef0123456789abcdef' }),
  'a secret name': (log, i) => ({ ...dockerRecord(log, i), DB_PASSWORD: 'hunter2x9' }),
  'names that pipelines set': (log, i) => ({ ...dockerRecord(log, i), area: 'a', agent: 'x', verb: 'GET', kind: 'k' }),
  'names that are none': (log, i) => ({
    ...dockerRecord(log, i),
    '': 'x',
    'a b': 'y',
    'c\u0000d': 'z',
    _id: 'i',
    list: [1],
  }),
  'large values': (log, i) => ({ ...dockerRecord(log, i), big: 'x'.repeat(3000), labels: { a: 'y'.repeat(40_000) } }),
  'no container': log => ({ log, source: 'stdout', host: 'h', program: 'p' }),
};

/** Fields that were taken away hold nothing; their order says nothing. */
function withoutNothing({ event, ...rest }: Stored): unknown {
  const fields = Object.entries(event.fields).filter(([, value]) => value !== undefined);
  return { ...rest, event: { ...event, fields: fields.sort(([a], [b]) => (a < b ? -1 : 1)) } };
}

const folder = new URL('../../pipelines/', import.meta.url);
const shipped = readdirSync(folder).map(name => ({
  path: `pipelines/${name}`,
  text: readFileSync(new URL(name, folder), 'utf8'),
}));

const set = loadPipelines(shipped);

/** How many documents of the lines were written without running a pipeline. */
function compare(
  pipelines: PipelineSet,
  lines: readonly string[],
  tags: readonly string[],
  recordOf?: RecordOf,
): number {
  let plain = 0;
  for (const form of FORMS) {
    // Who listens gets the events as well.
    const isWatched = form === 'embedded';
    const made = new Way(pipelines, form, true, isWatched);
    const run = new Way(pipelines, form, false, isWatched);
    for (const tag of tags) expect(made.documents(lines, tag, recordOf)).toEqual(run.documents(lines, tag, recordOf));
    plain += made.plain;
  }
  return plain;
}

const textOf = (input: unknown): string[] => {
  if (typeof input === 'string') return [input];
  const message = (input as Fields | undefined)?.['message'];
  return typeof message === 'string' ? [message] : [];
};

interface TestFile {
  tests?: { input?: unknown; inputs?: unknown[] }[];
}

const samples = new Map<string, string[]>(
  shipped.map(({ path, text }) => {
    const { tests = [] } = parse(text) as TestFile;
    const lines = tests.flatMap(({ input, inputs = [] }) => [input, ...inputs].flatMap(textOf));
    return [path.slice(10, -5), lines];
  }),
);

test.for([...samples])('%s: its samples, by its pipeline alone', ([name, lines]) => {
  compare(
    set.only(name)!,
    [...lines, ...lines.map(line => `${line} é "x"`), ...mutations(lines, 3, 7)],
    ['docker.x', 'app'],
  );
});

test('lines of many applications', () => {
  const lines = globSync(join(import.meta.dirname, '../parse/lines/*.yaml')).flatMap(path =>
    (parse(readFileSync(path, 'utf8')) as { line: string }[]).map(({ line }) => line),
  );
  const all = [...lines, ...[...samples.values()].flat()];
  const tags = [
    'docker.nginx:1.27',
    'docker.httpd',
    'docker.redis:7',
    'docker.mysql:8.4',
    'docker.4f1c0b7c9b1d',
    'app',
  ];
  const plain = compare(set, [...all, ...mutations(all, 2, 3)], tags);
  // Else nothing was compared with anything.
  expect(plain).toBeGreaterThan(all.length);
});

const OWN = [
  `match: { image: 'mine*' }
processors:
  - grok: { tag: access, field: message, patterns: ['%{COMBINEDAPACHELOG}'] }
  - date: { field: timestamp, formats: ['dd/MMM/yyyy:HH:mm:ss Z'] }
  - remove: { field: timestamp }
  - convert: { field: response, type: integer }
  - grok: { field: request, patterns: ['^/%{WORD:area}'] }`,
  `match: { image: 'outer*' }
processors:
  - set: { field: kind, value: outer }
  - pipeline: { name: inner }
  - set: { field: level, value: WARN }`,
  `processors: [{ grok: { field: message, patterns: ['^%{IP:ip_address} %{WORD:verb}'] } }]`,
  `match: { image: 'lenient*' }
processors:
  - pipeline: { name: inner, ignore_failure: true }
  - set: { field: kind, value: lenient }`,
  `match: { image: 'handled*' }
processors:
  - grok: { field: message, patterns: ['^%{IP:ip_address}'], on_failure: [{ set: { field: kind, value: unknown } }] }`,
  `match: { image: 'passing*' }
pass_unmatched: true
processors:
  - grok: { field: message, patterns: ['^%{IP:ip_address} %{WORD:verb}'] }`,
];

const FILES = OWN.map((text, i) => ({
  path: `pipelines/${['mine', 'outer', 'inner', 'lenient', 'handled', 'passing'][i]}.yaml`,
  text,
}));
/** Streams whose lines are written without running a pipeline. */
const CONSTANT = [
  ...['labels', 'labels in front', 'another tag, and an output', 'pod', 'pod, message', 'now and then'],
  'pod that names a pipeline',
];

test.for(Object.entries(RECORDS))('records of another kind: %s', ([name, recordOf]) => {
  const own = loadPipelines([...FILES, ...shipped]);
  const access = samples.get('access-log')!;
  const lines = [...access, ...mutations(access, 2, 5), ...access.map(line => line.replace('GET /', 'GET /a/'))];
  const plain = compare(own, lines, ['docker.mine:1', 'docker.outer', 'docker.httpd', 'app'], recordOf);
  if (CONSTANT.includes(name)) expect(plain).toBeGreaterThan(lines.length);
  else if (!/container and|names that pipelines|another value/.test(name)) expect(plain).toBe(0);
});

test('lines that a grok does not match', async () => {
  const own = loadPipelines([...FILES, ...shipped]);
  const access = samples.get('access-log')!;
  const lines = [
    ...access,
    ...access.map(line => line.replace('GET /', 'GET x')),
    ...['203.0.113.9 GET /', '203.0.113.9', 'ERROR no stock', 'GET 203.0.113.9 POST', 'level=warn order=7'],
  ];
  const all = [...lines, ...mutations(lines, 4, 11)];
  const tagged = (name: string): number => compare(own, all, [`docker.${name}:1`]);
  expect(tagged('mine')).toBeGreaterThan(all.length);
  // A failure inside is one outside.
  expect(tagged('outer')).toBeGreaterThan(all.length);
  for (const name of ['lenient', 'handled', 'passing']) tagged(name);
  const failures = async (): Promise<number> => {
    const counted = await registry.getSingleMetric('longshore_pipeline_failures_total')!.get();
    return counted.values.find(({ labels }) => labels['pipeline'] === 'mine')?.value ?? 0;
  };
  const before = await failures();
  new Way(own, 'embedded', true, false).documents(['no access line'], 'docker.mine:1');
  expect((await failures()) - before).toBe(1);
});

/** Lines of which something is missing, doubled, or put in. */
function mutations(lines: readonly string[], each: number, seed: number): string[] {
  const random = seeded(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  return lines.flatMap(line =>
    Array.from({ length: each }, () => {
      let text = line;
      for (let i = below(3); i >= 0; i--) {
        const at = below(text.length + 1);
        const piece = PIECES[below(PIECES.length)]!;
        const end = Math.min(text.length, at + below(6));
        text = text.slice(0, at) + (below(3) === 0 ? text.slice(at, end).repeat(2) : piece) + text.slice(end);
      }
      return text;
    }),
  );
}

const PIECES = [
  ...['', '', ' ', '"', '\\"', '\\', '-', '0', '99999999999999999999', '.5', '\t', '\u0000', '\u001b[31m', 'é', '한글'],
  ...['😀', '\ud800', '\u2028', '\n', 'password=hunter2x', 'token: abcdef0123456789abcdef', ' 4111 1111 1111 1111 '],
  ...['ERROR', 'notice', '[', ']', '{', '}', '500', '2026', '31/Feb/2026', '+0900', '::1', 'x'.repeat(60)],
  ...[' "-" 1.234', ' rt=0.5', ' 12ms', ' level=warn'],
];
