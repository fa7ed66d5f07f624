import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../../app/check/check.ts';
import { loadWithMistakes } from '../../app/check/settings.ts';
import { writeYaml } from '../../base/yaml/write.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import type { Fields } from '../../core/event.ts';
import type { Imported, ImportedPipeline, Remark } from '../../import/model.ts';
import { pipelineText, SCHEMA_PATH } from '../../import/pipeline-text.ts';
import { compareReadings, type LineDifference, type Reading, recordOf } from '../../import/reading.ts';
import { loadImported, settle } from '../../import/settle.ts';
import { counted, shown } from '../findings.ts';
import { oneLine, painter, printable } from '../format.ts';
import { pipelineSchemaText } from '../pipeline-reference/schema.ts';
import { keepPrivate } from '../private-files.ts';
import { readSources } from './sources.ts';
import { writeNew } from './write-new.ts';

export interface ImportRequest {
  /** `logstash`, `fluentd`, `ingest` */
  readonly from: string;
  readonly source: string;
  readonly imported: Imported;
  /** The source's own reading, for --lines. */
  readonly reading: () => Reading;
  /** The pipelines as --lines tries them, where their `match` is not known yet. */
  readonly forTrial?: ((pipelines: readonly ImportedPipeline[]) => readonly ImportedPipeline[]) | undefined;
  readonly timezone: string;
  readonly out: string | undefined;
  readonly isForced: boolean;
  readonly lines: string | undefined;
}

/** Files, remarks and comparison of an import; returns the exit code. */
export function writeImport(request: ImportRequest, io: NodeJS.Process): number {
  const imported = settle(request.imported);
  // What is written is what the service will load: said now, not at its next start.
  const set = loadImported(imported.pipelines, request.timezone);
  const files = filesOf(imported, request);
  const mistakes = settingMistakes(imported, request, io);
  // Without a folder, standard output is the files and nothing else.
  const say = request.out === undefined ? io.stderr : io.stdout;
  const paint = painter(request.out === undefined ? { stdout: io.stderr as never, env: io.env } : io);
  for (const finding of [...imported.remarks.map(findingOf), ...mistakes]) say.write(shown(finding, paint));
  const left = imported.remarks.filter(({ kind }) => kind === 'left_out').length;
  const steps = imported.pipelines.flatMap(({ steps: all }) => all).filter(({ processor }) => processor !== undefined);
  say.write(
    `\n${counted(imported.pipelines.length, 'pipeline')} with ${counted(steps.length, 'processor')}, ${left} not imported\n`,
  );
  const trial =
    request.forTrial === undefined ? set : loadImported(request.forTrial(imported.pipelines), request.timezone);
  const differing = request.lines === undefined ? 0 : compared(request, request.lines, trial, say);
  if (request.out === undefined) {
    for (const { path, text } of files) io.stdout.write(files.length === 1 ? text : `# --- ${path}\n${text}\n`);
  } else {
    keepPrivate(io);
    writeNew(request.out, files, request.isForced);
    // The first line of each pipeline names it; one of another version of Longshore stays.
    const schema = join(request.out, SCHEMA_PATH);
    if (!existsSync(schema)) writeNew(request.out, [{ path: SCHEMA_PATH, text: pipelineSchemaText() }], false);
    const config = printable(join(request.out, SETTINGS));
    say.write(`${counted(files.length, 'file')} written. Try them: longshore check --config ${config}\n`);
  }
  return left > 0 || differing > 0 || mistakes.some(({ severity }) => severity === 'error') ? 1 : 0;
}

const SETTINGS = 'longshore.yaml';
const MAX_SHOWN = 20;
const MAX_LINES = 100_000;

function filesOf(imported: Imported, { from, source, out }: ImportRequest): { path: string; text: string }[] {
  const pipelines = imported.pipelines.map(pipeline => ({
    path: `pipelines/${pipeline.name}.yaml`,
    text: pipelineText(pipeline),
  }));
  if (out === undefined && Object.keys(imported.settings).length === 0) return pipelines;
  return [{ path: SETTINGS, text: settingsText(imported, from, source, out) }, ...pipelines];
}

function settingsText(imported: Imported, from: string, source: string, out: string | undefined): string {
  const settings = { ...imported.settings, pipelines: `${out ?? '.'}/pipelines/*.yaml` };
  const remarks = imported.remarks.map(
    ({ kind, where, what, hint }) =>
      `# ${kind === 'left_out' ? 'not imported' : 'changed'}: ${oneLine(`${where}: ${what}${hint === undefined ? '' : ` ${hint}`}`)}\n`,
  );
  return [
    `# From ${oneLine(source)}, by 'longshore import ${from}'. Everything else has its default.\n`,
    '\n',
    writeYaml(settings),
    ...(remarks.length === 0 ? [] : ['\n', ...remarks]),
  ].join('');
}

function findingOf({ kind, where, what, hint }: Remark): Finding {
  return { severity: 'warning', where, what: kind === 'changed' ? what : `${what}`, fix: hint };
}

/** Mistakes of the settings as `check` would find them; variables count as set. */
function settingMistakes(imported: Imported, request: ImportRequest, io: NodeJS.Process): Finding[] {
  const set = Object.entries(imported.settings).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  try {
    const { mistakes } = loadWithMistakes({ config: undefined, set, env: io.env });
    return mistakes.map(({ what, fix, code }) => ({ severity: 'warning', where: request.source, what, fix, code }));
  } catch (error) {
    const errors = error instanceof AggregateError ? error.errors : [error];
    return errors.map(one => ({ severity: 'warning', where: request.source, what: messageOf(one) }));
  }
}

/** Runs both readings over a file of lines; says how many differ, and where. */
function compared(
  request: ImportRequest,
  path: string,
  set: Parameters<typeof compareReadings>[2],
  say: NodeJS.WritableStream,
): number {
  const [file] = readSources([path], /./);
  const lines = file!.text.split(/\r?\n/).filter(line => line !== '');
  if (lines.length === 0)
    throw new LongshoreError('LS_IMPORT_SOURCE', 'there is no line in it.', {
      where: path,
      fix: 'Give real lines, or records as JSON, one a line.',
    });
  const records: Fields[] = lines.slice(0, MAX_LINES).map(recordOf);
  const reading = request.reading();
  const now = Date.now();
  const differences = compareReadings(records, reading, set, { tag: 'import', time: now, receivedAt: now });
  const same = records.length - differences.length;
  say.write(
    `\n${counted(records.length, 'line')}: ${same} give the same event both ways, ${differences.length} differ\n`,
  );
  for (const difference of differences.slice(0, MAX_SHOWN)) say.write(differenceText(difference, path));
  if (differences.length > MAX_SHOWN) say.write(`  and ${differences.length - MAX_SHOWN} more\n`);
  if (reading.unread.size > 0) say.write(`Not part of the comparison: ${printable([...reading.unread].join(', '))}\n`);
  return differences.length;
}

function differenceText({ line, fields }: LineDifference, path: string): string {
  const rows = fields.map(
    ({ name, source, ours, why }) =>
      `    ${oneLine(name)}: there ${oneLine(source ?? 'nothing')}, here ${oneLine(ours ?? 'nothing')}${why === undefined ? '' : ` (${why})`}\n`,
  );
  return `  ${printable(path)}:${line}\n${rows.join('')}`;
}
