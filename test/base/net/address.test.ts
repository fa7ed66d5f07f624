import { expect, test } from 'vitest';
import {
  allowList,
  isLoopback,
  networkList,
  parseAddress,
  parseTarget,
  plainAddress,
  reachableHost,
} from '../../../src/base/net/address.ts';

const setting = { where: 'x.address', code: 'LS_INPUTS_ADDRESS_INVALID' } as const;
const parse = (address: string) => parseAddress(address, setting, '127.0.0.1:5000');

test.for([
  ['127.0.0.1:5000', '127.0.0.1', 5000],
  ['localhost:0', 'localhost', 0],
  ['app.localhost:1', 'app.localhost', 1],
  ['[::1]:5000', '::1', 5000],
  ['::1:24224', '::1', 24224],
  ['[fe80::1%eth0]:5000', 'fe80::1%eth0', 5000],
  [':5000', '', 5000],
  ['[::]:65535', '::', 65535],
  ['logs.internal:5000', 'logs.internal', 5000],
] as const)('%s', ([address, host, port]) => {
  expect(parse(address)).toEqual({ host, port });
});

test.for(['', '5000', 'host', 'host:', 'host:x', 'host:70000', '[host]:1', '[]:1', '[::1]', '::1:24224:x', 'a:b:1'])(
  "'%s' is not an address",
  address => {
    expect(() => parse(address)).toThrow(
      /^x\.address: .* is not an address\. .*127\.0\.0\.1:5000.*\(LS_INPUTS_ADDRESS_INVALID\)$/,
    );
  },
);

test.for([
  ['127.0.0.1', true],
  ['127.255.0.9', true],
  ['::1', true],
  ['0:0:0:0:0:0:0:1', true],
  ['::ffff:127.0.0.1', true],
  ['localhost', true],
  ['LocalHost', true],
  ['app.localhost', true],
  ['localhost.example', false],
  ['notlocalhost', false],
  ['0.0.0.0', false],
  ['::', false],
  ['', false],
  ['128.0.0.1', false],
  ['fe80::1%lo', false],
] as const)('%s is loopback: %s', ([host, is]) => {
  expect(isLoopback(host)).toBe(is);
});

test.for([
  ['10.1.2.3', true],
  ['11.1.2.3', false],
  ['192.168.7.7', true],
  ['192.168.7.8', false],
  ['fd00::17', true],
  ['fe80::1', false],
  ['fe80::1%eth0', false],
  ['127.0.0.1', true],
  ['::1', true],
  ['', false],
  ['garbage', false],
] as const)('%s may connect: %s', ([peer, may]) => {
  expect(allowList(['10.0.0.0/8', '192.168.7.7', 'fd00::/8'], setting)(peer)).toBe(may);
});

test('a network holds addresses with a zone', () => {
  expect(networkList(['fe80::/10'], setting)('fe80::1%eth0')).toBe(true);
});

test('an empty list lets loopback in only', () => {
  expect(allowList([], setting)('10.1.2.3')).toBe(false);
  expect(allowList([], setting)('127.0.0.1')).toBe(true);
  expect(allowList(undefined, setting)('10.1.2.3')).toBe(true);
});

test.for(['10.0.0.0/33', '10.0.0', 'all', '10.0.0.0/8/8', '::/129', '10.0.0.0/', 'fe80::1%eth0', '10.0.0.0/-1'])(
  '%s is not a network',
  network => {
    expect(() => networkList(['10.0.0.0/8', network], setting)).toThrow(
      /^x\.address\[1\]: .*\(LS_INPUTS_ADDRESS_INVALID\)$/,
    );
  },
);

test.for([
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['192.0.2.7', '192.0.2.7'],
  ['fd00::1', 'fd00::1'],
  [undefined, ''],
] as const)('peer %s is %s', ([address, plain]) => expect(plainAddress(address)).toBe(plain));

test.for([
  ['logs.example.org', 'logs.example.org', 24224],
  ['logs.example.org:5', 'logs.example.org', 5],
  ['192.0.2.7:65535', '192.0.2.7', 65535],
  ['[2001:db8::1]', '2001:db8::1', 24224],
  ['[2001:db8::1]:5', '2001:db8::1', 5],
] as const)('%s is a target', ([address, host, port]) => {
  expect(parseTarget(address, setting, 24224)).toEqual({ host, port });
});

test.for(['', ':24224', 'host:0', 'host:65536', 'host:', '::1', '::1:5', '[host]:5', '[]:5', 'a:b:1'])(
  "'%s' is no target",
  address => {
    expect(() => parseTarget(address, setting, 24224)).toThrow(
      /^x\.address: .* is not host:port\. .*:24224.*\(LS_INPUTS_ADDRESS_INVALID\)$/,
    );
  },
);

test.for([
  ['', '127.0.0.1'],
  ['0.0.0.0', '127.0.0.1'],
  ['::', '127.0.0.1'],
  ['::1', '::1'],
  ['192.0.2.7', '192.0.2.7'],
] as const)("what listens on '%s' is reached at %s", ([host, reachable]) => {
  expect(reachableHost(host)).toBe(reachable);
});
