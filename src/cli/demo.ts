import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { loadSettings } from '../app/settings.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, get } from './client.ts';
import type { Command } from './command.ts';
import { burstLine, DEMO_CONTAINERS, type DemoContainer, seeded } from './demo/containers.ts';
import { ForwardClient } from './demo/forward-client.ts';

export const demoCommand: Command = {
  name: 'demo',
  summary: 'send the logs of five invented containers, with a burst of errors, to the running longshore',
  usage: `longshore demo [--seconds N] [--rate LINES_PER_SECOND] [--seed N]

      --seconds N        how long (default 30)
      --rate N           lines a second (default 20)
      --seed N           the same seed gives the same logs (default 1)
${CLIENT_USAGE}

The lines go through the real forward port, as Docker's driver sends them. After a third of the time the api loses its
database: 25 errors, which set off the shipped rule config/rules/error-burst.yaml.`,

  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: { ...CLIENT_OPTIONS, seconds: { type: 'string' }, rate: { type: 'string' }, seed: { type: 'string' } },
    });
    const seconds = Number(values.seconds ?? 30);
    const rate = Number(values.rate ?? 20);
    if (!(seconds > 0 && seconds <= 86_400 && rate > 0 && rate <= 10_000)) {
      io.stderr.write('longshore demo: --seconds is 1 to 86400, --rate 1 to 10000\n');
      return 2;
    }
    const { settings } = loadSettings({ ...values, env: io.env });
    const client = await ForwardClient.connect(
      settings.inputs.forward === false ? '127.0.0.1:24224' : settings.inputs.forward.address,
    );
    io.stdout.write(
      `Sending the logs of ${DEMO_CONTAINERS.length} containers for ${seconds} s: ${DEMO_CONTAINERS.map(c => c.name).join(', ')}\n`,
    );

    const random = seeded(Number(values.seed ?? 1));
    const bag = DEMO_CONTAINERS.flatMap(container => Array<DemoContainer>(container.weight).fill(container));
    const started = Date.now();
    const burstAt = started + (seconds * 1000) / 3;
    let burstSent = false;
    for (let now = started; now < started + seconds * 1000; now = Date.now()) {
      const container = bag[Math.floor(random() * bag.length)]!;
      const { stream, lines } = container.write(random, new Date(now));
      for (const line of lines) await client.send(...asDocker(container, stream, line, now));
      if (!burstSent && now >= burstAt) {
        burstSent = true;
        io.stdout.write('The api loses its database: 25 errors\n');
        const api = DEMO_CONTAINERS.find(candidate => candidate.name === 'demo-api-1')!;
        for (let i = 0; i < 25; i++)
          await client.send(...asDocker(api, 'stdout', burstLine(random, new Date()), Date.now()));
      }
      await sleep(1000 / rate);
    }
    for (let i = 0; i < 100 && client.acknowledged < client.sent; i++) await sleep(50);
    client.close();
    io.stdout.write(`${client.sent} lines sent, ${client.acknowledged} acknowledged\n\n`);
    await showAlerts(values, io);
    io.stdout.write(`
Now try:
  node bin/longshore.js search 'level:ERROR AND service:api'
  node bin/longshore.js search 'response_time > 1000 or response >= 500'
  node bin/longshore.js tail
  or open ${`http://${settings.http.address}`}/ in a browser
`);
    return client.acknowledged === client.sent ? 0 : 1;
  },
};

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

async function showAlerts(values: Parameters<typeof get>[2], io: NodeJS.Process): Promise<void> {
  const answer = (await (await get('/api/alerts', { limit: '3' }, values, io.env)).json()) as {
    alerts?: { rule: string; title?: string; at?: string }[];
  };
  const alerts = answer.alerts ?? [];
  if (alerts.length === 0) io.stdout.write('No alert yet: GET /api/alerts\n');
  for (const alert of alerts) io.stdout.write(`Alert ${alert.at ?? ''} ${alert.title ?? alert.rule}\n`);
}
