import { constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { withDefaults } from '../../../src/base/options.ts';
import { fileFindings } from '../../../src/inputs/files/check.ts';
import { filesInputSchema } from '../../../src/inputs/files/options.ts';

const dir = mkdtempSync(join(tmpdir(), 'longshore-check-files-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('`check` says how many files an entry has, and that another has none', async () => {
  mkdirSync(join(dir, 'data'));
  for (const name of ['a.log', 'b.log', 'b.log.1.gz', 'data/own.log']) writeFileSync(join(dir, name), 'x\n');
  const entries = [`${dir}/**/*.log`, `${dir}/a*`, `${dir}/*.gz`].map(path =>
    withDefaults(filesInputSchema.items, { paths: [path] }),
  );
  const said = await fileFindings(entries, join(dir, 'data'));
  expect(said.map(({ severity, where, what }) => [severity, where, what.replaceAll(dir, 'DIR')])).toEqual([
    ['ok', 'inputs.files[0].paths', 'files: 2 of DIR/**/*.log'],
    ['warning', 'inputs.files[1].paths', 'no file matches DIR/a*, or an entry before has them.'],
    ['warning', 'inputs.files[2].paths', 'no file matches DIR/*.gz, or an entry before has them.'],
  ]);
});

test.each([
  ['secret.log', 'secret.log may not be read by this user.'],
  ['closed/*.log', 'the folder DIR/closed of DIR/closed/*.log may not be read.'],
])('%s: what may not be read is named, with what to do', async (path, what) => {
  writeFileSync(join(dir, 'secret.log'), 'x\n');
  mkdirSync(join(dir, 'closed'), { recursive: true });
  const entry = withDefaults(filesInputSchema.items, { paths: [join(dir, path)] });
  const may = async (file: string, mode: number) => mode === constants.F_OK || !/secret|closed/.test(file);
  const [said] = await fileFindings([entry], join(dir, 'data'), may);
  expect(said!.what.replaceAll(dir, 'DIR')).toContain(what);
  expect(said!.fix).toContain(`setfacl -R -m u:$(whoami):rX ${dir}/`);
});
