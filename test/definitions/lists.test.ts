import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { newFields } from '../../src/core/event.ts';
import { Definitions } from '../../src/definitions/definitions.ts';
import { tempFolder, until } from '../alerts/support.ts';

test('a list that a rule takes from a file is read again when the file changes', async () => {
  const dir = tempFolder();
  const list = join(dir, 'bad.txt');
  writeFileSync(list, '10.0.0.1\n');
  writeFileSync(
    join(dir, 'a.yaml'),
    'name: r\ntype: blacklist\nindex: docker-logs-*\ncompare_key: ip\nblacklist: ["!file bad.txt"]\nalert: debug\n',
  );
  const settings = { pipelines: [], rules: join(dir, '*.yaml'), timezone: 'UTC', alerters: {} };
  const definitions = new Definitions(settings, {});
  onTestFinished(() => definitions.close());
  const entries = (): string[] => [...definitions.current.rules[0]!.lists['blacklist']!];
  expect(entries()).toEqual(['10.0.0.1']);
  definitions.watch();
  writeFileSync(list, '10.0.0.2\n10.0.0.3\n');
  await until(() => entries().includes('10.0.0.3'), 'the new list');
  expect(entries()).toEqual(['10.0.0.2', '10.0.0.3']);
  // What it was before goes on when the file is gone, and when the rule names one that is not there.
  rmSync(list);
  expect((await definitions.reload('test')).ok).toBe(false);
  expect(entries()).toEqual(['10.0.0.2', '10.0.0.3']);
  writeFileSync(list, '10.0.0.2\n10.0.0.3\n');
  writeFileSync(
    join(dir, 'a.yaml'),
    'name: r\ntype: blacklist\nindex: docker-logs-*\ncompare_key: ip\nblacklist: ["!file gone.txt"]\nalert: debug\n',
  );
  const { ok, message } = await definitions.reload('test');
  expect([ok, message]).toEqual([false, expect.stringContaining('blacklist names a file that cannot be read')]);
  expect(entries()).toEqual(['10.0.0.2', '10.0.0.3']);
});

test('so is the template that a rule takes from a file', async () => {
  const dir = tempFolder();
  const file = join(dir, 'text.jinja');
  writeFileSync(file, 'first');
  writeFileSync(
    join(dir, 'a.yaml'),
    'name: r\ntype: any\nindex: docker-logs-*\nalert: debug\nalert_text_type: alert_text_jinja\njinja_template_path: text.jinja\n',
  );
  const definitions = new Definitions({ pipelines: [], rules: join(dir, '*.yaml'), timezone: 'UTC', alerters: {} }, {});
  onTestFinished(() => definitions.close());
  const body = (): string | undefined => definitions.current.rules[0]?.texts.body([newFields()]).trim();
  expect(body()).toBe('r\n\nfirst');
  definitions.watch();
  writeFileSync(file, 'second');
  await until(() => body() === 'r\n\nsecond', 'the new text');
  // A text that is no template, and one that is gone, leave the one before in place.
  for (const change of [() => writeFileSync(file, '{{ third '), () => rmSync(file)]) {
    change();
    expect((await definitions.reload('test')).ok).toBe(false);
    expect(body()).toBe('r\n\nsecond');
  }
});
