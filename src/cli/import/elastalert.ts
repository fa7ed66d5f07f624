import { join } from 'node:path';
import type { Finding } from '../../app/check/check.ts';
import { type ElastAlertFolder, readElastAlert, SETTINGS_FILE } from '../../definitions/elastalert-folder.ts';
import { counted, shown } from '../findings.ts';
import { painter, printable } from '../format.ts';
import { keepPrivate } from '../private-files.ts';
import { writeNew } from './write-new.ts';

/** `longshore import elastalert PATH`. */
export async function importElastAlert(path: string, out: string | undefined, io: NodeJS.Process): Promise<number> {
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
    writeNew(out, read.files, false);
    io.stdout.write(
      `${counted(read.files.length, 'file')} written. Try them: longshore check --config ${printable(join(out, SETTINGS_FILE))}\n`,
    );
  }
  return broken > 0 ? 1 : 0;
}

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
