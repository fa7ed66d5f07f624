import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { dockerRecord, ForwardSender } from '../support/forward-sender.ts';
import { Longshore } from '../support/longshore.ts';

const pipeline = (value: string) => `match: { image: shop }
processors:
  - set: { field: color, value: ${value} }
`;
const rule = (name: string, word: string, more = '') => `name: ${name}
type: frequency
index: docker-logs-*
filter: [{ query: { query_string: { query: 'message:${word}' } } }]
num_events: 4
timeframe: { minutes: 5 }
realert: { minutes: 0 }
alert: debug
${more}`;

let running: Longshore;
let sender: ForwardSender;
let n = 0;

async function send(log: string): Promise<void> {
  sender.message('docker.shop', dockerRecord(log, { image: 'shop', container_name: '/shop-1' }), `reload-${n++}`);
  await sender.acknowledged(n);
}

/** The color that the active pipeline gives. */
async function color(): Promise<unknown> {
  const word = `color${n}`;
  await send(`INFO ${word}`);
  return (await running.search(word)).hits[0]?.['color'];
}

async function reload(): Promise<{ status: number; ok: boolean; message: string }> {
  const response = await fetch(`${running.url}/-/reload`, { method: 'POST' });
  return { status: response.status, ...((await response.json()) as { ok: boolean; message: string }) };
}

const pipelineFile = () => join(running.pipelinesDir, 'shop.yaml');
const ruleFile = (name: string) => join(running.rulesDir, name);
const logged = (text: string, from = 0) => running.log.slice(from).find(line => line.includes(text));
const alerts = async () =>
  ((await (await fetch(`${running.url}/api/alerts`)).json()) as { alerts: { rule: string; num_hits: number }[] })
    .alerts;
const rules = async () =>
  (
    (await (await fetch(`${running.url}/api/rules`)).json()) as {
      rules: { name: string; hits: number; filling: boolean }[];
    }
  ).rules;

beforeAll(async () => {
  running = await Longshore.start({
    pipelines: { 'shop.yaml': pipeline('red') },
    rules: { 'kept.yaml': rule('kept', 'apple') },
  });
  sender = await ForwardSender.connect(running.ready.forward);
});
afterAll(async () => {
  sender.close();
  await running.remove();
});

describe('reload of pipelines and rules', () => {
  test('POST /-/reload: the new ones are active when it answers', async () => {
    expect(await color()).toBe('red');
    writeFileSync(pipelineFile(), pipeline('green'));
    expect(await reload()).toEqual({ status: 200, ok: true, message: '1 pipeline and 1 rule are active' });
    expect(await color()).toBe('green');
  });

  test('a file that changes is noticed, also when an editor replaces it', async () => {
    writeFileSync(pipelineFile(), pipeline('blue'));
    await vi.waitFor(async () => expect(await color()).toBe('blue'), { timeout: 10_000 });
    writeFileSync(join(running.dataDir, 'shop.tmp'), pipeline('cyan'));
    renameSync(join(running.dataDir, 'shop.tmp'), pipelineFile());
    await vi.waitFor(async () => expect(await color()).toBe('cyan'), { timeout: 10_000 });
  });

  test('SIGHUP reloads, and is logged with what is active', async () => {
    const from = running.log.length;
    running.process.kill('SIGHUP');
    await vi.waitFor(() => expect(logged('"reason":"SIGHUP"', from)).toContain('"msg":"reloaded"'), { timeout: 5000 });
  });

  test('a file with a mistake goes on as it was; the reason is in the answer and in the log', async () => {
    const from = running.log.length;
    writeFileSync(pipelineFile(), pipeline('white').replace('- set:', '- sett:'));
    writeFileSync(ruleFile('kept.yaml'), rule('kept', 'apple').replace('frequency', 'frequncy'));
    const answer = await reload();
    expect(answer).toMatchObject({ status: 422, ok: false });
    for (const said of [answer.message, logged('not reloaded', from)]) {
      expect(said).toMatch(/shop\.yaml:3: there is no processor `sett`\. Did you mean `set`\?/);
      expect(said).toMatch(/kept\.yaml:2: there is no rule type frequncy\. Did you mean frequency\?/);
    }
    expect(await color()).toBe('cyan');
    expect((await rules()).map(({ name }) => name)).toEqual(['kept']);
    // A refused text is not tried again and again; the mended one is taken without being asked for.
    writeFileSync(ruleFile('kept.yaml'), rule('kept', 'apple'));
    writeFileSync(pipelineFile(), pipeline('black'));
    await vi.waitFor(async () => expect(await color()).toBe('black'), { timeout: 10_000 });
    const metrics = await (await fetch(`${running.url}/metrics`)).text();
    expect(metrics).toMatch(/^longshore_reloads_total\{outcome="refused"\} [12]$/m);
  });

  test('the window of a rule that stays survives', async () => {
    for (let i = 0; i < 3; i++) await send('INFO an apple');
    expect(await alerts()).toEqual([]);
    writeFileSync(ruleFile('other.yaml'), rule('other', 'pear'));
    writeFileSync(ruleFile('kept.yaml'), rule('kept', 'apple', 'description: a text that changes nothing\n'));
    expect((await reload()).message).toBe('1 pipeline and 2 rules are active');
    await send('INFO the fourth apple');
    await vi.waitFor(async () => expect((await alerts()).map(one => one.rule)).toEqual(['kept']), { timeout: 5000 });
    expect((await rules()).find(({ name }) => name === 'kept')?.hits).toBe(4);
  });

  test('a new rule counts events of just before, those of the open tail and those in the store', async () => {
    const before = (await alerts()).length;
    for (let i = 0; i < 2; i++) await send('INFO a cherry');
    // In the store after a second; the next two are in the tail.
    await vi.waitFor(
      async () => {
        const text = await (await fetch(`${running.url}/metrics`)).text();
        expect(text).toMatch(/^longshore_spool_bytes\{state="log"\} 0$/m);
      },
      { timeout: 10_000 },
    );
    for (let i = 0; i < 2; i++) await send('INFO a cherry again');
    writeFileSync(ruleFile('new.yaml'), rule('new', 'cherry'));
    expect((await reload()).ok).toBe(true);
    await vi.waitFor(
      async () => expect((await rules()).find(({ name }) => name === 'new')).toMatchObject({ hits: 4, filling: false }),
      { timeout: 5000 },
    );
    // What was complete in the past raises nothing; one that needs a fifth counts on from there.
    expect((await alerts()).map(one => one.rule)).not.toContain('new');
    writeFileSync(ruleFile('five.yaml'), rule('five', 'cherry').replace('num_events: 4', 'num_events: 5'));
    await reload();
    await vi.waitFor(async () =>
      expect((await rules()).find(({ name }) => name === 'five')).toMatchObject({ hits: 4 }),
    );
    expect((await alerts()).map(one => one.rule)).not.toContain('five');
    await send('INFO the fifth cherry');
    await vi.waitFor(async () => expect((await alerts()).map(one => one.rule)).toContain('five'), { timeout: 5000 });
    expect((await alerts()).length).toBeGreaterThan(before);
  });

  test('a folder that is removed and made again is watched again', async () => {
    const text = readFileSync(pipelineFile(), 'utf8');
    rmSync(running.pipelinesDir, { recursive: true });
    await vi.waitFor(async () => expect(await color()).toBeUndefined(), { timeout: 10_000 });
    mkdirSync(running.pipelinesDir);
    writeFileSync(pipelineFile(), text.replace('black', 'gold'));
    await vi.waitFor(async () => expect(await color()).toBe('gold'), { timeout: 10_000, interval: 200 });
    writeFileSync(pipelineFile(), text.replace('black', 'silver'));
    await vi.waitFor(async () => expect(await color()).toBe('silver'), { timeout: 10_000, interval: 200 });
  });
});
