import { parseArgs } from 'node:util';
import { csvHead, csvLine } from '../base/text/csv.ts';
import type { StatsAnswer } from '../core/api/search.ts';
import { readSentence } from '../store/stats/sentence.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, clientFor } from './client.ts';
import type { Command } from './command.ts';
import { jsonLine, oneLine } from './format.ts';
import { lastHour, outputForm } from './options.ts';
import { print } from './output.ts';
import { timeTexts } from './time-text.ts';

export const STATS_FORMS = ['table', 'json', 'csv'] as const;

export const statsCommand: Command = {
  name: 'stats',
  usage: `longshore stats [top N] METRICS [by FIELDS] [every INTERVAL] [where QUERY]
       longshore stats top N FIELDS [by METRICS] [every INTERVAL] [where QUERY]

      --from TIME        ISO time or now-7d (default: the last hour)
      --to TIME          default now
      --sort METRIC      which one decides the order (default: the first one)
      --asc              the smallest first
      --limit N          groups to show (default 10)
      --timezone ZONE    for days, and for the times shown, as Europe/Berlin (default UTC)
  -o, --output FORM      table (default), json, csv
${CLIENT_USAGE}

METRICS  count, rate (a second), and of a field: avg(f), sum(f), min(f), max(f), median(f), p95(f), uniq(f), count(f);
         p95 response_time means the same as p95(response_time)
INTERVAL 30s, 5m, 1h, 1d, 1w, 1M (a month), auto
QUERY    as 'longshore search' takes it`,

  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        ...CLIENT_OPTIONS,
        from: { type: 'string' },
        to: { type: 'string' },
        sort: { type: 'string' },
        asc: { type: 'boolean' },
        limit: { type: 'string' },
        timezone: { type: 'string' },
        output: { type: 'string', short: 'o' },
      },
      allowPositionals: true,
    });
    const form = outputForm(values.output, STATS_FORMS, 'table');
    const times = timeTexts(values.timezone);
    const { from, note } = lastHour(values);
    const sentence = readSentence(positionals.join(' '));
    const { to, sort, timezone } = values;
    const params = {
      ...(sentence as Record<string, string | undefined>),
      ...{ from, to, sort, timezone, order: values.asc === true ? 'asc' : undefined },
      ...(values.limit === undefined ? {} : { limit: values.limit }),
    };
    if (note !== undefined) io.stderr.write(note);
    const response = await clientFor(values, io.env).get('/api/stats', params);
    const answer = (await response.json()) as StatsAnswer;
    for (const line of linesOf(answer, form, times)) if (!(await print(io.stdout, `${line}\n`))) return 0;
    for (const hint of answer.hints ?? []) io.stderr.write(`hint: ${hint}\n`);
    io.stderr.write(`from ${answer.events} events\n`);
    return 0;
  },
};

function* linesOf(
  answer: StatsAnswer,
  form: (typeof STATS_FORMS)[number],
  times: (iso: string) => string,
): Generator<string> {
  if (form === 'json') {
    for (const row of answer.rows) yield jsonLine(row);
    return;
  }
  const head = [...(answer.interval === undefined ? [] : ['time']), ...answer.by, ...answer.metrics];
  const rows = answer.rows.map(({ at, by, values }) => [
    ...(at === undefined ? [] : [times(at)]),
    ...answer.by.map(name => by![name]!),
    ...answer.metrics.map(name => numberText(values[name] ?? null, form)),
  ]);
  if (form === 'csv') {
    yield csvHead(head);
    for (const row of rows) yield csvLine(row);
    return;
  }
  const shown = [head, ...rows].map(row => row.map(oneLine));
  const widths = head.map((_, i) => shown.reduce((most, row) => Math.max(most, row[i]!.length), 0));
  const firstNumber = head.length - answer.metrics.length;
  for (const row of shown) {
    const cells = row.map((cell, i) => (i < firstNumber ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)));
    yield cells.join('  ').trimEnd();
  }
}

/** For people as many digits as they read; in a file all of them. */
function numberText(value: number | null, form: 'table' | 'csv'): string {
  if (value === null) return form === 'csv' ? '' : '-';
  if (form === 'csv' || Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(Math.abs(value) >= 1000 ? 7 : 4)));
}
