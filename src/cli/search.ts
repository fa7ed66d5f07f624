import { parseArgs } from 'node:util';
import type { ErrorAnswer } from '../core/api/operations.ts';
import type { SearchAnswer, SearchRows } from '../core/api/search.ts';
import type { StoredEvent } from '../core/contracts.ts';
import { LongshoreError } from '../core/errors.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, type Client, clientFor } from './client.ts';
import { type Command, wholeNumber } from './command.ts';
import { EVENT_FORMS, eventWriter } from './event-forms.ts';
import { LAST_HOUR, LAST_HOUR_NOTE, outputForm } from './options.ts';
import { print } from './output.ts';

export const searchCommand: Command = {
  name: 'search',
  usage: `longshore search [QUERY ...]

      --from TIME        ISO time or now-7d (default: the last hour, or everything when there is nothing)
      --to TIME          default now
  -n, --limit N          events to show, the newest (default 50); 'all' shows every event
  -o, --output FORM      text (default), json (a line an event), raw (the message), logfmt, csv
      --fields A,B       only these fields
      --newest-first     default: newest last
      --timezone ZONE    of times that name none, and of the times shown, as Europe/Berlin (default UTC)
      --json             as -o json
${CLIENT_USAGE}

QUERY is what one types into Kibana, Lucene or KQL: level:ERROR AND response_time:>500
A word that begins with '-' goes behind '--': longshore search --limit 5 -- level:ERROR -timeout`,

  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        ...CLIENT_OPTIONS,
        from: { type: 'string' },
        to: { type: 'string' },
        limit: { type: 'string', short: 'n' },
        // What it was called before.
        size: { type: 'string' },
        output: { type: 'string', short: 'o' },
        fields: { type: 'string' },
        'newest-first': { type: 'boolean' },
        timezone: { type: 'string' },
        json: { type: 'boolean' },
      },
      allowPositionals: true,
    });
    const form = outputForm(values.output ?? (values.json === true ? 'json' : undefined), EVENT_FORMS, 'text');
    const writer = eventWriter(form, { fields: values.fields, timezone: values.timezone, io });
    const given = values.limit ?? values.size;
    const limit =
      given === 'all'
        ? Number.POSITIVE_INFINITY
        : wholeNumber(values.limit === undefined ? '--size' : '--limit', given, 50);
    const newestFirst = values['newest-first'] === true;
    if (limit > MAX_HELD && Number.isFinite(limit) && !newestFirst) throw tooManyHeld(limit);
    const client = clientFor(values, io.env);
    const { to, timezone } = values;
    const params = { query: positionals.join(' '), from: values.from, to, timezone };
    const isOpen = values.from === undefined && to === undefined && Number.isFinite(limit);
    let search = new PagedSearch(client, isOpen ? { ...params, from: LAST_HOUR } : params);
    const isOldestFirst = !Number.isFinite(limit) && !newestFirst;
    let pages = search.pages(limit, isOldestFirst ? 'asc' : 'desc');
    let first = await pages.next();
    let note = isOpen ? LAST_HOUR_NOTE : '';
    if (isOpen && limit > 0 && first.value?.length === 0) {
      // Somebody who looks for something old has not said so.
      search = new PagedSearch(client, params);
      pages = search.pages(limit, 'desc');
      first = await pages.next();
      note = first.value?.length === 0 ? '' : '(nothing in the last hour: these are older)\n';
    }
    io.stderr.write(note);
    let shown = 0;
    const show = async (events: readonly StoredEvent[]): Promise<boolean> => {
      for (const event of events) {
        const text = shown++ === 0 ? writer.head + writer.line(event) : writer.line(event);
        if (!(await print(io.stdout, text))) return false;
      }
      return true;
    };
    const held: StoredEvent[][] = [];
    for (; first.done !== true; first = await pages.next()) {
      if (isOldestFirst || newestFirst) {
        if (!(await show(first.value))) return 0;
      } else held.push(first.value);
    }
    for (const page of held.reverse()) if (!(await show(page.reverse()))) return 0;
    const { total, hints = [] } = await search.rest;
    for (const hint of hints) io.stderr.write(`hint: ${hint}\n`);
    const of = Number.isFinite(limit)
      ? ` of ${total.relation === 'gte' ? 'at least ' : ''}${Math.max(total.value, shown)}`
      : '';
    io.stderr.write(`${shown}${of} events\n`);
    return 0;
  },
};

/** Events that are held to be shown oldest first. */
const MAX_HELD = 100_000;
/** Of one request; the first one may be as large as the service allows, which is 10,000 unless it was set. */
const PAGE = 10_000;
const NEXT_PAGE = 2_000;

type Params = Readonly<Record<string, string | undefined>>;

const PARTS = 'application/x-ndjson';

/** What an answer has beside its rows. */
type Rest = Pick<SearchAnswer, 'total' | 'hints'>;

/** One page after another, as the cursor goes. */
class PagedSearch {
  readonly #client: Client;
  readonly #params: Params;
  #largest = Number.POSITIVE_INFINITY;
  #rest: Promise<Rest> | undefined;

  constructor(client: Client, params: Params) {
    this.#client = client;
    this.#params = params;
  }

  /** Of the first page: how many there are in all. There when its rows are. */
  get rest(): Promise<Rest> {
    return this.#rest!;
  }

  async *pages(limit: number, order: 'asc' | 'desc'): AsyncGenerator<StoredEvent[], undefined> {
    let cursor: string | undefined;
    let left = limit;
    do {
      const isMany = limit > PAGE;
      const size = Math.min(left, isMany ? NEXT_PAGE : PAGE, this.#largest);
      // An end that stands still: who reads from the oldest on would follow what comes in.
      const to = this.#params['to'] ?? (isMany && order === 'asc' ? 'now' : undefined);
      const more = cursor === undefined ? {} : { cursor, total: 'false' };
      const rows = await this.#ask({ ...this.#params, ...more, to, order, size: `${size}` });
      if (rows === undefined) continue;
      left -= rows.hits.length;
      cursor = rows.cursor;
      yield rows.hits;
    } while (left > 0 && (cursor !== undefined || this.#rest === undefined));
    return undefined;
  }

  /** Undefined: the events are too large for so many at once. */
  async #ask(params: Params & { readonly size: string }): Promise<SearchRows | undefined> {
    try {
      const response = await this.#client.get('/api/search', params, { accept: PARTS });
      const parts = partsOf(response.body!);
      const { value: rows } = await parts.next();
      if (rows === undefined) throw new LongshoreError('LS_CLI_REFUSED', `${this.#client.base} answered with nothing.`);
      const rest = restOf(rows, parts);
      // Whoever asks for it hears of what went wrong.
      rest.catch(() => {});
      this.#rest ??= rest;
      return rows as unknown as SearchRows;
    } catch (error) {
      const isTooLarge = error instanceof LongshoreError && error.code === 'LS_STORE_RESULT_TOO_LARGE';
      if (!isTooLarge || Number(params.size) <= 1) throw error;
      this.#largest = Math.max(1, Number(params.size) >> 2);
      return undefined;
    }
  }
}

/** What comes after the rows; from a longshore that answers in one part, it came with them. */
async function restOf(rows: object, parts: AsyncGenerator<object, undefined>): Promise<Rest> {
  const { value: rest = rows } = await parts.next();
  const { error } = rest as Partial<ErrorAnswer>;
  if (error !== undefined) throw new LongshoreError(error.code, error.message);
  return rest as Rest;
}

/** The lines of JSON of a body. */
async function* partsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<object, undefined> {
  let text = '';
  for await (const more of body.pipeThrough(new TextDecoderStream())) {
    const lines = (text + more).split('\n');
    text = lines.pop()!;
    for (const line of lines) if (line !== '') yield JSON.parse(line);
  }
  if (text !== '') yield JSON.parse(text);
  return undefined;
}

function tooManyHeld(limit: number): LongshoreError {
  return new LongshoreError('LS_CLI_NUMBER', `${limit} events are too many to show the newest last.`, {
    where: '--limit',
    fix: `Write --newest-first, --limit all (oldest first), or at most ${MAX_HELD}.`,
  });
}
