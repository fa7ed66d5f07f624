import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { zoneOf } from '../base/time/zone.ts';
import { importFluentd } from '../import/fluentd/fluentd.ts';
import { readAsFluentd } from '../import/fluentd/reading/read.ts';
import { forTrial, importIngest, readAsIngest } from '../import/ingest.ts';
import { importLogstash } from '../import/logstash/logstash.ts';
import { readAsLogstash } from '../import/logstash/reading/read.ts';
import type { SourceFile } from '../import/reading.ts';
import { PROCESSORS } from '../parse/processors/index.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, clientFor } from './client.ts';
import { type Command, wholeNumber } from './command.ts';
import { importElastAlert } from './import/elastalert.ts';
import { importLogs } from './import/logs.ts';
import { type ImportRequest, writeImport } from './import/pipelines.ts';
import { defaultFolder } from './import/progress.ts';
import { filesBeside, readSources } from './import/sources.ts';

export const importCommand: Command = {
  name: 'import',
  usage: `longshore import logs FILE... [--tag TAG]
longshore import elastalert PATH [--out DIR]
longshore import logstash FILE... [--out DIR] [--force] [--lines FILE]
longshore import fluentd FILE [--out DIR] [--force] [--lines FILE]
longshore import ingest FILE... [--out DIR] [--force] [--lines FILE]

      --out DIR          write settings and rules, or settings and pipelines, into this folder; nothing in it is
                         written over. Without it, pipelines go to standard output and remarks to standard error
      --force            write over files that are there
      --lines FILE       run each line of FILE (text, or a record as JSON) through the source's own reading and through
                         what is written, and show where they differ
      --name NAME        name of the pipeline; by default that of the file
      --ecs MODE         logstash: names of grok's fields, \`disabled\` (Logstash 7 and before, the default) or \`v8\`
      --timezone ZONE    zone of dates that name none, for --lines; by default UTC

logs: sends the lines of old files to a running longshore, with their own times, so that they come to their own days. Each line
is stored once, however often the command is given: what was sent is remembered, also for files that have grown, were
renamed by rotation, or compressed since. gzip and zstd are unpacked; Docker's json-file and CRI's form are read as such.
      --tag TAG          tag of the events (default: import)
      --state DIR        where it is remembered (default: XDG_STATE_HOME/longshore, ~/.local/state/longshore)
      --retry-s N        how long to try while nobody takes lines (default: 60)
      --timezone ZONE    zone of times that name none; by default UTC
${CLIENT_USAGE}

elastalert: PATH is ElastAlert's config.yaml, or the folder with it, or a folder of rules only. Says rule by rule what
loads, what is odd and what does not load, and which options of config.yaml mean nothing here. Rule files stay as they
are, byte for byte; what config.yaml gives to all rules goes to rule_defaults and alerters of DIR/longshore.yaml.
Variables ($NAME) stay variables. Exit code 1 if a rule does not load.

logstash, fluentd, ingest: filters become pipelines/NAME.yaml, inputs and outputs become DIR/longshore.yaml. What has no
equivalent is named with file and line, on the screen and as a comment where it would stand. What is written is loaded
before. Exit code 0: all of it was imported; 1: something was not, or lines differ (the rest is written all the same), or
the source has a mistake (nothing is written); 2: wrong usage.`,

  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        out: { type: 'string' },
        force: { type: 'boolean' },
        lines: { type: 'string' },
        name: { type: 'string' },
        ecs: { type: 'string' },
        timezone: { type: 'string' },
        ...CLIENT_OPTIONS,
        ...{ tag: { type: 'string' }, state: { type: 'string' }, 'retry-s': { type: 'string' } },
      },
      allowPositionals: true,
    });
    const [from, ...paths] = positionals;
    const out = values.out?.replace(/(?<=.)\/+$/, '');
    const [path] = paths;
    if (from === 'logs' && path !== undefined)
      return importLogs(
        {
          paths,
          client: clientFor(values, io.env),
          tag: values.tag ?? 'import',
          retryMs: wholeNumber('--retry-s', values['retry-s'], 60) * 1000,
          state: values.state ?? defaultFolder(io.env),
          zone: zoneOf(values.timezone ?? 'UTC'),
        },
        io,
      );
    if (from === 'elastalert' && path !== undefined && paths.length === 1) return importElastAlert(path, out, io);
    const kind = from !== undefined && Object.hasOwn(KINDS, from) ? KINDS[from] : undefined;
    if (kind === undefined || path === undefined) {
      io.stderr.write(
        "longshore: name what to import: 'longshore import logs FILE', or elastalert, logstash, fluentd or ingest and a file.\n",
      );
      return 2;
    }
    const options = {
      timezone: values.timezone ?? 'UTC',
      ecs: values.ecs === undefined || values.ecs === 'disabled' ? 'disabled' : 'v1',
      name: values.name ?? fileName(path),
      env: io.env,
    } as const;
    return writeImport(
      {
        ...kind(paths, options),
        from: from!,
        source: paths.join(', '),
        timezone: options.timezone,
        out,
        isForced: values.force === true,
        lines: values.lines,
      },
      io,
    );
  },
};

interface KindOptions {
  readonly timezone: string;
  readonly ecs: 'disabled' | 'v1';
  readonly name: string;
  readonly env: NodeJS.ProcessEnv;
}

const KNOWN: ReadonlySet<string> = new Set(PROCESSORS.map(({ name }) => name));

/** What is imported, by its word on the command line. */
const KINDS: Readonly<
  Record<
    string,
    (paths: readonly string[], options: KindOptions) => Pick<ImportRequest, 'imported' | 'reading' | 'forTrial'>
  >
> = {
  logstash(paths, { timezone, ecs, name, env }) {
    const files = readSources(paths, /\.(?:conf|cfg|config)$/);
    const beside = filesBeside(files[0]!.path);
    return {
      imported: importLogstash(files, name, { env, ecs, files: beside, processors: KNOWN }),
      reading: () => readAsLogstash(files, { env, ecs, timezone, files: beside }),
    };
  },
  ingest(paths, { name }) {
    const files = readSources(paths, /\.(?:json|ya?ml)$/);
    return {
      imported: importIngest(files, { name }),
      reading: () => readAsIngest(files, { name }),
      forTrial,
    };
  },
  fluentd(paths, { timezone, name, env }) {
    const source = joined(readSources(paths, /\.conf$/));
    const beside = filesBeside(source.path);
    const include = (path: string, from: string) => filesBeside(from)(path);
    return {
      imported: importFluentd(source, name, { env, files: beside, include, processors: KNOWN }),
      reading: () => readAsFluentd(source, { env, include, files: beside, timezone }),
    };
  },
};

/** Several files are one, in their order. */
function joined(files: readonly SourceFile[]): SourceFile {
  return files.length === 1 ? files[0]! : { path: files[0]!.path, text: files.map(({ text }) => text).join('\n') };
}

/** The name of a pipeline out of a file's or folder's. */
function fileName(path: string): string {
  const name = basename(path)
    .replace(/\.\w+$/, '')
    .replace(/[^\w.-]+/g, '-');
  return name === '' ? 'imported' : name;
}
