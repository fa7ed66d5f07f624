import { expect, test } from 'vitest';
import { allowList, parseAddress, peerAddress } from '../../../src/inputs/tcp-json-listen.ts';

test.for([
  ['127.0.0.1:5000', '127.0.0.1', 5000],
  ['localhost:0', 'localhost', 0],
  ['[::1]:5000', '::1', 5000],
  [':5000', '::', 5000],
  ['logs.internal:5000', 'logs.internal', 5000],
] as const)('%s', ([address, host, port]) => {
  expect(parseAddress(address, 'x')).toEqual({ host, port });
});

test.for([
  ['10.1.2.3', true],
  ['11.1.2.3', false],
  ['192.168.7.7', true],
  ['192.168.7.8', false],
  ['fd00::17', true],
  ['fe80::1', false],
  ['127.0.0.1', true],
  ['::1', true],
  ['unix', true],
  ['garbage', false],
] as const)('%s may connect: %s', ([peer, may]) => {
  expect(allowList(['10.0.0.0/8', '192.168.7.7', 'fd00::/8'], 'allow')(peer)).toBe(may);
});

test('the list also holds for IPv4 addresses in IPv6 clothes', () => {
  expect(peerAddress('::ffff:10.1.2.3')).toBe('10.1.2.3');
  expect(peerAddress('fd00::1')).toBe('fd00::1');
  expect(peerAddress(undefined)).toBe('unix');
});

test('an empty list lets loopback in only', () => {
  expect(allowList([], 'allow')('10.1.2.3')).toBe(false);
  expect(allowList(undefined, 'allow')('10.1.2.3')).toBe(true);
});
