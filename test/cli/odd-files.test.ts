import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { inProcess } from './in-process.ts';
import { longshore } from './support.ts';

const RULE = 'name: NAME\ntype: any\nindex: docker-logs-*\nalert: debug\n';

/** What `check` says of a folder with these files, made with whatever makes them. */
async function checked(files: Record<string, string | Buffer | ((path: string) => void)>) {
  const cwd = mkdtempSync(join(tmpdir(), 'longshore-odd-'));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    const path = join(cwd, name);
    mkdirSync(dirname(path), { recursive: true });
    if (typeof content === 'function') content(path);
    else writeFileSync(path, content);
  }
  return inProcess(['check', '--offline'], { cwd });
}

test('what is no rule file costs no other one, and does not hang', async () => {
  const { code, out } = await checked({
    'config/rules/a-good.yaml': RULE,
    'config/rules/b-folder.yaml': path => mkdirSync(path),
    'config/rules/c-loop.yaml': path => symlinkSync('c-loop.yaml', path),
    'config/rules/d-fifo.yaml': path => execFileSync('mkfifo', [path]),
    'config/rules/e-large.yaml': `${RULE}description: ${'x'.repeat(10_000_000)}\n`,
    'config/rules/f-private.yaml': path => {
      writeFileSync(path, RULE.replace('NAME', 'private'));
      chmodSync(path, 0);
    },
    'config/rules/g-long.yaml': RULE.replace('NAME', 'n'.repeat(10_240)),
  });
  expect(code).toBe(1);
  expect(out).toMatch(/^error {4}config\/rules\/b-folder\.yaml: this file cannot be read: it is a folder\./m);
  expect(out).toMatch(/^error {4}config\/rules\/c-loop\.yaml: .*its link leads to itself\./m);
  expect(out).toMatch(/^error {4}config\/rules\/d-fifo\.yaml: .*no file but a device, a socket or a FIFO\./m);
  expect(out).toMatch(/^error {4}config\/rules\/e-large\.yaml: .*it has 10000\d+ bytes, more than 4194304\./m);
  expect(out).toMatch(/^ok +rules: NAME, /m);
});

test('run warns of files that nothing matches, not of those that cannot be read or shall not be', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'longshore-odd-'));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  mkdirSync(join(cwd, 'config/rules/a-folder.yaml'), { recursive: true });
  // It does not come far.
  const run = ['run', '--set', 'data_dir=/dev/null'];
  const { err } = await longshore([...run, '--set', 'pipelines=nowhere/*.yaml'], { cwd });
  expect(err.match(/no (?:pipelines|alert rules): no file matches/g)).toEqual(['no pipelines: no file matches']);
  const none = await longshore([...run, '--set', 'pipelines=[]'], { cwd });
  expect(none.err).not.toContain('no file matches');
  expect(none.err).toContain('(LS_DATA_DIR)');
});

test('files in another encoding are refused with the place and the mend, or read', async () => {
  const latin1 = Buffer.from('# Überwachung\nname: Größe\n', 'latin1');
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(RULE.replace('NAME', 'größer'), 'utf16le')]);
  const { code, out } = await checked({
    'config/longshore.yaml': 'alertmanager: config/alertmanager.yml\n',
    'config/alertmanager.yml': Buffer.from('# für alle\nroute: { receiver: a }\nreceivers: [{ name: a }]\n', 'latin1'),
    'config/rules/latin1.yaml': latin1,
    'config/rules/utf16.yaml': utf16,
    'pipelines/latin1.yaml': Buffer.from('description: für nginx\nprocessors: []\n', 'latin1'),
  });
  expect(code).toBe(1);
  for (const [file, place] of [
    ['config/alertmanager.yml', 'line 1 has the byte 0xfc (at offset 3)'],
    ['config/rules/latin1.yaml', 'line 1 has the byte 0xdc (at offset 2)'],
    ['pipelines/latin1.yaml', 'line 1 has the byte 0xfc (at offset 14)'],
  ])
    expect(out).toContain(`${file}: this file cannot be read: it is not UTF-8: ${place}.`);
  expect(out).toContain('iconv -f latin1 -t utf-8');
  expect(out).toMatch(/^ok +rules: größer$/m);

  const config = await checked({ 'config/longshore.yaml': Buffer.from('# für uns\ndata_dir: ./data\n', 'latin1') });
  expect(config.out).toMatch(/config\/longshore\.yaml cannot be read: it is not UTF-8: line 1 has the byte 0xfc/);
});
