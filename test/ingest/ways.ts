import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { withDefaults } from '../../src/base/options.ts';
import { lineBudgets } from '../../src/base/regexp/line-budgets.ts';
import { Pages } from '../../src/buffer/spool/pages.ts';
import type { DocumentForm } from '../../src/core/contracts.ts';
import { type Fields, type Frame, newFields } from '../../src/core/event.ts';
import { type ActiveDefinitions, Documents, type OtherJoiners } from '../../src/ingest/documents.ts';
import { Draft, type Stored } from '../../src/ingest/draft.ts';
import { LiveListeners } from '../../src/ingest/live-listeners.ts';
import { LogMetrics } from '../../src/ingest/log-metrics/log-metrics.ts';
import { logMetricsSchema } from '../../src/ingest/log-metrics/options.ts';
import { ContainerNames } from '../../src/ledger/counts.ts';
import { Joiner } from '../../src/parse/join/joiner.ts';
import { loadPipelines, type PipelineSet } from '../../src/parse/pipelines.ts';
import { levelOfText } from '../../src/schema/level-text.ts';
import { eventSchema } from '../../src/schema/options.ts';
import { load } from '../alerts/support.ts';
import { seeded } from '../support/chance.ts';

export const RECEIVED = Date.UTC(2026, 10, 20, 14);
// What a line may cost depends on the machine; here none is too slow.
lineBudgets.setLimits({ slow_ms_per_container_second: 1e9, slow_ms_per_second: 1e9 });
/** Of the other events, nobody asks for more than their documents. */
const RULES = load([
  {
    path: 'bad.yaml',
    text: 'name: bad\ntype: any\nindex: "*"\nalert: debug\nfilter: [{ terms: { level: [ERROR, warn] } }]',
  },
]).rules;
const FORMS: readonly DocumentForm[] = ['elasticsearch', 'embedded'];

export class Way {
  /** Documents that were written without running a pipeline. */
  plain = 0;
  readonly #documents: Documents;
  readonly #pages = new Pages();

  constructor(set: PipelineSet, form: DocumentForm, isPlain: boolean, isWatched: boolean, others?: OtherJoiners) {
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
              runTyped: (fields, meta, id) => {
                this.plain--;
                return set.runTyped(fields, meta, id);
              },
              get leftTypedNumbers() {
                return set.leftTypedNumbers;
              },
              get documentId() {
                return set.documentId;
              },
            }
          : run,
        rules: isWatched ? [] : RULES,
      },
      others,
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
    return draft.context
      .map(stored => JSON.stringify(withoutNothing(stored)))
      .concat(
        draft.hits.map(hit => JSON.stringify(hit)),
        draft.parts.flatMap(({ day, minTime, maxTime, bytes, containers, events }) => [
          JSON.stringify([day, minTime, maxTime, events, containers.flat()]),
          bytes.toString('latin1'),
        ]),
      );
  }
}

export type RecordOf = (line: string, i: number) => object;

export const dockerRecord: RecordOf = (log, i) => ({
  ...{ container_id: `${i % 3}f1c0b7c9b1d4a86`, container_name: `/shop-web-${i % 3}` },
  ...{ source: i % 2 === 0 ? 'stdout' : 'stderr', log },
});

/** Records of what collects lines elsewhere: most have no container's id. */
export const COLLECTORS: Record<string, RecordOf> = {
  ...{ 'nothing else': message => ({ message }), 'a program': message => ({ message, program: 'p', level: 'WARN' }) },
  'its level': (message, i) => ({
    message,
    level: ['info', 'ERROR', 'Warning', 'notice', '30'][i % 5],
    service: 'shop',
  }),
  'document with a time': (message, i) => ({
    ...{ '@timestamp': i % 9 === 0 ? 'today' : new Date(RECEIVED - i * 1000).toISOString(), message, stream: 'stdout' },
    container: { id: `${i % 2}f1c0b7c9b1d4a86`, name: `web-${i % 2}` },
  }),
  'labels alone': (message, i) => ({
    ...{ message, kubernetes: { namespace_name: 'prod', pod_name: `web-${i % 3}` }, container_name: 'nginx' },
    ...{ stream: 'stdout', service: 'shop', labels: { app: 'shop' } },
  }),
  'a trace': (message, i) => ({
    ...{ message, level: 'INFO', service: 'shop', container_id: 'c1f1c0b7c9b1', logger: 'bench', trace_id: `${i}a` },
    ...{ span_id: i % 11 === 0 ? 'x'.repeat(200) : `b${i}`, kubernetes: { pod_name: 'web' }, stream: 'stdout' },
  }),
  syslog: (message, i) => ({
    ...{ message, hostname: `web-${i % 2}`, service: 'nginx' },
    log: {
      syslog: {
        ...{ priority: 24 + (i % 8), facility: { code: 3, name: 'system' } },
        severity: { code: i % 8, name: ['Emergency', 'Alert', 'Critical', 'Error', 'Warning', 'Notice'][i % 8] },
        ...{ version: '1', hostname: `web-${i % 2}`, appname: 'nginx', procid: i % 13 === 0 ? 'é "x"' : `${i}` },
      },
      source: { address: '192.0.2.7' },
    },
  }),
  file: (message, i) => ({
    message,
    ...{ log: { file: { path: `/var/log/a${i % 2}.log` }, offset: i * 100 }, hostname: 'h', env: 'prod' },
  }),
  'a collector': (message, i) => ({
    ...{
      message,
      stream: 'stdout',
      tag: `nginx/web-${i % 4}`,
      container_name: `c${i % 4}`,
      image: 'shop',
      hostname: 'w',
    },
    ...{ splunk: { source: 'docker', sourcetype: 'httpevent' }, host: { name: 'w', ip: i % 5 === 0 ? 'a' : 'b' } },
  }),
  'secrets that vary': (message, i) => ({
    ...{ message, hostname: 'h', note: i % 3 === 0 ? `password=hunter${i}x` : `n${i}`, ok: i % 2 === 0 },
  }),
};

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

/** Fields that were taken away hold nothing; their order says nothing. */
function withoutNothing({ event, ...rest }: Stored): unknown {
  const fields = Object.entries(event.fields).filter(([, value]) => value !== undefined);
  return { ...rest, event: { ...event, fields: fields.sort(([a], [b]) => (a < b ? -1 : 1)) } };
}

const folder = new URL('../../pipelines/', import.meta.url);
export const shipped = readdirSync(folder).map(name => ({
  path: `pipelines/${name}`,
  text: readFileSync(new URL(name, folder), 'utf8'),
}));

export const set = loadPipelines(shipped);

/** How many documents of the lines were written without running a pipeline. */
export function compare(
  pipelines: PipelineSet,
  lines: readonly string[],
  tags: readonly string[],
  recordOf?: RecordOf,
): number {
  let plain = 0;
  for (const form of FORMS) {
    // Who listens gets all events as well, rules those of their levels.
    const isWatched = form === 'embedded';
    const made = new Way(pipelines, form, true, isWatched);
    const run = new Way(pipelines, form, false, isWatched);
    for (const tag of tags) {
      const [own, other] = [made, run].map(way =>
        way.documents(lines, tag, recordOf).flatMap(part => part.split('\n')),
      );
      // Only what differs is shown.
      const at = own!.findIndex((line, i) => line !== other![i]);
      if (at >= 0) expect(own![at]).toBe(other![at]);
      expect(own!.length).toBe(other!.length);
    }
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

export const samples = new Map<string, string[]>(
  shipped.map(({ path, text }) => {
    const { tests = [] } = parse(text) as TestFile;
    const lines = tests.flatMap(({ input, inputs = [] }) => [input, ...inputs].flatMap(textOf));
    return [path.slice(10, -5), lines];
  }),
);

/** Lines of which something is missing, doubled, or put in. */
export function mutations(lines: readonly string[], each: number, seed: number): string[] {
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

export const PIECES = [
  ...['', '', ' ', '"', '\\"', '\\', '-', '0', '99999999999999999999', '.5', '\t', '\u0000', '\u001b[31m', 'é', '한글'],
  ...['😀', '\ud800', '\u2028', '\n', 'password=hunter2x', 'token: abcdef0123456789abcdef', ' 4111 1111 1111 1111 '],
  ...['ERROR', 'notice', '[', ']', '{', '}', '500', '2026', '31/Feb/2026', '+0900', '::1', 'x'.repeat(60)],
  ...[' "-" 1.234', ' rt=0.5', ' 12ms', ' level=warn'],
];
