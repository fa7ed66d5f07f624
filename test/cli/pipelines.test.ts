import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { inProcess as longshore } from './in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'longshore-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function pipeline(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const WRONG = `description: a wrong expectation
match: { image: shop }
processors:
  - grok: { field: message, patterns: ['%{WORD:verb} took %{NUMBER:response_time:int} ms'] }
tests:
  - input: 'sell took 12 ms'
    expect: { verb: sell, response_time: 12 }
  - name: slow sale
    input: 'sell took 900 ms'
    expect: { verb: buy, response_time: 12 }
`;

describe('longshore test', () => {
  test('the shipped pipelines pass', async () => {
    const { code, out } = await longshore(['test']);
    expect(out).toMatch(/^\d{2,} passed, 0 failed$/m);
    expect(out).not.toContain('FAIL');
    expect(code).toBe(0);
  });

  test('a wrong expectation fails, with place, name, and what came instead', async () => {
    const path = pipeline('wrong.yaml', WRONG);
    const { code, out } = await longshore(['test', path]);
    expect(code).toBe(1);
    expect(out).toMatch(/^ok {4}.*wrong\.yaml:6 wrong: /m);
    expect(out).toMatch(/^FAIL {2}.*wrong\.yaml:8 wrong: slow sale$/m);
    expect(out).toContain('        verb: expected "buy", got "sell"\n');
    expect(out).toContain('        response_time: expected 12, got 900\n');
    expect(out).toMatch(/^1 passed, 1 failed$/m);
    expect(out).not.toContain('\x1b');
  });

  test('a file that calls another is tested alone, without the tests of the other, and beside a broken one', async () => {
    const shipped = await longshore([
      'test',
      'pipelines/nginx.yaml',
      'pipelines/mysql.yaml',
      'pipelines/wordpress.yaml',
    ]);
    expect(shipped).toMatchObject({ code: 0, err: '' });
    expect(shipped.out).not.toMatch(/apache|json\.yaml/);
    const own = mkdtempSync(join(folder, 'own-'));
    writeFileSync(join(own, 'broken.yaml'), 'match: { image: x }\nprocessors: [{ gork: {} }]\n');
    writeFileSync(join(own, 'inner.yaml'), 'processors: [{ set: { field: a, value: 1 } }]\n');
    writeFileSync(
      join(own, 'outer.yaml'),
      'match: { tag: t }\nprocessors: [{ pipeline: { name: inner } }]\ntests: [{ input: x, expect: { a: 1 } }]\n',
    );
    expect(await longshore(['test', join(own, 'outer.yaml')])).toMatchObject({ code: 0, err: '' });
  });

  test('a pipeline that cannot be read is named with its line', async () => {
    const path = pipeline('broken.yaml', 'match: { image: x }\nprocessors:\n  - gork: { field: message }\n');
    const { code, err } = await longshore(['test', path]);
    expect(code).toBe(1);
    expect(err).toMatch(/broken\.yaml:3: .*gork.*Did you mean .*grok/);
    expect(err.match(/broken\.yaml:3/g)).toHaveLength(1);
  });

  test('no file, or no test in it, is not a success', async () => {
    const none = await longshore(['test', join(folder, 'nothing-*.yaml')]);
    expect({ code: none.code, err: none.err }).toMatchObject({
      code: 1,
      err: expect.stringContaining('no file matches'),
    });
    const path = pipeline('bare.yaml', 'match: { image: x }\nprocessors:\n  - lowercase: { field: message }\n');
    const bare = await longshore(['test', path]);
    expect({ code: bare.code, err: bare.err }).toMatchObject({
      code: 1,
      err: expect.stringContaining('no pipeline has tests'),
    });
  });
});
