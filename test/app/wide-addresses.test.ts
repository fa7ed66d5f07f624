import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type FastifyInstance, fastify } from 'fastify';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { loadWithMistakes } from '../../src/app/check/settings.ts';
import { settingsSchema } from '../../src/app/settings.ts';
import { withDefaults } from '../../src/base/options.ts';
import { registry } from '../../src/core/metrics.ts';
import { httpInput } from '../../src/inputs/http/http-input.ts';
import { httpInputSchema } from '../../src/inputs/http/options.ts';
import { NO_PORTS, SocketInputs } from '../../src/inputs/inputs.ts';
import { FakeConsumer } from '../inputs/tcp-json/support.ts';
import { requireOrSkip } from '../support/services.ts';

/*
 * No way in without a lock at an address that others can reach: every address of every input, and of HTTP, whatever is added.
 */

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}
const propertiesOf = (schema: Schema): Readonly<Record<string, Schema>> =>
  schema.properties ?? [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].map(propertiesOf).find(Boolean) ?? {};
const addressesOf = (schema: Schema): string[] =>
  Object.entries(propertiesOf(schema)).flatMap(([name, { type }]) =>
    type === 'string' && (name === 'address' || name.endsWith('_address')) ? [name] : [],
  );
const { inputs, http } = settingsSchema.properties as unknown as Record<string, Schema>;
/** Settings that say where is listened. */
const ADDRESSES = [
  ...Object.entries(propertiesOf(inputs!)).flatMap(([name, input]) =>
    addressesOf(input).map(address => `inputs.${name}.${address}`),
  ),
  ...addressesOf(http!).map(address => `http.${address}`),
];

const WIDE = [
  '0.0.0.0:1',
  ':1',
  '[::]:1',
  '192.0.2.7:1',
  '10.1.2.3:1',
  '[fe80::1]:1',
  '[::ffff:10.0.0.1]:1',
  'logs.example.com:1',
];
const OPEN = ['LS_FORWARD_OPEN_TO_ALL', 'LS_INPUTS_ALLOW_REQUIRED', 'LS_WEB_TOKEN_REQUIRED'];
/** What an input needs beside its address to be switched on. */
const tls = (setting: string): string[] => {
  const pem = (name: string): string => `test/web/fixtures/localhost.${name}.pem`;
  const room = setting.slice(0, setting.lastIndexOf('.'));
  return setting.endsWith('tls_address') ? [`${room}.tls={cert_file: ${pem('cert')}, key_file: ${pem('key')}}`] : [];
};
const codesFor = (...set: string[]): string[] =>
  loadWithMistakes({ config: 'test/app/empty.yaml', set, env: {} }).mistakes.map(({ code }) => code);

test('every input with a socket is among them', () => {
  const rooms = new Set(ADDRESSES.map(setting => setting.split('.').at(-2)));
  expect([...rooms].sort()).toEqual([...Object.keys(NO_PORTS), 'http'].sort());
});

describe.for(ADDRESSES)('%s', setting => {
  const room = setting.slice(0, setting.lastIndexOf('.'));

  test('without a lock it stays on this machine', () => {
    expect(codesFor(`${setting}='127.0.0.1:1'`, ...tls(setting))).toEqual([]);
    expect(codesFor(`${setting}='[::1]:1'`, ...tls(setting))).toEqual([]);
    for (const address of WIDE) {
      const found = codesFor(`${setting}='${address}'`, ...tls(setting));
      expect([address, found.length, OPEN.includes(found[0]!)]).toEqual([address, 1, true]);
    }
  });

  test('with networks that may send it may be wide', () => {
    for (const address of WIDE)
      expect(codesFor(`${setting}='${address}'`, `${room}.allow=['172.16.0.0/12']`, ...tls(setting))).toEqual([]);
  });
});

test('every path of the HTTP input asks for the right to send', async () => {
  const open = new Set<string>();
  const all: string[] = [];
  const app: FastifyInstance = fastify();
  app.addHook('onRoute', ({ method, url, config }) => {
    all.push(url);
    if ((config as { scope?: string } | undefined)?.scope !== 'ingest')
      open.add(`${method === 'HEAD' ? 'GET' : String(method)} ${url}`);
  });
  await app.register(httpInput(withDefaults(httpInputSchema, {} as never) as never, new FakeConsumer()));
  await app.ready();
  for (const path of ['/api/logs', '/gelf', '/v1/logs', '/loki/api/v1/push', '/_bulk', '/webhooks/github', '/*'])
    expect(all).toContain(path);
  // These say that somebody listens, as Loki's and Splunk's senders ask before they send.
  expect([...open].filter(route => !/^(?:GET (?:\/ready|\S*\/health(?:\/1\.0)?)|OPTIONS \S+)$/.test(route))).toEqual(
    [],
  );
});

const own = Object.values(networkInterfaces())
  .flat()
  .find(address => address?.family === 'IPv4' && !address.internal)?.address;

test.runIf(requireOrSkip('an address beside loopback', own !== undefined || 'there is none'))(
  'bound to all interfaces, each door is shut to who is not listed, and open to this machine',
  async () => {
    const consumer = new FakeConsumer();
    const wide = { address: '0.0.0.0:0', allow: ['240.0.0.1'] };
    const given = Object.fromEntries(
      Object.keys(NO_PORTS).map(name => {
        const { properties } = propertiesOf(inputs!)[name]!;
        return [name, withDefaults({ properties } as never, wide as never)];
      }),
    );
    const sockets = new SocketInputs(
      { ...given, otlp: { ...given['otlp'], http_address: '0.0.0.0:0' } } as never,
      consumer,
    );
    await sockets.start();
    onTestFinished(() => sockets.stop(AbortSignal.abort()));
    for (const [name, port] of Object.entries(sockets.ports)) {
      const before = await notAllowed(name);
      expect([name, await staysOpen(own!, port!)]).toEqual([name, false]);
      expect([name, await notAllowed(name)]).toEqual([name, before + 1]);
    }
    expect(consumer.frames).toEqual([]);
    connect(sockets.ports.tcp_json!, '127.0.0.1').end('{"a":1}\n');
    await vi.waitFor(() => expect(consumer.frames).toHaveLength(1), { interval: 10 });
  },
);

async function notAllowed(input: string): Promise<number> {
  const metric = registry.getSingleMetric(`longshore_${input}_errors_total`);
  const { values } = await metric!.get();
  return values.find(({ labels }) => String(labels['reason']).endsWith('not_allowed'))?.value ?? 0;
}

/** Whether a connection is let in: who is not is closed before it says a word. */
function staysOpen(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, host);
    socket.on('error', () => {}).resume();
    socket.once('close', () => resolve(false));
    onTestFinished(() => void socket.destroy());
  });
}
