import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadWithMistakes } from '../../src/app/check/settings.ts';

/** What is said of a configuration, as `check` says it. */
function mistakesOf(text: string): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'longshore-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const config = join(dir, 'longshore.yaml');
  writeFileSync(config, text);
  const told = (error: unknown) => (error as Error).message.replaceAll(config, 'longshore.yaml');
  try {
    return loadWithMistakes({ config, env: {} }).mistakes.map(told);
  } catch (error) {
    return (error as AggregateError).errors.map(told);
  }
}

const store = (inner: string) => `store:\n  type: forward\n${inner}`;
const target = (inner: string) => store(`  targets:\n    - ${inner}\n`);

test.for([
  ['forward', target('{ address: logs.example.org }')],
  ['all of it', target('{ address: "[::1]:1", shared_key: k, self_hostname: h, username: u, password: p, tls: {} }')],
  ['a copy', 'copies:\n  - { name: fluentd, targets: [{ address: fluentd:24224 }], max_bytes: 5GB, compress: gzip }\n'],
] as const)('right: %s', ([, text]) => {
  expect(mistakesOf(text)).toEqual([]);
});

test.for([
  ['no targets', store(''), /'store' must have required property 'targets'/],
  ['an empty list', store('  targets: []\n'), /'store\.targets' must NOT have fewer than 1 items/],
  ['retention', store('  targets: [{ address: a }]\n  retention: {}\n'), /:4: unknown setting 'store\.retention'/],
  ['a word of Fluentd', target('{ address: a, weight: 60 }'), /unknown setting 'store\.targets\.0\.weight'/],
  ['no address', target('{ address: "a:b:c" }'), /:4: store\.targets\[0\]\.address: "a:b:c" is not host:port/],
  ['an impossible port', target('{ address: "a:70000" }'), /"a:70000" is not host:port/],
  ['twice', target('{ address: a }\n    - { address: "a:24224" }'), /:5: .*a:24224 stands there twice/],
  ['a user without a key', target('{ address: a, username: u, password: p }'), /shared-key handshake.*_USER/],
  ['half a user', target('{ address: a, shared_key: k, username: u }'), /username and password go together/],
  [
    'half a certificate',
    target('{ address: a, tls: { cert_file: package.json } }'),
    /cert_file and key_file go together/,
  ],
  ['no such file', target('{ address: a, tls: { ca_file: /nowhere/ca.pem } }'), /\/nowhere\/ca\.pem cannot be read/],
  [
    'to itself',
    target('{ address: localhost }'),
    /localhost is our own inputs\.forward\.address.*LS_CONFIG_FORWARD_LOOP/,
  ],
  [
    'Redis before it',
    `buffer: { type: redis, url: redis://r }\n${target('{ address: a }')}`,
    /LS_CONFIG_REDIS_FORWARD/,
  ],
  ['a copy without a name', 'copies: [{ targets: [{ address: a }] }]\n', /required property 'name'/],
  [
    'two copies of one name',
    'copies:\n  - { name: a, targets: [{ address: a }] }\n  - { name: a, targets: [{ address: b }] }\n',
    /:3: copies\[1\]\.name: there are two copies named a/,
  ],
  ['a copy to itself', 'copies: [{ name: a, targets: [{ address: "127.0.0.1" }] }]\n', /LS_CONFIG_FORWARD_LOOP/],
  [
    'no size',
    'copies: [{ name: a, targets: [{ address: a }], max_bytes: lots }]\n',
    /'copies\.0\.max_bytes' is no size/,
  ],
] as const)('wrong: %s', ([, text, expected]) => {
  const mistakes = mistakesOf(text);
  expect(mistakes).toHaveLength(1);
  expect(mistakes[0]).toMatch(expected);
  expect(mistakes[0]).toMatch(/\(LS_[A-Z_]+\)$/);
});
