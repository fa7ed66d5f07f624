import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import type { QueryNode } from '../../../src/core/contracts.ts';
import type { Fields } from '../../../src/core/event.ts';
import { DECLARED_FIELDS } from '../../../src/core/schema/fields.ts';
import { FieldCensus } from '../../../src/store/embedded/process/choose-columns.ts';
import { partFields } from '../../../src/store/embedded/process/form.ts';
import { withRest } from '../../../src/store/embedded/process/forms.ts';
import { toDuckdb } from '../../../src/store/query/duckdb.ts';
import type { FoundColumns } from '../../../src/store/query/found-columns.ts';
import { compilePredicate } from '../../../src/store/query/predicate.ts';

/** A document as a hit is given back: `_id`, `seq`, `@timestamp`, declared fields and the rest side by side. */
export type Document = Fields & { _id: string };

/** The moment that `now` means in the tests. */
export const NOW = Date.parse('2026-11-20T14:00:00.000Z');

/** Ids of the documents that the predicate finds, sorted. */
export function idsInMemory(documents: readonly Document[], query: QueryNode): string[] {
  const matches = compilePredicate(query, NOW);
  return documents
    .filter(matches)
    .map(document => document._id)
    .sort();
}

const TYPES = { keyword: 'VARCHAR', text: 'VARCHAR', number: 'DOUBLE', object: 'JSON' };
const DECLARED: readonly [name: string, type: string][] = [
  ['_id', 'VARCHAR'],
  ['seq', 'BIGINT'],
  ['@timestamp', 'TIMESTAMP'],
  ...Object.entries(DECLARED_FIELDS).map(([name, type]): [string, string] => [name, TYPES[type]]),
];
const NAMES = DECLARED.map(([name]) => name);
const COLUMNS = [...DECLARED, ['fields', 'JSON']].map(([name, type]) => `'${name}': '${type}'`).join(', ');

/** The documents in a real DuckDB, loaded from NDJSON as the embedded store does it. */
export class DuckdbTable {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;

  /** Its columns for undeclared fields. */
  readonly found: FoundColumns;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, found: FoundColumns) {
    this.found = found;
    this.#instance = instance;
    this.#connection = connection;
  }

  /** `parted`: undeclared fields that many of them have are columns, as in a segment. */
  static async of(documents: readonly Document[], parted = false): Promise<DuckdbTable> {
    const folder = mkdtempSync(join(tmpdir(), 'longshore-query-'));
    try {
      const path = join(folder, 'chunk.ndjson');
      writeFileSync(path, documents.map(document => `${JSON.stringify(embeddedForm(document))}\n`).join(''));
      const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
      const connection = await instance.connect();
      const lines = `read_json('${path}', format = 'newline_delimited', columns = {${COLUMNS}})`;
      const census = new FieldCensus();
      if (parted) for (const document of documents) census.add(embeddedForm(document)['fields']);
      const found = census.chosen();
      await connection.run(`CREATE TABLE events AS ${partFields(lines, NAMES, found)}`);
      const keys = await connection.runAndReadAll('SELECT DISTINCT unnest(json_keys(fields)) FROM events');
      const rest = keys.getRows().map(([key]) => String(key));
      return new DuckdbTable(instance, connection, parted ? withRest(found, rest) : found);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  async ids(query: QueryNode): Promise<string[]> {
    const { sql, params } = toDuckdb(query, NOW, this.found);
    const reader = await this.#connection.runAndReadAll(`SELECT _id FROM events WHERE ${sql}`, params as DuckDBValue[]);
    return reader
      .getRows()
      .map(row => String(row[0]))
      .sort();
  }

  async rows(sql: string, params: DuckDBValue[] = []): Promise<unknown[][]> {
    return (await this.#connection.runAndReadAll(sql, params)).getRows();
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}

function embeddedForm(document: Document): Fields {
  const line: Fields = {};
  const rest: Fields = {};
  for (const [name, value] of Object.entries(document)) {
    const own = ['_id', 'seq', '@timestamp'].includes(name) || Object.hasOwn(DECLARED_FIELDS, name);
    (own ? line : rest)[name] = value;
  }
  if (Object.keys(rest).length > 0) line['fields'] = rest;
  return line;
}

/** Fills in what every event has. */
export function document(given: Fields, index: number): Document {
  return {
    _id: `d${index}`,
    seq: 1000 + index,
    '@timestamp': new Date(NOW - 60_000 * (index + 1)).toISOString(),
    ...given,
  };
}
