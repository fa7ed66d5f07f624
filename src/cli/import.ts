import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Finding } from '../app/check/check.ts';
import { LongshoreError } from '../core/errors.ts';
import { type ElastAlertFolder, readElastAlert, SETTINGS_FILE } from '../definitions/elastalert-folder.ts';
import type { Command } from './command.ts';
import { counted, shown } from './findings.ts';
import { painter, printable } from './format.ts';
import { keepPrivate } from './private-files.ts';

export const importCommand: Command = {
  name: 'import',
  summary: "take over ElastAlert's configuration and rules",
  usage: `longshore import elastalert PATH [--out DIR]

      --out DIR          write settings and rules into this folder; nothing in it is written over

PATH is ElastAlert's config.yaml, or the folder with it, or a folder of rules only. Says rule by rule what loads, what is
odd and what does not load, and which options of config.yaml mean nothing here. Rule files stay as they are, byte for
byte; what config.yaml gives to all rules goes to rule_defaults and alerters of DIR/longshore.yaml. Variables ($NAME)
stay variables. Without --out nothing is written. Exit code 1 if a rule does not load.`,

  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { out: { type: 'string' } },
      allowPositionals: true,
    });
    const [from, path, ...more] = positionals;
    if (from !== 'elastalert' || path === undefined || more.length > 0) {
      io.stderr.write("longshore: name what to import: 'longshore import elastalert PATH'.\n");
      return 2;
    }
    const out = values.out?.replace(/(?<=.)\/+$/, '');
    const read = readElastAlert(path, out ?? 'DIR', io.env);
    const paint = painter(io);
    for (const finding of findings(read)) io.stdout.write(shown(finding, paint));
    io.stdout.write(leftBehindText(read));
    const broken = read.leftOut.filter(({ errors }) => errors.length > 0).length;
    const off = read.leftOut.length - broken + read.rules.filter(({ enabled }) => !enabled).length;
    const loading = read.rules.filter(({ enabled }) => enabled).length;
    const parts = [
      `${loading} ${loading === 1 ? 'rule loads' : 'rules load'}`,
      ...(off > 0 ? [`${off} switched off`] : []),
      `${broken} with errors`,
    ];
    io.stdout.write(`\n${parts.join(', ')}\n`);
    if (out !== undefined) {
      keepPrivate(io);
      writeNew(out, read);
      io.stdout.write(
        `${counted(read.files.length, 'file')} written. Try them: longshore check --config ${printable(join(out, SETTINGS_FILE))}\n`,
      );
    }
    return broken > 0 ? 1 : 0;
  },
};

function findings({ config, rules, warnings, leftOut, outside }: ElastAlertFolder): Finding[] {
  return [
    ...rules.map(
      ({ name, type, where, enabled }): Finding => ({
        severity: 'ok',
        where,
        what: `${name} (${type}${enabled ? '' : ', switched off'})`,
      }),
    ),
    ...leftOut
      .filter(({ errors }) => errors.length === 0)
      .map(({ path, name }): Finding => ({ severity: 'ok', where: path, what: `${name} (switched off)` })),
    ...config.notes.map(({ where, what }): Finding => ({ severity: 'warning', where, what })),
    ...warnings.map(
      ({ file, line, message }): Finding => ({
        severity: 'warning',
        where: line === undefined ? file : `${file}:${line}`,
        what: message,
      }),
    ),
    ...outside.map(
      (path): Finding => ({
        severity: 'warning',
        where: path,
        what: 'this file is imported from outside of the rules and is not copied.',
        fix: 'Copy it to where the import finds it.',
      }),
    ),
    ...leftOut.flatMap(({ errors }) =>
      errors.map(({ where, what, fix, code }): Finding => ({ severity: 'error', where, what, fix, code })),
    ),
  ];
}

/** The options of config.yaml that are not carried over, one reason a line. */
function leftBehindText({ configFile, config: { leftBehind } }: ElastAlertFolder): string {
  if (configFile === undefined || leftBehind.length === 0) return '';
  const byReason = Map.groupBy(leftBehind, ({ why }) => why);
  const lines = [...byReason].map(
    ([why, options]) => `  ${options.map(({ option }) => printable(option)).join(', ')}: ${why}\n`,
  );
  return `\nNot carried over from ${printable(configFile)}:\n${lines.join('')}`;
}

/** All files, or none: nothing that is there is touched. */
function writeNew(out: string, { files }: ElastAlertFolder): void {
  const there = files.map(({ path }) => join(out, path)).find(path => existsSync(path));
  if (there !== undefined) {
    throw new LongshoreError('LS_IMPORT_EXISTS', 'this file is there already; nothing was written.', {
      where: there,
      fix: 'Give --out a new folder, or move the file away.',
    });
  }
  for (const { path, text } of files) {
    const target = join(out, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text, { flag: 'wx' });
  }
}
