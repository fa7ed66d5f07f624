import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { inProcess } from './in-process.ts';
import { collect, start } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'longshore-test-options-'));
afterAll(() => rmSync(folder, { recursive: true }));

function pipeline(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const SHOP = pipeline(
  'shop.yaml',
  `match: { image: shop }
processors:
  - grok:
      field: message
      patterns: ['^sell %{INT:n:int}$', '^buy %{INT:n:int}$']
      on_failure:
        - set: { field: odd, value: true }
  - set: { field: many, value: true, if: ctx.n != null && ctx.n > 10 }
  - set: { field: few, value: true, if: ctx.n != null && ctx.n < 5 }
  - convert: { field: n, type: string, tag: text, ignore_missing: true, on_failure: [{ remove: { field: n } }] }
tests:
  - { name: many are sold, input: sell 20, expect: { many: true } }
  - { name: what is <odd>, input: "x & \\"y\\"", expect: { odd: false } }
`,
);

describe('longshore test', () => {
  test('--filter runs the tests with this text in their name, or that of the pipeline', async () => {
    const { code, out } = await inProcess(['test', SHOP, '--filter', 'MANY']);
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/^ok .* shop: many are sold\n1 passed, 0 failed\n$/),
    });
    expect((await inProcess(['test', SHOP, '--filter', 'shop:'])).out).toContain('1 passed, 1 failed');
    const none = await inProcess(['test', SHOP, '--filter', 'nothing']);
    expect(none).toMatchObject({ code: 1, err: "longshore test: no test is called 'nothing'\n" });
  });

  test('--coverage tells what no test reached: processors, handlers, patterns and branches', async () => {
    const { code, out } = await inProcess(['test', SHOP, '--coverage', '--filter', 'many']);
    expect(code).toBe(0);
    expect(out.slice(out.indexOf('coverage:')).split('\n')).toEqual([
      'coverage: 50 % (5 of 10 processors, handlers, patterns, masks, branches of match and if)',
      `   50 %  ${SHOP} (5 of 10)`,
      `         ${SHOP}:3: grok pattern 2 never matched: ^buy %{INT:n:int}$`,
      `         ${SHOP}:7: set of on_failure never ran`,
      `         ${SHOP}:8: set was never left out: its if was never false`,
      `         ${SHOP}:9: set never ran: its if was never true`,
      `         ${SHOP}:10: remove of on_failure never ran`,
      '',
    ]);
  });

  test('--coverage tells which branches of match took nothing, and which masks hid nothing', async () => {
    const path = pipeline(
      'signup.yaml',
      `match:
  - { image: signup }
  - { if: "ctx.message.startsWith('new ')" }
  - { fallback: true, if: "ctx.message.startsWith('old ')" }
processors: []
mask:
  - { preset: email }
  - { pattern: 'card=\\d+' }
tests:
  - { name: new, input: 'new kim@example.com', expect: { message: 'new ***' } }
  - { name: neither, input: { image: signup, message: x }, expect: { message: x } }
`,
    );
    const { code, out } = await inProcess(['test', path, '--coverage']);
    expect(code).toBe(0);
    expect(out.slice(out.indexOf('coverage:')).split('\n')).toEqual([
      'coverage: 50 % (2 of 4 processors, handlers, patterns, masks, branches of match and if)',
      `   50 %  ${path} (2 of 4)`,
      `         ${path}:4: match never took an event: its if was never true: ctx.message.startsWith('old ')`,
      `         ${path}:8: mask never hid anything`,
      '',
    ]);
  });

  test('--min-coverage fails below', async () => {
    const few = await inProcess(['test', SHOP, '--min-coverage', '60', '--filter', 'many']);
    expect(few).toMatchObject({ code: 1, err: 'longshore test: 50 % were reached, less than 60 %\n' });
    expect((await inProcess(['test', SHOP, '--min-coverage', '50', '--filter', 'many'])).code).toBe(0);
    expect((await inProcess(['test', SHOP, '--min-coverage', 'half'])).err).toContain('--min-coverage');
  });

  test('--json is one document', async () => {
    const { code, out } = await inProcess(['test', SHOP, '--json', '--coverage']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      passed: 1,
      failed: 1,
      results: [
        { of: 'shop', name: 'many are sold', where: `${SHOP}:12`, passed: true },
        { name: 'what is <odd>', passed: false, differences: ['odd: expected false, got true'] },
      ],
      coverage: {
        total: 10,
        reached: expect.any(Number),
        pipelines: [{ pipeline: 'shop', missed: expect.any(Array) }],
      },
    });
  });

  test('--junit writes what build servers read, whatever names and texts hold', async () => {
    const path = join(folder, 'junit.xml');
    const { code, out } = await inProcess(['test', SHOP, '--junit', path]);
    expect({ code, out }).toMatchObject({ code: 1, out: expect.stringContaining('1 passed, 1 failed') });
    expect(readFileSync(path, 'utf8')).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="longshore test" tests="2" failures="1">
  <testsuite name="shop" tests="2" failures="1">
    <testcase classname="shop" name="many are sold" file="${SHOP}"/>
    <testcase classname="shop" name="what is &lt;odd&gt;" file="${SHOP}">
      <failure message="odd: expected false, got true">${SHOP}:13
odd: expected false, got true</failure>
    </testcase>
  </testsuite>
</testsuites>
`);
  });

  test('--watch runs again when a file changes, also after a mistake in it, and ends with Ctrl-C', async () => {
    const path = pipeline('watched.yaml', 'processors: []\ntests: [{ name: one, input: x, expect: { a: 1 } }]\n');
    const child = start(['test', path, '--watch']);
    onTestFinished(() => void child.kill('SIGKILL'));
    const said = collect(child);
    const within = { timeout: 20_000 };
    await vi.waitFor(() => expect(said.err).toContain('Waiting for a file'), within);
    expect(said.out).toContain('0 passed, 1 failed');
    writeFileSync(path, 'processors: [{ sett: {} }]\n');
    await vi.waitFor(() => expect(said.err).toContain('Did you mean `set`?'), within);
    writeFileSync(
      path,
      'processors: [{ set: { field: a, value: 1 } }]\ntests: [{ name: one, input: x, expect: { a: 1 } }]\n',
    );
    await vi.waitFor(() => expect(said.out).toContain('1 passed, 0 failed'), within);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
