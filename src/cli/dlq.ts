import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { didYouMean } from '../base/text/did-you-mean.ts';
import type {
  DeadLetterDetails,
  DeadLetterList,
  DiscardAnswer,
  ReplayAnswer,
  ReplayPreview,
  SkippedDeadLetter,
} from '../core/api/dead-letters.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, type Client, type ClientValues, clientFor } from './client.ts';
import { type Command, wholeNumber } from './command.ts';
import * as text from './dlq-text.ts';
import { jsonLine, painter } from './format.ts';
import { print } from './output.ts';

interface Values extends ClientValues {
  type?: string;
  container?: string;
  query?: string;
  status?: string;
  size?: string;
  limit?: string;
  all?: boolean;
  'as-is'?: boolean;
  pipeline?: string[];
  json?: boolean;
}

interface Call {
  readonly client: Client;
  readonly values: Values;
  readonly ids: readonly string[];
  readonly io: NodeJS.Process;
}

const ACTIONS: Record<string, (call: Call) => Promise<number>> = { list, show, preview, replay, discard };

export const dlqCommand: Command = {
  name: 'dlq',
  usage: `longshore dlq [list]                what waits, by type, and the newest of it
longshore dlq show ID ...           reason and original bytes
longshore dlq preview [ID ...]      what the pipelines, as their files are now, would make of it; sends nothing
longshore dlq replay [ID ...]       through the running pipelines and to the store, each exactly once
longshore dlq discard [ID ...]      gives them up

Which ones, where no ID is given:
      --type TYPE        all of one type (document_parsing_exception, ...)
      --container NAME   all of one container
      --query QUERY      all whose document matches, as in longshore search
      --all              all that wait

      --as-is            send (or show) the document as it was refused, without the pipelines
      --limit N          of replay, discard and preview: at most so many, oldest first (preview: default 10)
      --pipeline FILE    of preview: these files instead of the service's own; may be repeated
      --status STATUS    of list: open (default), replaying, replayed, discarded, any
  -n, --size N           of list: letters to show (default 20)
      --json             whole letters or answers, one line of JSON each
${CLIENT_USAGE}

A letter keeps its _id and its time. Alert rules do not see it again: their time has passed. What is refused again is a
new letter that names the one before. Typically: list, edit a pipeline, preview, (the service reloads it), replay --type.`,

  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        ...CLIENT_OPTIONS,
        type: { type: 'string' },
        container: { type: 'string' },
        query: { type: 'string' },
        status: { type: 'string' },
        size: { type: 'string', short: 'n' },
        limit: { type: 'string' },
        all: { type: 'boolean' },
        'as-is': { type: 'boolean' },
        pipeline: { type: 'string', multiple: true },
        json: { type: 'boolean' },
      },
      allowPositionals: true,
    });
    const [name = 'list', ...ids] = positionals;
    if (!Object.hasOwn(ACTIONS, name)) throw unknown(name);
    return ACTIONS[name]!({ client: clientFor(values, io.env), values, ids, io });
  },
};

async function list({ client, values, io }: Call): Promise<number> {
  const { type, container, query, status, json } = values;
  const size = `${wholeNumber('--size', values.size, 20)}`;
  const response = await client.get('/api/dead-letters', { type, container, query, status, size });
  const answer = (await response.json()) as DeadLetterList;
  if (json === true) for (const letter of answer.letters) await print(io.stdout, `${jsonLine(letter)}\n`);
  else io.stdout.write(text.list(answer, status ?? 'open', painter(io)));
  return 0;
}

async function show({ client, values, ids, io }: Call): Promise<number> {
  if (ids.length === 0)
    throw new LongshoreError('LS_CLI_DLQ', 'show needs an ID.', { fix: "'longshore dlq' lists them." });
  for (const id of ids) {
    const response = await client.get(`/api/dead-letters/${encodeURIComponent(id)}`, {});
    const letter = (await response.json()) as DeadLetterDetails;
    await print(io.stdout, values.json === true ? `${jsonLine(letter)}\n` : text.letter(letter, painter(io)));
  }
  return 0;
}

async function preview({ client, values, ids, io }: Call): Promise<number> {
  const pipelines = values.pipeline?.map(path => ({ path, text: read(path) }));
  const body = { ...selection(ids, values, true), as_is: values['as-is'], pipelines };
  const response = await client.post('/api/dead-letters/preview', body);
  const { previews } = (await response.json()) as { previews: ReplayPreview[] };
  for (const one of previews) {
    await print(io.stdout, values.json === true ? `${jsonLine(one)}\n` : text.preview(one, painter(io)));
  }
  if (previews.length === 0) io.stderr.write('no dead letter matches\n');
  return 0;
}

async function replay(call: Call): Promise<number> {
  const { values, io } = call;
  const sum = { replayed: 0, dropped: 0, skipped: [] as SkippedDeadLetter[], files_differ: false };
  for await (const answer of pages<ReplayAnswer>('/api/dead-letters/replay', call)) {
    sum.replayed += answer.replayed;
    sum.dropped += answer.dropped;
    sum.skipped.push(...answer.skipped);
    sum.files_differ ||= answer.files_differ;
  }
  io.stdout.write(values.json === true ? `${jsonLine(sum)}\n` : text.replayed(sum, painter(io)));
  return sum.skipped.length > 0 ? 1 : 0;
}

async function discard(call: Call): Promise<number> {
  let discarded = 0;
  for await (const answer of pages<DiscardAnswer>('/api/dead-letters/discard', call)) discarded += answer.discarded;
  call.io.stdout.write(call.values.json === true ? `${jsonLine({ discarded })}\n` : text.discarded(discarded));
  const limit = call.values.limit === undefined ? Number.POSITIVE_INFINITY : numberOf(call.values.limit);
  if (discarded >= Math.min(call.ids.length, limit)) return 0;
  call.io.stderr.write("longshore: some of these IDs are no letter that waits. 'longshore dlq' lists them.\n");
  return 1;
}

/** One answer after the other, until all that was there at the beginning is done or `--limit` is reached. */
async function* pages<T extends ReplayAnswer | DiscardAnswer>(
  path: string,
  { client, values, ids }: Call,
): AsyncGenerator<T> {
  const wanted = selection(ids, values, false);
  let left = values.limit === undefined ? Number.POSITIVE_INFINITY : numberOf(values.limit);
  let cursor: string | undefined;
  do {
    const limit = Number.isFinite(left) ? left : undefined;
    const response = await client.post(path, { ...wanted, limit, cursor, as_is: values['as-is'] });
    const answer = (await response.json()) as T;
    yield answer;
    left -= 'replayed' in answer ? answer.replayed : answer.discarded;
    cursor = answer.cursor;
  } while (cursor !== undefined && left > 0);
}

function selection(ids: readonly string[], values: Values, anyByDefault: boolean): object {
  const { type, container, query, all } = values;
  const limit = values.limit === undefined ? undefined : numberOf(values.limit);
  if (ids.length > 0) return { ids, limit };
  if (type === undefined && container === undefined && query === undefined && all !== true && !anyByDefault)
    throw new LongshoreError('LS_CLI_DLQ', 'nothing says which letters.', {
      fix: 'Name them by ID, --type, --container or --query, or write --all.',
    });
  return { type, container, query, all: true, limit };
}

function numberOf(given: string): number {
  const number = wholeNumber('--limit', given, 100);
  if (number > 0) return number;
  throw new LongshoreError('LS_CLI_DLQ', '--limit 0 leaves nothing to do.', { fix: 'Write --limit 100.' });
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new LongshoreError('LS_CLI_DLQ', `${path} cannot be read: ${messageOf(cause)}.`, {
      where: '--pipeline',
      cause,
    });
  }
}

function unknown(name: string): LongshoreError {
  return new LongshoreError('LS_CLI_DLQ', `there is no 'dlq ${name.slice(0, 50)}'.`, {
    fix: didYouMean(name, Object.keys(ACTIONS), "'") ?? `Write one of ${Object.keys(ACTIONS).join(', ')}.`,
  });
}
