import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { loadSettings, type Settings } from '../app/settings.ts';
import { LongshoreError } from '../core/errors.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, type Client, clientFor } from './client.ts';
import type { Command } from './command.ts';
import { burstLine, DEMO_CONTAINERS, type DemoContainer, seeded } from './demo/containers.ts';
import { ForwardClient } from './demo/forward-client.ts';
import { printable } from './format.ts';

export const demoCommand: Command = {
  name: 'demo',
  usage: `longshore demo [--seconds N] [--rate LINES_PER_SECOND] [--seed N]

      --seconds N        how long (default 30)
      --rate N           lines a second (default 20)
      --seed N           the same seed gives the same logs (default 1)
      --forward ADDRESS  of the forward input (default: inputs.forward.address of the configuration)
${CLIENT_USAGE}

The lines go through the real forward port, as Docker's driver sends them. After a third of the time the api loses its
database and logs 25 errors; the tenth sets off the shipped rule config/rules/error-burst.yaml.`,

  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...CLIENT_OPTIONS,
        seconds: { type: 'string' },
        rate: { type: 'string' },
        seed: { type: 'string' },
        forward: { type: 'string' },
      },
    });
    const seconds = Number(values.seconds ?? 30);
    const rate = Number(values.rate ?? 20);
    if (!(seconds > 0 && seconds <= 86_400 && rate > 0 && rate <= 10_000)) {
      io.stderr.write('longshore demo: --seconds is 1 to 86400, --rate 1 to 10000\n');
      return 2;
    }
    const { settings } = loadSettings({ ...values, env: io.env });
    const web = clientFor(values, io.env, settings);
    const client = await ForwardClient.connect(values.forward ?? forwardAddress(settings));
    io.stdout.write(
      `Sending the logs of ${DEMO_CONTAINERS.length} containers for ${seconds} s: ${DEMO_CONTAINERS.map(c => c.name).join(', ')}\n`,
    );

    const random = seeded(Number(values.seed ?? 1));
    const bag = DEMO_CONTAINERS.flatMap(container => Array<DemoContainer>(container.weight).fill(container));
    const started = Date.now();
    const burstAt = started + (seconds * 1000) / 3;
    let burstSent = false;
    let entries = 0;
    for (let now = started; now < started + seconds * 1000; now = Date.now()) {
      const container = bag[Math.floor(random() * bag.length)]!;
      const { stream, lines } = container.write(random, new Date(now));
      entries++;
      for (const line of lines) await client.send(...asDocker(container, stream, line, now));
      if (!burstSent && now >= burstAt) {
        burstSent = true;
        entries += BURST;
        io.stdout.write(`The api loses its database and logs ${BURST} errors; the shipped rule alerts at the 10th\n`);
        const api = DEMO_CONTAINERS.find(candidate => candidate.name === 'demo-api-1')!;
        for (let i = 0; i < BURST; i++)
          await client.send(...asDocker(api, 'stdout', burstLine(random, new Date()), Date.now()));
      }
      await sleep(1000 / rate);
    }
    for (let i = 0; i < 200 && client.acknowledged < client.sent && !client.isClosed; i++) await sleep(50);
    client.close();
    const events = await storedEvents(web, started, entries);
    io.stdout.write(
      `${client.sent} lines sent, ${client.acknowledged} acknowledged: ${events} events (a stack trace is one)\n\n`,
    );
    await showAlerts(web, io, started);
    io.stdout.write(`
Now try:
  node bin/longshore.js search 'level:ERROR AND service:api'
  node bin/longshore.js search 'response_time > 1000 or response >= 500'
  node bin/longshore.js tail
  or open ${web.base}/ in a browser
`);
    return client.acknowledged === client.sent ? 0 : 1;
  },
};

const BURST = 25;
/** A stack trace waits a moment for its next line before it is an event. */
const LAST_TRACE_MS = 5000;

/** How many events became of it; waits for the last ones, for the reader is to find the same number on the page. Some lines carry whole seconds. */
async function storedEvents(web: Client, started: number, expected: number): Promise<number> {
  const params = {
    query: 'container_name:demo-*',
    from: new Date(started - (started % 1000)).toISOString(),
    size: '1',
  };
  for (const giveUpAt = Date.now() + LAST_TRACE_MS; ; await sleep(100)) {
    const answer = await (await web.get('/api/search', params)).json();
    const { value } = (answer as { total: { value: number } }).total;
    if (value >= expected || Date.now() > giveUpAt) return value;
  }
}

function asDocker(
  container: DemoContainer,
  stream: string,
  line: string,
  now: number,
): [string, number, Record<string, string>] {
  const record = {
    container_id: container.id,
    container_name: `/${container.name}`,
    source: stream,
    log: line,
    'com.docker.compose.service': container.name.replace(/^demo-|-\d+$/g, ''),
  };
  return [`docker.${container.image}`, now, record];
}

async function showAlerts(web: Client, io: NodeJS.Process, since: number): Promise<void> {
  const answer = (await (await web.get('/api/alerts', { limit: '3' })).json()) as {
    alerts?: { rule: string; title?: string; at?: string }[];
  };
  const alerts = answer.alerts ?? [];
  if (alerts.length === 0) io.stdout.write('No alert: is the rule config/rules/error-burst.yaml loaded?\n');
  for (const { rule, title, at = '' } of alerts) {
    const age = Date.parse(at) < since ? ' (of an earlier run: the rule is silent for a while after an alert)' : '';
    io.stdout.write(`Alert ${at} ${printable(title ?? rule)}${age}\n`);
  }
}

function forwardAddress({ inputs: { forward } }: Settings): string {
  const open =
    forward !== false && forward.tls === undefined && (forward.shared_key === undefined || forward.allow !== undefined);
  if (open) return forward.address;
  const reason = forward === false ? 'is switched off' : 'asks for TLS or a shared key, which the demo does not have';
  throw new LongshoreError('LS_CLI_NO_FORWARD', `the forward input of this configuration ${reason}.`, {
    where: 'inputs.forward',
    fix: 'Run the demo against a longshore without that, for example --config /dev/null.',
  });
}
