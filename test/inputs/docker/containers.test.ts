import { describe, expect, test } from 'vitest';
import type { Container } from '../../../src/inputs/docker/container.ts';
import { eventOf, happeningIn } from '../../../src/inputs/docker/events.ts';
import type { Selector } from '../../../src/inputs/docker/options.ts';
import { ownContainer } from '../../../src/inputs/docker/own.ts';
import { Selection } from '../../../src/inputs/docker/selection.ts';
import { statisticsRecord, usageOf } from '../../../src/inputs/docker/statistics.ts';
import { targetOf } from '../../../src/inputs/docker/target.ts';
import { sendsTo } from '../../../src/inputs/docker/unreadable.ts';

const ID = 'ab'.repeat(32);
const container = (more: Partial<Container> = {}): Container => ({
  ...{
    id: ID,
    name: 'shop-web-1',
    image: 'registry.example.org/shop/web:2',
    labels: { team: 'shop' },
    isRunning: true,
  },
  ...more,
});

test.each<[Selector[], Selector[], Record<string, string>, string | undefined]>([
  [[], [], {}, undefined],
  [[], [], { 'longshore.enable': 'false' }, 'label'],
  [[], [], { 'longshore.enable': 'true' }, undefined],
  [[{ name: 'shop-*' }], [], {}, undefined],
  [[{ name: 'shop' }], [], {}, 'not included'],
  [[{ name: 'shop-web-?', image: 'nginx*' }], [], {}, 'not included'],
  [[{ image: 'nginx*' }, { image: '*/web:*' }], [], {}, undefined],
  [[{ label: 'team' }], [], {}, undefined],
  [[{ label: 'team=s*' }], [], {}, undefined],
  [[{ label: 'team=other' }], [], {}, 'not included'],
  [[{ label: 'toString' }], [], {}, 'not included'],
  [[], [{ name: 'shop-web.1' }], {}, undefined],
  [[{ name: 'shop-*' }], [{ label: 'team=shop' }], {}, 'excluded'],
  [[{}], [{}], {}, 'not included'],
])('include %j, exclude %j, labels %j: %s', (include, exclude, labels, left) => {
  const selection = new Selection({ include, exclude } as never, () => false);
  expect(selection.leavesOut(container({ labels: { team: 'shop', ...labels } }))).toBe(left);
});

test('its own container is left out, whatever is included', () => {
  expect(
    new Selection({ include: [{ name: '*' }], exclude: [] } as never, id => id === ID).leavesOut(container()),
  ).toBe('own');
});

test.each([
  ['cgroup 1', { cgroup: `12:pids:/docker/${ID}\n` }, true],
  ['cgroup of systemd', { cgroup: `0::/system.slice/docker-${ID}.scope` }, true],
  [
    'cgroup 2',
    {
      cgroup: '0::/',
      mounts: `700 600 8:1 /var/lib/docker/containers/${ID}/hostname /etc/hostname rw - ext4 /dev/sda rw`,
    },
    true,
  ],
  ['the hostname that Docker gives', { hostname: ID.slice(0, 12) }, true],
  ['another container', { cgroup: `12:pids:/docker/${'cd'.repeat(32)}` }, false],
  ['no container', { cgroup: '0::/user.slice', hostname: 'ship' }, false],
  [
    'a volume of another one',
    { mounts: `700 600 8:1 /var/lib/docker/containers/${ID}/${ID}-json.log /logs/x rw - ext4 /dev/sda rw` },
    false,
  ],
])('its own container is known by %s', (_, traces, isOwn) => {
  expect(ownContainer({ cgroup: '', mounts: '', hostname: '', ...traces })(ID)).toBe(isOwn);
});

test.each([
  ['fluentd', {}, true],
  ['fluentd', { 'fluentd-address': 'localhost:24224' }, true],
  ['fluentd', { 'fluentd-address': 'tcp://127.0.0.1:24225' }, false],
  ['fluentd', { 'fluentd-address': 'logs.example.org:24224' }, false],
  ['fluentd', { 'fluentd-address': 'unix:///run/fluent.sock' }, false],
  ['gelf', { 'gelf-address': 'udp://127.0.0.1:12201' }, true],
  ['syslog', { 'syslog-address': 'tcp+tls://[::1]:24224' }, true],
  ['syslog', {}, false],
  ['splunk', { 'splunk-url': 'http://localhost:12201' }, true],
  ['json-file', { 'fluentd-address': '127.0.0.1:24224' }, false],
  ['fluentd', { 'fluentd-address': '::::' }, false],
])('a container with %s %j sends here itself: %s', (driver, driverOptions, sends) => {
  const test = sendsTo(new Set([24224, 12201]), new Set(['127.0.0.1', 'localhost', '[::1]']));
  expect(test({ driver, driverOptions: driverOptions as Record<string, string> })).toBe(sends);
});

describe('where the engine is', () => {
  test.each([
    [{}, {}, { socketPath: '/var/run/docker.sock' }],
    [{}, { DOCKER_HOST: 'unix:///run/user/1000/docker.sock' }, { socketPath: '/run/user/1000/docker.sock' }],
    [{ socket: '/run/docker.sock' }, { DOCKER_HOST: 'tcp://other:1' }, { socketPath: '/run/docker.sock' }],
    [{ socket: 'tcp://proxy' }, {}, { host: 'proxy', port: 2375 }],
    [{ socket: 'tcp://10.0.0.1:99/' }, {}, { host: '10.0.0.1', port: 99 }],
    [{ socket: 'https://engine' }, {}, { host: 'engine', port: 2376, tls: { rejectUnauthorized: true } }],
    [
      { socket: 'tcp://engine', tls: { verify: false } },
      {},
      { host: 'engine', port: 2376, tls: { rejectUnauthorized: false } },
    ],
  ])('%j %j', (options, env, target) => {
    expect(targetOf(options as never, env)).toMatchObject(target);
  });

  test.each([
    [{ socket: 'ssh://me@host' }, {}, 'inputs.docker.socket: '],
    [{ socket: 'npipe:////./pipe/docker_engine' }, {}, 'inputs.docker.socket: '],
    [{}, { DOCKER_HOST: 'tcp://' }, 'DOCKER_HOST: '],
    [{ socket: 'tcp://host:99999' }, {}, 'inputs.docker.socket: '],
  ])('%j %j is refused', (options, env, where) => {
    expect(() => targetOf(options, env)).toThrow(where);
  });
});

const facts = { container: container(), hostname: 'ship', fields: {} };
const happening = (action: string, attributes: Record<string, string> = {}) =>
  happeningIn(
    JSON.stringify({
      ...{ Type: 'container', Action: action, timeNano: 0 },
      Actor: { ID, Attributes: { name: 'shop-web-1', image: 'web', team: 'shop', ...attributes } },
    }).replace('"timeNano":0', '"timeNano":1796055510123456789'),
  )!;

test.each([
  ['die', { exitCode: '0' }, 'INFO', 'container shop-web-1 died with exit code 0'],
  ['die', { exitCode: '137' }, 'ERROR', 'container shop-web-1 died with exit code 137'],
  ['die', { exitCode: '143' }, 'INFO', 'container shop-web-1 died with exit code 143'],
  ['die', {}, 'ERROR', 'container shop-web-1 died with exit code unknown'],
  ['oom', {}, 'ERROR', 'container shop-web-1 is out of memory'],
  ['kill', { signal: '15' }, 'INFO', 'container shop-web-1 was sent signal 15'],
  ['health_status: unhealthy', {}, 'WARN', 'container shop-web-1 is unhealthy'],
  ['health_status: healthy', {}, 'INFO', 'container shop-web-1 is healthy'],
  ['start', {}, 'INFO', 'container shop-web-1: start'],
])('%s %j is %s', (action, attributes, level, message) => {
  const { record, time, nanos } = eventOf(happening(action, attributes), facts);
  expect(record).toMatchObject({ level, message, container_id: ID, container_name: 'shop-web-1', hostname: 'ship' });
  expect(record).toMatchObject({ event: { kind: 'event', dataset: 'docker.event', action: action.split(':')[0] } });
  expect([Math.floor(time), nanos]).toEqual([1_796_055_510_123, '1796055510123456789']);
});

test('events of one nanosecond are told apart, and one event is itself', () => {
  const prints = ['die', 'destroy', 'kill', 'health_status: healthy', 'health_status: unhealthy', 'die'].map(
    action => eventOf(happening(action), facts).print,
  );
  expect(new Set(prints).size).toBe(5);
  expect(prints.at(-1)).toBe(prints[0]);
});

const answer = (more: object = {}) => ({
  read: '2026-11-30T16:18:30Z',
  cpu_stats: {
    cpu_usage: { total_usage: 10e9, usage_in_kernelmode: 1e9, usage_in_usermode: 9e9 },
    ...{ system_cpu_usage: 100e9, online_cpus: 4 },
  },
  memory_stats: { usage: 300e6, limit: 1000e6, stats: { inactive_file: 100e6, anon: 150e6 } },
  networks: { eth0: { rx_bytes: 100, tx_bytes: 10, rx_dropped: 1 }, eth1: { rx_bytes: 200, tx_bytes: 20 } },
  blkio_stats: {
    io_service_bytes_recursive: [
      { op: 'Read', value: 5 },
      { op: 'write', value: 7 },
      { op: 'Total', value: 12 },
    ],
  },
  pids_stats: { current: 3 },
  ...more,
});

test('what a container uses, in the names of Metricbeat', () => {
  const before = usageOf(answer())!;
  const now = usageOf(
    answer({
      read: '2026-11-30T16:18:40Z',
      cpu_stats: {
        cpu_usage: { total_usage: 26e9, usage_in_kernelmode: 5e9, usage_in_usermode: 21e9 },
        ...{ system_cpu_usage: 140e9, online_cpus: 4 },
      },
      networks: { eth0: { rx_bytes: 1100, tx_bytes: 110 }, eth1: { rx_bytes: 1200, tx_bytes: 20 } },
    }),
  )!;
  const record = statisticsRecord(facts, now, before);
  expect(record).toMatchObject({
    message: 'container shop-web-1 uses CPU 160.0 %, memory 20.0 %, 200 MB',
    docker: {
      cpu: { total: { pct: 1.6, norm: { pct: 0.4 } }, kernel: { pct: 0.4 }, user: { pct: 1.2 }, cores: 4 },
      memory: { usage: { total: 200e6, pct: 0.2 }, limit: 1000e6, rss: { total: 150e6 } },
      network: { inbound: { bytes: 2300, rate: 200, dropped: 0 }, outbound: { bytes: 130, rate: 10 } },
      diskio: { read: { bytes: 5, rate: 0 }, write: { bytes: 7, rate: 0 } },
      pids: { current: 3 },
    },
  });
});

test('the first look, and one after a new start, have no share of the CPU', () => {
  const now = usageOf(answer())!;
  expect(statisticsRecord(facts, now, undefined)['docker']).not.toHaveProperty('cpu');
  expect(statisticsRecord(facts, now, { ...now, cpu: 99e9, at: 0 })['docker']).not.toHaveProperty('cpu');
});

test.each([
  null,
  [],
  {},
  { read: '0001-01-01T00:00:00Z' },
  { ...answer(), read: 'x' },
  { ...answer(), cpu_stats: null },
])('statistics that say nothing: %j', answered => {
  expect(usageOf(answered)).toBeUndefined();
});
