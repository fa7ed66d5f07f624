import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { csvHead, csvLine } from '../base/text/csv.ts';
import type { SearchAnswer, SearchApi } from '../core/api/search.ts';
import type { StoredEvent } from '../core/contracts.ts';
import { fieldAt } from '../core/event.ts';
import { refuse } from './refusal.ts';
import { pick } from './requests.ts';
import { withQuery } from './routes-search.ts';
import type { BoundedSearches } from './searches.ts';

const FORMS = {
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
} as const;
const CSV_FIELDS = ['@timestamp', 'level', 'service', 'message'];
const PAGE_SIZE = 1000;

/** `GET /api/export`: everything that a search finds, as a file. One page of it is in memory at a time; who reads slowly gets it slowly. */
export function exportRoute(app: FastifyInstance, searcher: SearchApi, searches: BoundedSearches): void {
  const config = { scope: 'read', endless: true };
  app.get('/api/export', { config, exposeHeadRoute: false }, async (request, reply) => {
    const {
      format = 'ndjson',
      fields,
      ...params
    } = withQuery(pick(request, ['query', 'q', 'from', 'to', 'order', 'timezone', 'format', 'fields']));
    if (!Object.hasOwn(FORMS, format))
      return refuse(reply, 400, 'LS_WEB_BAD_REQUEST', 'The format is not known. Use one of ndjson, csv.');
    const page = (cursor: string | undefined): Promise<SearchAnswer> => {
      const asked = { ...params, size: String(PAGE_SIZE), total: 'false', ...(cursor === undefined ? {} : { cursor }) };
      return searches.run(request, reply, signal => searcher.search(asked, signal));
    };
    const names = fields === undefined ? undefined : fields.split(',').map(name => name.trim());
    // With the first page a mistake is still an answer of its own.
    const first = await page(undefined);
    reply
      .type(FORMS[format as keyof typeof FORMS])
      .header('content-disposition', `attachment; filename="logs.${format}"`);
    return reply.send(Readable.from(texts(first, page, format === 'csv' ? csvOf(names) : ndjsonOf(names))));
  });
}

interface Writer {
  readonly head: string;
  line(event: StoredEvent): string;
}

async function* texts(
  first: SearchAnswer,
  next: (cursor: string | undefined) => Promise<SearchAnswer>,
  { head, line }: Writer,
): AsyncGenerator<string> {
  if (head !== '') yield head;
  for (let page = first; ; page = await next(page.cursor)) {
    if (page.hits.length > 0) yield page.hits.map(line).join('');
    if (page.cursor === undefined || page.hits.length === 0) return;
  }
}

function csvOf(names: readonly string[] = CSV_FIELDS): Writer {
  return {
    head: `${csvHead(names)}\r\n`,
    line: event => `${csvLine(names.map(name => textOf(fieldAt(event, name))))}\r\n`,
  };
}

function ndjsonOf(names: readonly string[] | undefined): Writer {
  if (names === undefined) return { head: '', line: event => `${JSON.stringify(event)}\n` };
  const picked = (event: StoredEvent): string =>
    JSON.stringify(Object.fromEntries(names.map(name => [name, fieldAt(event, name)])));
  return { head: '', line: event => `${picked(event)}\n` };
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
