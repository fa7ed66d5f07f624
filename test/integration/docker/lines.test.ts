import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Containers, count, dockerEngine, IMAGE, waitFor } from '../../support/docker.ts';
import { Longshore } from '../../support/longshore.ts';
import { requireOrSkip } from '../../support/services.ts';
import { startWebhook } from '../../support/webhook.ts';

// `mode=non-blocking`, because the driver's client cannot wait for two acknowledgements at once: with both streams busy,
// `fluentd-request-ack` alone can hang the container's log for good, and has been seen to end the engine itself.
const acknowledged = { 'fluentd-request-ack': 'true', mode: 'non-blocking', 'max-buffer-size': '16m' };
const ackOrNot = [
  ['without acknowledgements', {}],
  ['with acknowledgements', acknowledged],
] as const;

describe.runIf(requireOrSkip('a Docker engine', await dockerEngine()))('docker run --log-driver fluentd', () => {
  const containers = new Containers();
  let longshore: Longshore;
  let webhook: Awaited<ReturnType<typeof startWebhook>>;

  beforeAll(async () => {
    webhook = await startWebhook();
    longshore = await Longshore.start({
      env: { SLACK_WEBHOOK_URL: webhook.url },
      set: { 'alerters.slack.slack_webhook_url': webhook.url },
    });
  });
  afterAll(async () => {
    try {
      await containers.remove();
    } finally {
      await longshore?.remove();
      await webhook?.close();
    }
  });

  /** Runs the script, and gives back what arrived, oldest first. */
  async function logsOf(
    script: string,
    expected: number,
    logOptions: Record<string, string> = acknowledged,
    more: { args?: string[]; files?: Record<string, string> } = {},
  ) {
    // It ends when all has arrived: how the driver behaves at the end is a matter of `options.test.ts`.
    const staying = `${script}; ${waitFor('go')}`;
    const container = await containers.run({ port: longshore.ready.forward, logOptions, script: staying, ...more });
    const query = `container_id:${container.id}`;
    await vi.waitFor(async () => expect((await longshore.search(query)).total).toBe(expected), {
      timeout: 20_000,
      interval: 50,
    });
    container.mark('go');
    await container.exit();
    return { container, hits: await longshore.searchAll(query) };
  }

  test.for(ackOrNot)('lines of both streams, %s', async ([, options]) => {
    const { container, hits } = await logsOf(
      'echo "to the one"; echo "to the other, 안녕 🚢" >&2; echo "  indented"',
      3,
      options,
    );
    expect(hits.map(hit => [hit['stream'], hit['message']]).sort()).toEqual([
      ['stderr', 'to the other, 안녕 🚢'],
      ['stdout', '  indented'],
      ['stdout', 'to the one'],
    ]);
    for (const hit of hits) {
      expect(hit).toMatchObject({
        container_name: container.name,
        container_id: container.id,
        tag: container.id.slice(0, 12),
        level: 'INFO',
      });
      expect(Math.abs(Date.parse(String(hit['@timestamp'])) - Date.now())).toBeLessThan(60_000);
    }
  });

  test.for(ackOrNot)('a burst of 5,000 lines is complete and in order, %s', async ([, options]) => {
    const { hits } = await logsOf(count(5000), 5000, options);
    expect(hits.map(hit => hit['message'])).toEqual(Array.from({ length: 5000 }, (_, i) => `line ${i}`));
  });

  test.for(ackOrNot)('both streams at once, each in its order, %s', async ([, options]) => {
    const { hits } = await logsOf(`(${count(1000)}) & (${count(1000)}) >&2 & wait`, 2000, options);
    for (const stream of ['stdout', 'stderr']) {
      const lines = hits.filter(hit => hit['stream'] === stream).map(hit => hit['message']);
      expect(lines).toEqual(Array.from({ length: 1000 }, (_, i) => `line ${i}`));
    }
  });

  test.for(ackOrNot)('lines of 100 KB come out whole, however they were cut, %s', async ([, options]) => {
    // Docker cuts after 16 KiB. The beginnings move the cut through all bytes of the characters of 3 and of 4 bytes.
    const korean = [0, 1, 2].map(n => `${'-'.repeat(n)}${'가나다라마바사'.repeat(5000)} end ${n}`);
    const emoji = [0, 1, 2, 3].map(n => `${'='.repeat(n)}${'🚢⚓'.repeat(14_500)} end ${n}`);
    const files = { korean: `${korean.join('\n')}\n`, emoji: `${emoji.join('\n')}\n` };
    const script = 'cat /shared/korean & cat /shared/emoji >&2 & wait; echo short';
    const { hits } = await logsOf(script, 8, options, { files });
    const of = (stream: string) => hits.filter(hit => hit['stream'] === stream).map(hit => hit['message']);
    // A difference is reported by the ends of the lines: 100 KB are hard to read.
    for (const [stream, expected] of [
      ['stdout', [...korean, 'short']],
      ['stderr', emoji],
    ] as const) {
      const got = of(stream);
      expect(got.map(text => String(text).slice(-8))).toEqual(expected.map(text => text.slice(-8)));
      expect(got.every((text, i) => text === expected[i])).toBe(true);
    }
    expect(hits.filter(hit => 'partial_message' in hit)).toEqual([]);
  });

  test('labels and environment variables come along', async () => {
    const { hits } = await logsOf(
      'echo extras',
      1,
      { labels: 'com.example.team,com.docker.compose.service', env: 'REGION', 'env-regex': '^APP_', ...acknowledged },
      {
        args: [
          ...['--label', 'com.example.team=shop', '--label', 'com.docker.compose.service=checkout'],
          ...['--label', 'com.example.secret=unseen', '--env', 'REGION=eu-1', '--env', 'APP_MODE=dark'],
          ...['--env', 'APP_LEVEL=9', '--env', 'TOKEN=unseen'],
        ],
      },
    );
    expect(hits[0]).toMatchObject({
      message: 'extras',
      service: 'checkout',
      labels: { 'com.example.team': 'shop', 'com.docker.compose.service': 'checkout' },
      REGION: 'eu-1',
      APP_MODE: 'dark',
    });
    expect(String(hits[0]!['APP_LEVEL'])).toBe('9');
    expect(JSON.stringify(hits)).not.toContain('unseen');
    expect((await longshore.search('labels.com.example.team:shop AND APP_MODE:dark')).total).toBe(1);
  });

  test('the tag is what its template says', async () => {
    const tag = 'docker.{{.ImageName}}.{{.Name}}.{{.ID}}';
    const { container, hits } = await logsOf('echo tagged', 1, { tag });
    expect(hits[0]!['tag']).toBe(`docker.${IMAGE}.${container.name}.${container.id.slice(0, 12)}`);
  });

  test('times are whole seconds, and finer with fluentd-sub-second-precision', async () => {
    const script = 'for i in 1 2 3 4 5; do echo $i; sleep 0.03; done';
    const times = (hits: readonly Record<string, unknown>[]) => hits.map(hit => Date.parse(String(hit['@timestamp'])));
    const whole = await logsOf(script, 5, {});
    expect(times(whole.hits).map(time => time % 1000)).toEqual([0, 0, 0, 0, 0]);
    const fine = await logsOf(script, 5, { 'fluentd-sub-second-precision': 'true' });
    expect(fine.hits.map(hit => hit['message'])).toEqual(['1', '2', '3', '4', '5']);
    expect(new Set(times(fine.hits)).size).toBe(5);
  });

  test('a burst of errors reaches the webhook as one Slack message', async () => {
    const args = ['--label', 'com.docker.compose.service=billing'];
    const options = { labels: 'com.docker.compose.service', ...acknowledged };
    const { hits } = await logsOf(`${count(15, 'ERROR payment $i failed')} >&2`, 15, options, { args });
    expect(new Set(hits.map(hit => hit['level']))).toEqual(new Set(['ERROR']));
    await vi.waitFor(() => expect(webhook.received).toHaveLength(1), { timeout: 10_000 });
    const { headers, body } = webhook.received[0]!;
    expect(headers['content-type']).toContain('application/json');
    expect(JSON.stringify(body)).toContain('billing');
    expect(JSON.stringify(body)).toMatch(/ERROR payment \d+ failed/);
  });
});
