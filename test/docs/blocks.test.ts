import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkAll, type Finding } from '../../src/app/check/check.ts';
import { filtersToQuery } from '../../src/store/query/filters.ts';
import { expected, type Facts } from '../integration/docker/expected.ts';
import { objectsOf } from '../kubernetes/objects.ts';
import { type Block, codesOf, isRendered, pages } from './manual.ts';

/*
 * Every block of the manual that needs no service: configurations, pipelines with their tests, rules, compose files, JSON,
 * configurations of Fluentd and Fluent Bit. Commands, and queries, are run by guides.test.ts.
 */

const own = pages().filter(({ path }) => !isRendered(path));
const blocks = own.flatMap(page => page.blocks);
const ofKind = (kind: string): [string, Block][] =>
  blocks.filter(block => block.kind === kind).map(block => [`${block.page}:${block.line}`, block]);

const KINDS: Readonly<Record<string, string>> = {
  sh: 'commands, run by guides.test.ts',
  'text output': 'what the commands before it print, compared by guides.test.ts',
  text: 'neither a command nor a file',
  'text format': 'the form of a file, compared with the comments in the code',
  mermaid: 'a drawing',
  sql: 'a query of the files of the embedded store, run by guides.test.ts',
  'yaml config': 'a configuration',
  'yaml pipeline': 'a pipeline',
  'yaml rule': 'an alert rule',
  'yaml compose': 'a compose file',
  'yaml kubernetes': 'objects of Kubernetes',
  'yaml prometheus': 'a part of the configuration of Prometheus',
  'yaml filter': 'filters of a rule',
  'json example': 'JSON',
  'conf source': 'a configuration of another program that the page imports',
  'conf fluentd': 'a configuration of Fluentd that was recorded',
  'conf fluent-bit': 'a configuration of Fluent Bit that was recorded',
};

const folder = mkdtempSync(join(tmpdir(), 'longshore-docs-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(block: Block): string {
  const path = join(folder, `${basename(block.page, '.md')}-${block.line}-${basename(block.path ?? 'block.yaml')}`);
  // Certificates and secrets that a reader would have there.
  const text = block.text
    .replaceAll('/etc/longshore/', `${process.cwd()}/test/inputs/forward/tls/`)
    .replace(/\$\{file:[^}]*\}/g, 'a-secret-of-a-file');
  writeFileSync(path, text);
  return path;
}

/** What `check --offline` says, with every variable of the environment set that the file asks for; without pipelines, which have tests of their own. */
async function check(path: string, request: { config: string; set?: string[] }): Promise<Finding[]> {
  const variables = [...readFileSync(path, 'utf8').matchAll(/\$\{?([A-Z][A-Z_]*)/g)].map(([, name]) => name!);
  const env = Object.fromEntries(variables.map(name => [name, 'a-value-of-the-environment']));
  return checkAll({ ...request, set: ['pipelines=[]', ...(request.set ?? [])], offline: true, env });
}

const mistakes = (findings: Finding[]): string[] =>
  findings
    .filter(({ severity }) => severity !== 'ok')
    .map(({ severity, where, what, fix }) => `${severity}: ${where}: ${what} ${fix ?? ''}`);

test('every block says what it is', () => {
  expect(
    blocks.filter(({ kind }) => !(kind in KINDS)).map(({ page, line, kind }) => `${page}:${line}: ${kind}`),
  ).toEqual([]);
});

describe('configurations', () => {
  test.for(ofKind('yaml config'))('%s is accepted by check --offline', async ([, block]) => {
    const path = write(block);
    const errors = mistakes(await check(path, { config: path })).filter(text => text.startsWith('error'));
    expect(errors).toEqual([]);
  });
});

describe('pipelines', () => {
  test.for(ofKind('yaml pipeline'))('%s loads beside the shipped ones, and its tests pass', async ([, block]) => {
    const { dispatch } = await import('../../src/cli/index.ts');
    const path = write(block);
    const out: string[] = [];
    const stream = { write: (text: string) => out.push(text), on() {} };
    const code = await dispatch(['test', path], { env: {}, stdout: stream, stderr: stream } as never);
    const hasTests = /^tests:/m.test(block.text);
    expect(out.join('')).toMatch(hasTests ? /^[1-9]\d* passed, 0 failed$/m : /no pipeline has tests/);
    expect(code).toBe(hasTests ? 0 : 1);
  });
});

describe('rules', () => {
  test.for(ofKind('yaml rule'))('%s loads without a warning', async ([, block]) => {
    const path = write(block);
    const slack = 'alerters.slack.slack_webhook_url=https://hooks.slack.com/services/T000/B000/XXXX';
    const findings = await check(path, { config: '/dev/null', set: [`rules=${path}`, slack] });
    expect(mistakes(findings)).toEqual([]);
  });

  test.for(ofKind('yaml filter'))('%s is a filter', ([, block]) => {
    expect(filtersToQuery((parse(block.text) as { filter: unknown }).filter)).toMatchObject({
      type: expect.any(String),
    });
  });
});

test.for(ofKind('yaml kubernetes'))('%s: objects of Kubernetes', ([, block]) => {
  for (const object of objectsOf(block.text))
    expect(object).toMatchObject({
      apiVersion: expect.any(String),
      kind: expect.any(String),
      metadata: { name: expect.any(String) },
    });
});

describe('Docker', () => {
  /** The options that the manual recommends: those of the measured row that loses nothing. */
  const recommended = expected['non-blocking, ack']!.options;

  test.for(ofKind('yaml compose'))('%s: services log with options that were measured', ([, block]) => {
    const { services, ...more } = parse(block.text, { merge: true }) as Record<string, unknown>;
    const drivers = Object.values({ ...(services as object), ...more }).flatMap(value => {
      const { logging = value, driver } = value as { logging?: object; driver?: string };
      return driver === 'fluentd' || (logging as { driver?: string }).driver === 'fluentd' ? [logging] : [];
    });
    for (const { options } of drivers as { options: Record<string, string> }[]) {
      const { 'fluentd-address': address, tag, labels, ...measured } = options;
      expect(address).toMatch(/:24224$/);
      expect(measured).toEqual(recommended);
    }
  });

  test('the table of options says what test/integration/docker/options.test.ts measures', () => {
    const table = own
      .find(({ path }) => path === 'docs/guides/docker-options.md')!
      .tables.find(({ head }) => head[0] === 'Options')!;
    const yes = { starts: 'yes', blocks: 'yes' };
    const told = table.rows.map(
      ([options = '', starts = '', blocks = '', stalled = '', down = '']): [string, Omit<Facts, 'options'>] => [
        codesOf(options).sort().join(),
        {
          starts: starts.startsWith(yes.starts),
          blocks: blocks.startsWith(yes.blocks),
          stalled: tail(stalled),
          down: tail(down),
        },
      ],
    );
    const measured = Object.values(expected).map(({ options, ...facts }): [string, Omit<Facts, 'options'>] => [
      Object.entries(options)
        .map(([name, value]) => (value === 'true' ? name : `${name}=${value}`))
        .sort()
        .join(),
      facts,
    ]);
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(measured));
  });
});

const tail = (text: string): Facts['down'] => {
  const plain = text.replaceAll('*', '');
  return plain.startsWith('whole') ? 'whole' : plain.startsWith('may lose') ? 'a race' : 'cut';
};

describe('other files', () => {
  const comments = globSync('src/**/*.ts')
    .map(path => readFileSync(path, 'utf8').replace(/^ *\*? */gm, ''))
    .join('\n');
  test.for(ofKind('text format'))('%s: each line stands in the code', ([, block]) => {
    expect(
      block.text
        .trim()
        .split('\n')
        .filter(line => !comments.includes(`\n${line}\n`)),
    ).toEqual([]);
  });

  test.for(ofKind('json example'))('%s is JSON', ([, block]) => {
    for (const line of block.text.trim().split(/\n(?=\{)/)) JSON.parse(line);
  });

  const RECORDED = {
    fluentd: ['fluentd-ack/fluentd.conf', 'fluentd-shared-key/fluentd.conf'],
    'fluent-bit': ['fluent-bit-ack/fluent-bit.conf', 'fluent-bit-shared-key/fluent-bit.conf'],
  };
  test.for([...ofKind('conf fluentd'), ...ofKind('conf fluent-bit')])(
    '%s is what a real sender was recorded with',
    ([, block]) => {
      const sender = block.kind === 'conf fluentd' ? 'fluentd' : 'fluent-bit';
      // Of Fluentd's the part for Longshore: what stands before it is the reader's own.
      const part =
        sender === 'fluentd' ? /^ *<store>\n *@type forward[\s\S]*?^ *<\/store>\n/m.exec(block.text)?.[0] : block.text;
      const files = RECORDED[sender].map(path => readFileSync(join('test/clients/recorded', path), 'utf8'));
      expect(files.some(text => text.includes(part ?? 'nothing for Longshore'))).toBe(true);
    },
  );
});
