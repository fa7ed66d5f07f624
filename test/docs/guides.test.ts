import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { dispatch } from '../../src/cli/index.ts';
import { expected } from '../integration/docker/expected.ts';
import type { Gateway } from '../store/elasticsearch/gateway.ts';
import { command } from '../support/command.ts';
import { requireOrSkip } from '../support/services.ts';
import { type Block, codesOf, isRendered, type Page, pages } from './manual.ts';
import { refusingElasticsearch } from './refusing-elasticsearch.ts';
import { commandsOf } from './shell.ts';
import { Site } from './site.ts';

/*
 * Each page of the manual, from its first command to its last, as a reader would follow it: files are written where the
 * page says so, commands are run, what they print is compared with what the page shows. One service runs for all pages.
 */

/** Commands that are not run here, by how they begin, and why. What can be said of their arguments is tested all the same. */
const NOT_RUN: Readonly<Record<string, string>> = {
  docker: 'it would fetch images; the options are those that test/integration/docker measures',
  npm: 'the packages are there already, and the service runs',
  'npx vitest': 'this is one',
  sudo: 'needs a system of its own, with systemd',
  journalctl: 'needs systemd',
  kubectl: 'needs a cluster; test/kubernetes has the manifests',
  helm: 'needs a cluster; test/kubernetes has the chart',
  node: 'a receiver that listens until it is stopped',
  'longshore run': 'it runs until it is stopped, and one runs already',
  'longshore migrate': 'needs an Elasticsearch; test/cli/migrate.test.ts has one',
  'longshore restore': 'wants an empty data_dir; test/cli/backup.test.ts has one',
};

const own = pages().filter(({ path }) => !isRendered(path));
const missing: string[] = [];
for (const program of ['bash', 'curl', 'jq', 'gzip'])
  if ((await command(program, ['--version'])).code === 127) missing.push(program);
const isAble = requireOrSkip('bash, curl, jq and gzip', missing.length === 0 || `there is no ${missing.join(', ')}`);

let site: Site;
beforeAll(async () => {
  if (!isAble) return;
  // Soon in files of the store, which one of the pages reads.
  site = await Site.start({ set: { 'store.seal_max_age_ms': '500' } });
  await runOnce(site, 'longshore demo\n');
}, 300_000);
afterAll(() => site?.remove());

const followed = own.filter(({ blocks }) => blocks.some(({ kind }) => kind === 'sh'));
describe.runIf(isAble).each(followed.map(page => [page.path, page] as const))('%s', (path, page) => {
  let here: Site;
  let elasticsearch: Gateway | undefined;
  beforeAll(async () => {
    here = site;
    if (path !== 'docs/guides/dead-letters.md') return;
    // Dead letters want a store that refuses something.
    elasticsearch = await refusingElasticsearch();
    here = await Site.start({ set: { 'store.type': 'elasticsearch', 'store.nodes': `["${elasticsearch.url}"]` } });
  }, 300_000);
  afterAll(async () => {
    if (here !== site) await here?.remove();
    await elasticsearch?.close();
  });

  test.each(steps(page))('%s', async (_, { block, shown }) => {
    if (block.kind !== 'sh') await here.write(block.path!, block.text);
    else if (!commandsOf(block.text).every(isRun)) for (const words of commandsOf(block.text)) await checkWords(words);
    else if (shown === undefined) await runOnce(here, block.text);
    else if (isReading(block.text))
      // What a reader would look at again after a moment.
      await vi.waitFor(async () => expectOutput(await run(here, block.text), shown), { timeout: 15_000 });
    else expectOutput(await run(here, block.text), shown);
  });
});

async function run(here: Site, script: string): Promise<string> {
  const { code, out } = await here.run(script);
  expect(code, out).toBe(0);
  return out;
}

/** Pages repeat commands; one whose output is not shown has shown once that it works. */
const done = new WeakMap<Site, Set<string>>();
async function runOnce(here: Site, script: string): Promise<void> {
  const scripts = done.get(here) ?? new Set();
  done.set(here, scripts);
  // In a checkout and elsewhere.
  const key = script.replace(/^npx longshore /gm, 'longshore ');
  if (!scripts.has(key)) await run(here, script);
  scripts.add(key);
}

test('what is said not to be run is in the manual', () => {
  const commands = own
    .flatMap(({ blocks }) => blocks.filter(({ kind }) => kind === 'sh'))
    .flatMap(({ text }) => commandsOf(text));
  expect(Object.keys(NOT_RUN).filter(start => !commands.some(words => notRun(words) === start))).toEqual([]);
});

test.runIf(isAble)('what the guide about alerts sends has arrived at the webhook', () => {
  const bodies = site.received.map(({ body }) => body as Record<string, unknown>);
  expect(bodies).toContainEqual(
    expect.objectContaining({ attachments: [expect.objectContaining({ title: 'Error burst in api' })] }),
  );
  expect(bodies).toContainEqual(
    expect.objectContaining({
      service: 'checkout',
      severity: 'ERROR',
      text: expect.stringContaining('basket is gone'),
    }),
  );
});

describe.runIf(isAble)('files of the embedded store', () => {
  const queries = own.flatMap(({ path, blocks }) =>
    blocks.filter(({ kind }) => kind === 'sql').map(({ line, text }) => [`${path}:${line}`, text] as const),
  );
  test.each(queries)('%s', async (_, query) => {
    const segments = join(site.folder, 'data/store/segments');
    await vi.waitFor(() => expect(globSync(`${segments}/*/*.parquet`)).not.toEqual([]), { timeout: 20_000 });
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const answer = await connection.runAndReadAll(query.replace("'data/", `'${site.folder}/data/`));
    expect(answer.getRows().length).toBeGreaterThan(3);
    connection.closeSync();
  });
});

describe.runIf(isAble)('searches', () => {
  const queries = own.flatMap(({ path, tables }) =>
    tables
      .filter(({ head }) => head[0] === 'Query')
      .flatMap(({ line, rows }) =>
        rows.flatMap(([cell = '']) => codesOf(cell).map(query => [`${path}:${line}`, query] as const)),
      ),
  );
  test.each(queries)('%s %s', async (_, query) => {
    expect((await site.longshore.search(query, { size: '1' })).total).toBeGreaterThanOrEqual(0);
  });
});

interface Step {
  block: Block;
  /** What the page shows as its output. */
  shown: Block | undefined;
}

function steps(page: Page): [string, Step][] {
  return page.blocks.flatMap((block, i): [string, Step][] => {
    if (block.kind !== 'sh' && block.path === undefined) return [];
    const next = page.blocks[i + 1];
    const shown = block.kind === 'sh' && next?.kind === 'text output' ? next : undefined;
    return [[`${block.line}: ${block.text.split('\n')[0]}`, { block, shown }]];
  });
}

/** Whether it may be run again: it changes nothing. */
function isReading(script: string): boolean {
  return commandsOf(script).every(([program, command, ...args]) => {
    if (program === 'curl') return !args.some(arg => /^(?:-d|-X|--data)/.test(arg));
    if (program === 'longshore') return command !== 'dlq' || args[0] === 'list';
    return program === 'jq' || program === 'grep';
  });
}

const isRun = (words: string[]): boolean => notRun(words) === undefined;

function notRun(words: string[]): string | undefined {
  const command = words.slice(words[0] === 'npx' && words[1] === 'longshore' ? 1 : 0).join(' ');
  return Object.keys(NOT_RUN).find(start => command === start || command.startsWith(`${start} `));
}

/** Of what is not run: whether the options exist, and the files. */
async function checkWords(words: string[]): Promise<void> {
  const [program, ...args] = words[0] === 'npx' ? words.slice(1) : words;
  if (program === 'longshore') await expectKnownOptions(args);
  if (program === 'helm' || program === 'kubectl')
    expect(args.filter(arg => /^docker\//.test(arg) && !existsSync(arg))).toEqual([]);
  if (program !== 'docker') return;
  const files = args.filter((_, i) => /^(?:-f|--env-file)$/.test(args[i - 1] ?? '') && args[0] !== 'rm');
  expect(files.filter(file => !existsSync(file))).toEqual([]);
  if (!args.includes('fluentd')) return;
  const options = args.filter((_, i) => args[i - 1] === '--log-opt').map(option => option.split(/=(.*)/s));
  const { 'fluentd-address': address, tag, labels, ...measured } = Object.fromEntries(options);
  expect({ address, measured }).toEqual({
    address: '127.0.0.1:24224',
    measured: expected['non-blocking, ack']!.options,
  });
}

/** The real parser reads them: it complains of the one that does not exist, and so has taken all before it. */
async function expectKnownOptions(args: string[]): Promise<void> {
  let said = '';
  const io = { env: {}, umask: () => 0 };
  const stream = {
    write: (text: string) => {
      said += text;
    },
    on() {},
  };
  const code = await dispatch([...args, '--no-such-option'], { ...io, stdout: stream, stderr: stream } as never);
  expect({ code, said }).toEqual({ code: 2, said: expect.stringContaining("'--no-such-option'") });
}

/** What may be otherwise in a line that the page shows: what it is there -> what it may be. */
const OPEN: readonly (readonly [RegExp, string])[] = [
  [/^[0-9a-f]{16}$/, '[0-9a-f]{16}'],
  [/^\d+$/, '\\d+'],
  [/^ {2,}$/, ' +'],
  [/^…$/, '.*'],
];

/** Each line that the page shows was printed, in that order. Numbers and ids may be others, but not lines of files; `...` and `…` stand for anything. */
function expectOutput(printed: string, { text }: Block): void {
  const lines = printed.split('\n').map(line => line.trimEnd());
  let at = 0;
  for (const line of text.trimEnd().split('\n')) {
    if (line.trim() === '' || line.trim() === '...') continue;
    const parts = line.trimEnd().split(/(\b[0-9a-f]{16}\b|(?<!\.ya?ml:\d*|^ +\d*)\d+|…| {2,})/);
    const open = parts.map(part => OPEN.find(([is]) => is.test(part))?.[1] ?? RegExp.escape(part));
    const pattern = new RegExp(`^${open.join('')}$`);
    const found = lines.findIndex((candidate, i) => i >= at && pattern.test(candidate));
    expect(found, `"${line}" in:\n${printed}`).toBeGreaterThanOrEqual(0);
    at = found + 1;
  }
}
