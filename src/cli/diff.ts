import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadSettings, type Settings } from '../app/settings.ts';
import { lineBudgets } from '../base/regexp/line-budgets.ts';
import type { SearchAnswer } from '../core/api/search.ts';
import { LongshoreError } from '../core/errors.ts';
import { type Fields, isFields } from '../core/event.ts';
import { configureLog } from '../core/log.ts';
import { pipelineOptionsOf } from '../definitions/pipeline-options.ts';
import { readUserFiles, type UserFile } from '../definitions/user-files.ts';
import { loadPipelines } from '../parse/pipelines.ts';
import { frozenCopy } from '../parse/simulate/changes.ts';
import { Recorder } from '../parse/simulate/recorder.ts';
import { Comparison, type DifferenceGroup } from '../trial/compare.ts';
import { isStored, isUnlike, recordOfStored } from '../trial/stored.ts';
import { Trial, type TrialRecord } from '../trial/trial.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, type ClientValues, clientFor } from './client.ts';
import { type Command, wholeNumber } from './command.ts';
import { jsonLine, oneLine, type Paint, painter } from './format.ts';
import { print } from './output.ts';
import { valueText } from './parse/explain-text.ts';
import { inputOf, linesOf } from './parse/lines.ts';
import { ORIGIN_OPTIONS, ORIGIN_USAGE, Records } from './parse/records.ts';
import { trialSettings } from './parse.ts';

export const diffCommand: Command = {
  name: 'diff',
  usage: `longshore diff [OLD] NEW

OLD and NEW are files of pipelines, or folders of them. A folder is the whole set; a file stands beside the others of the
configuration, in place of the one of its name. Without OLD the configuration's are compared with.

      --last N           of the running longshore: the newest N events (default 1000)
      --query QUERY      only these
      --since TIME       only from then on (ISO time or now-1h)
      --lines FILE       lines of a file instead; - for standard input
      --events FILE      the same with events in JSON, one a line: as senders send them, or as search --json prints them
${ORIGIN_USAGE.slice(ORIGIN_USAGE.indexOf('\n') + 1)}
      --json             one document of JSON
${CLIENT_USAGE}

Each event's line goes through both sets, as it would come in; nothing is stored. The line is event.original where pipelines keep
that, else the message: what is in no stored field any more, such as the JSON around a message, cannot be tried again, and how many
events that may concern is said. Exit code 1 if an event comes out otherwise.`,

  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        ...CLIENT_OPTIONS,
        ...ORIGIN_OPTIONS,
        last: { type: 'string' },
        query: { type: 'string' },
        since: { type: 'string' },
        lines: { type: 'string' },
        events: { type: 'string' },
        json: { type: 'boolean' },
      },
      allowPositionals: true,
    });
    if (positionals.length === 0 || positionals.length > 2) {
      io.stderr.write("longshore: name what to compare: 'longshore diff OLD NEW'.\n");
      return 2;
    }
    const { settings } = loadSettings({ ...values, env: io.env });
    configureLog('silent');
    // Both sets pay from the same accounts: neither is to be short of what the other has spent.
    lineBudgets.setLimits({ slow_ms_per_container_second: 1e9, slow_ms_per_second: 1e9 });
    const [first = '', second] = positionals;
    const sides = [
      new Side(second === undefined ? undefined : first, settings),
      new Side(second ?? first, settings),
    ] as const;
    const comparison = new Comparison();
    let unlike = 0;
    const records = new Records({ ...values, events: values.events !== undefined }, settings.http.tag);
    const path = values.events ?? values.lines;
    const take = (record: TrialRecord, stored?: Fields): void => {
      comparison.record(record);
      const [before, after] = sides.map(side => side.take(record, stored !== undefined)) as [
        ReturnType<Side['take']>,
        ReturnType<Side['take']>,
      ];
      if (stored !== undefined && before.every(({ event }) => isUnlike(stored, event?.fields))) unlike++;
      comparison.add(before, after);
    };
    if (path !== undefined) {
      for await (const lines of linesOf(inputOf(path, io)))
        for (const line of lines) {
          const record = records.of(line);
          if (record === undefined) continue;
          if (values.events !== undefined && isStored(record.record))
            take(recordOfStored(record.record, record.number), record.record);
          else take(record);
        }
    } else {
      let number = 0;
      for await (const event of storedEvents(values, io.env, settings)) take(recordOfStored(event, ++number), event);
    }
    comparison.add(sides[0].finish(), sides[1].finish());
    comparison.end();
    const { events, differing, groups } = comparison;
    if (events === 0) io.stderr.write('longshore: there was no event\n');
    const text =
      values.json === true
        ? `${jsonLine({ events, differing, unlike, groups })}\n`
        : diffText({ events, differing, unlike, groups }, painter(io));
    await print(io.stdout, text);
    return differing > 0 || events === 0 ? 1 : 0;
  },
};

/** One set of pipelines at work. */
class Side {
  readonly #trial: Trial;

  constructor(path: string | undefined, settings: Settings) {
    const recorder = new Recorder({ detail: 'pipelines', clock: () => performance.now() });
    const pipelines = loadPipelines(filesOf(path, settings), {
      ...pipelineOptionsOf(settings),
      observer: recorder,
    });
    this.#trial = new Trial({ settings: trialSettings(settings), pipelines, recorder, isDetailed: false });
  }

  /** `isWhole`: it was joined when it came in. */
  take(record: TrialRecord, isWhole: boolean): ReturnType<Trial['take']> {
    const results = this.#trial.take({ ...record, record: frozenCopy(record.record) as Fields });
    return isWhole ? [...results, ...this.#trial.expire(Number.POSITIVE_INFINITY)] : results;
  }

  finish(): ReturnType<Trial['take']> {
    return this.#trial.expire(Number.POSITIVE_INFINITY);
  }
}

function filesOf(path: string | undefined, settings: Settings): UserFile[] {
  const configured = readUserFiles(settings.pipelines);
  if (path === undefined) return configured;
  const isFolder = statSync(path).isDirectory();
  const files = readUserFiles(isFolder ? join(path, '*.{yaml,yml,json}') : path);
  if (files.length === 0)
    throw new LongshoreError('LS_CLI_PARSE', 'there is no pipeline in this folder.', {
      where: path,
      fix: 'Name a folder with files that end in .yaml.',
    });
  if (isFolder) return files;
  return [...configured.filter(other => basename(other.path) !== basename(path)), ...files];
}

const PAGE = 1000;

/** The newest first. */
async function* storedEvents(
  values: ClientValues & { last?: string; query?: string; since?: string },
  env: NodeJS.ProcessEnv,
  settings: Settings,
): AsyncGenerator<Fields> {
  const client = clientFor(values, env, settings);
  let left = wholeNumber('--last', values.last, 1000);
  let cursor: string | undefined;
  while (left > 0) {
    const asked = { query: values.query ?? '', from: values.since, size: `${Math.min(left, PAGE)}`, cursor };
    const { hits, cursor: next } = (await (await client.get('/api/search', asked)).json()) as SearchAnswer;
    for (const hit of hits) if (isFields(hit)) yield hit;
    left -= hits.length;
    if (next === undefined || hits.length === 0) return;
    cursor = next;
  }
}

interface Diff {
  readonly events: number;
  readonly differing: number;
  readonly unlike: number;
  readonly groups: readonly DifferenceGroup[];
}

function diffText({ events, differing, unlike, groups }: Diff, paint: Paint): string {
  const lines = [
    `${events} ${events === 1 ? 'event' : 'events'}, ${differing} ${differing === 1 ? 'differs' : 'differ'}`,
  ];
  for (const group of groups) {
    const { example, count } = group;
    lines.push('', `${String(count).padStart(6)}  ${paint(1, titleOf(group))}`);
    if (example.before !== undefined) lines.push(`        ${paint(31, '-')} ${valueText(example.before)}`);
    if (example.after !== undefined) lines.push(`        ${paint(32, '+')} ${valueText(example.after)}`);
    lines.push(paint(90, `        line ${example.lines[0]}: ${oneLine(example.line).slice(0, MAX_LINE)}`));
  }
  if (unlike > 0)
    lines.push(
      '',
      `${unlike} of them hold fields that their line does not give, also with the old pipelines: their line is not what is stored.`,
    );
  return `${lines.join('\n')}\n`;
}

const MAX_LINE = 160;

function titleOf({ kind, what }: DifferenceGroup): string {
  switch (kind) {
    case 'taken':
      return `taken otherwise: ${oneLine(what)}`;
    case 'added':
    case 'changed':
    case 'removed':
      return `${oneLine(what)} ${kind}`;
    case 'joined otherwise':
      return kind;
    default:
      return `${kind} (${oneLine(what)})`;
  }
}
