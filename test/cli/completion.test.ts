import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMAND_NAMES } from '../../src/cli/index.ts';
import { command } from '../support/command.ts';
import { requireOrSkip } from '../support/services.ts';
import { inProcess } from './in-process.ts';

const hasBash = requireOrSkip('bash', (await command('bash', ['--version'])).code === 0 || 'there is no bash');

describe.runIf(hasBash)('in bash', () => {
  const folder = mkdtempSync(join(tmpdir(), 'longshore-completion-'));
  const path = join(folder, 'longshore.bash');
  beforeAll(async () => writeFileSync(path, (await inProcess(['completion', 'bash'])).out));
  afterAll(() => rmSync(folder, { recursive: true }));

  test.for<[words: string[], found: string]>([
    [['se'], 'send send-test search'],
    [['search', '--o'], '--output'],
    [['search', '-o', ''], 'text json raw logfmt csv'],
    [['stats', '--output', 'c'], 'csv'],
    [['completion', 'f'], 'fish'],
    [['help', 'sta'], 'stats'],
    [['search', '--from', ''], ''],
    [['search', 'level'], ''],
  ])('%s', async ([words, found]) => {
    const script = `source "$0"; COMP_WORDS=(longshore "$@"); COMP_CWORD=$#; _longshore; echo "\${COMPREPLY[*]}"`;
    const { out, err } = await command('bash', ['-c', script, path, ...words]);
    expect({ out: out.trim(), err }).toEqual({ out: found, err: '' });
  });
});

describe.runIf((await command('fish', ['--version'])).code === 0)('in fish', () => {
  test.for<[line: string, found: string]>([
    ['longshore se', 'search send send-test'],
    ['longshore search --o', '--output'],
    ['longshore search -o ', 'csv json logfmt raw text'],
    ['longshore help sta', 'stats'],
    ['longshore completion z', 'zsh'],
  ])('%s', async ([line, found]) => {
    const source = (await inProcess(['completion', 'fish'])).out;
    const { out, err } = await command('fish', ['-c', `${source}\ncomplete -C '${line}'`]);
    const words = out.split('\n').flatMap(each => each.split('\t')[0] || []);
    expect({ words: words.join(' '), err }).toEqual({ words: found, err: '' });
  });
});

test.for(['bash', 'zsh', 'fish'])('%s knows every command', async shell => {
  const { code, out } = await inProcess(['completion', shell]);
  expect(code).toBe(0);
  for (const name of COMMAND_NAMES) expect(out).toMatch(new RegExp(`(?<![\\w-])${name}(?![\\w-])`));
});

test('another shell is refused', async () => {
  const { code, err } = await inProcess(['completion', 'tcsh']);
  expect(code).toBe(1);
  expect(err).toContain('Write longshore completion bash, or zsh, or fish. (LS_CLI_OUTPUT)');
});
