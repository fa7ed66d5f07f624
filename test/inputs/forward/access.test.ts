import { describe, expect, test } from 'vitest';
import { type Access, AccessPolicy } from '../../../src/inputs/forward/access.ts';
import { type ForwardInputOptions, forwardInputSchema, splitAddress } from '../../../src/inputs/forward/options.ts';

const wide = { address: '0.0.0.0:24224' };
const local = { address: '127.0.0.1:24224' };
const tls = { cert_file: 'c', key_file: 'k' };
const certs = { ...tls, ca_file: 'a', require_client_cert: true };

test.for<[ForwardInputOptions, string, Access]>([
  [local, '127.0.0.1', 'open'],
  [{ ...local, shared_key: 'k' }, '127.0.0.1', 'handshake'],
  [{ ...local, shared_key: 'k', allow: ['127.0.0.0/8'] }, '127.0.0.1', 'open'],
  [{ ...wide, shared_key: 'k' }, '192.0.2.7', 'handshake'],
  [{ ...wide, shared_key: 'k', allow: ['172.16.0.0/12'] }, '172.17.0.2', 'open'],
  [{ ...wide, shared_key: 'k', allow: ['172.16.0.0/12'] }, '172.32.0.2', 'handshake'],
  [{ ...wide, allow: ['172.16.0.0/12'] }, '172.17.0.2', 'open'],
  [{ ...wide, allow: ['172.16.0.0/12'] }, '192.0.2.7', 'refused'],
  [{ ...wide, allow: ['172.16.0.0/12'] }, '', 'refused'],
  [{ ...wide, allow: ['192.0.2.7'] }, '192.0.2.7', 'open'],
  [{ ...wide, allow: ['192.0.2.7'] }, '192.0.2.8', 'refused'],
  [{ address: '[::]:24224', allow: ['fd00::/8'] }, 'fd12::1', 'open'],
  [{ address: '[::]:24224', allow: ['fd00::/8'] }, 'fe80::1', 'refused'],
  // Loopback always may, as with every other list of this name; with a key it shows that, as everybody who is not listed.
  [{ address: ':24224', allow: [] }, '127.0.0.1', 'open'],
  [{ ...wide, allow: ['172.16.0.0/12'] }, '::1', 'open'],
  [{ ...wide, allow: ['172.16.0.0/12'], shared_key: 'k' }, '127.0.0.1', 'handshake'],
  [{ ...wide, tls: certs, allow: ['10.0.0.0/8'] }, '127.0.0.1', 'open'],
  [{ ...wide, allow: ['fe80::/10'] }, 'fe80::1%eth0', 'open'],
  [{ ...wide, tls: certs }, '192.0.2.7', 'open'],
  [{ ...wide, tls: certs, allow: ['10.0.0.0/8'] }, '192.0.2.7', 'refused'],
])('%j: %s is %s', ([options, address, access]) => {
  expect(new AccessPolicy(options).of(address)).toBe(access);
});

describe('refuses settings', () => {
  test.for<[ForwardInputOptions, string, string]>([
    [wide, 'LS_FORWARD_OPEN_TO_ALL', 'inputs.forward.address'],
    [{ address: ':24224' }, 'LS_FORWARD_OPEN_TO_ALL', 'inputs.forward.address'],
    [{ address: '[::]:1', tls }, 'LS_FORWARD_OPEN_TO_ALL', 'inputs.forward.address'],
    [{ ...local, users: [{ username: 'u', password: 'p' }] }, 'LS_FORWARD_USERS_WITHOUT_KEY', 'inputs.forward.users'],
    [{ ...local, tls: { ...tls, require_client_cert: true } }, 'LS_FORWARD_NO_CA', 'inputs.forward.tls'],
    [{ ...local, allow: ['10.0.0.0/33'] }, 'LS_FORWARD_BAD_NETWORK', 'inputs.forward.allow'],
    [{ ...local, allow: ['10.0.0/8'] }, 'LS_FORWARD_BAD_NETWORK', 'inputs.forward.allow'],
    [{ ...local, allow: ['10.0.0.0/'] }, 'LS_FORWARD_BAD_NETWORK', 'inputs.forward.allow'],
    [{ ...local, allow: ['docker'] }, 'LS_FORWARD_BAD_NETWORK', 'inputs.forward.allow'],
    [{ address: '24224' }, 'LS_FORWARD_BAD_ADDRESS', 'inputs.forward.address'],
    [{ address: '127.0.0.1:70000' }, 'LS_FORWARD_BAD_ADDRESS', 'inputs.forward.address'],
    [{ address: '::1:24224:x' }, 'LS_FORWARD_BAD_ADDRESS', 'inputs.forward.address'],
  ])('%j', ([options, code, where]) => {
    expect(() => new AccessPolicy(options)).toThrow(
      expect.objectContaining({ code, where: expect.stringContaining(where) }),
    );
  });
});

test.for([
  ['127.0.0.1:0', '127.0.0.1', 0],
  ['[::1]:24224', '::1', 24224],
  [':24224', '', 24224],
  ['logs.example:1', 'logs.example', 1],
] as const)('address %s', ([address, host, port]) => expect(splitAddress(address)).toEqual({ host, port }));

test.for<[ForwardInputOptions, string, boolean]>([
  [local, '127.0.0.1', true],
  [{ ...local, accept_parsed: false }, '127.0.0.1', false],
  [{ ...wide, allow: ['172.16.0.0/12'] }, '172.17.0.2', false],
  [{ ...wide, allow: ['172.16.0.0/12'], accept_parsed: true }, '172.17.0.2', true],
  [{ ...wide, allow: ['172.16.0.0/12'] }, '127.0.0.1', true],
  [{ ...wide, shared_key: 'k' }, '172.17.0.2', true],
  [{ ...wide, shared_key: 'k', allow: ['172.16.0.0/12'] }, '172.17.0.2', false],
  [{ ...wide, tls: certs }, '172.17.0.2', true],
])('%j: what %s says is parsed is taken so: %s', ([options, address, accepts]) => {
  const policy = new AccessPolicy(options);
  expect(policy.acceptsParsed(address, policy.of(address))).toBe(accepts);
});

test('every setting has a description, and its limit a default', () => {
  for (const [name, property] of Object.entries<{ description?: string; default?: unknown }>(
    forwardInputSchema.properties,
  )) {
    expect(property.description, name).toMatch(/\S{3}/);
    if (/_(bytes|ms|depth|frame|connections)$/.test(name)) expect(property.default, name).toBeTypeOf('number');
  }
});
