import { type DuckDBBlobValue, type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';

export interface DatabaseOptions {
  memoryLimitBytes: number;
  threads: number;
  /** Where sorts spill to. */
  spillFolder: string;
}

export type Value = string | number | boolean | null;

/** The one file that knows DuckDB. A database in memory: all that lasts are the files it reads and writes. */
export class Database {
  readonly #instance: DuckDBInstance;

  private constructor(instance: DuckDBInstance) {
    this.#instance = instance;
  }

  static async open(options: DatabaseOptions): Promise<Database> {
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: `${Math.floor(options.memoryLimitBytes / 1000)}KB`,
      threads: String(options.threads),
      temp_directory: options.spillFolder,
      max_temp_directory_size: '4GB',
      preserve_insertion_order: 'false',
      // Nothing is fetched from anywhere: JSON and Parquet are built in.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
      enable_object_cache: 'true',
    });
    const connection = await instance.connect();
    // All times are UTC; the setting is global once the configuration is locked.
    await connection.run("SET GLOBAL TimeZone = 'UTC'");
    // No `parquet_metadata_cache`: it counts a quarter of what it takes, and keeps the footers of files that are gone.
    await connection.run('SET lock_configuration = true');
    connection.closeSync();
    return new Database(instance);
  }

  async connect(): Promise<Session> {
    return new Session(await this.#instance.connect());
  }
}

/** One statement at a time. */
export class Session {
  readonly #connection: DuckDBConnection;

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  /** All rows; BIGINT as number. */
  async rows(sql: string, params: readonly unknown[] = []): Promise<Value[][]> {
    const rows: Value[][] = [];
    await this.each(sql, params, row => {
      rows.push(row);
      return true;
    });
    return rows;
  }

  /**
   * Calls `take` with each row, until it returns false. The result is complete before the first row: one that is
   * still being made ends early without an error when the statement is interrupted.
   */
  async each(sql: string, params: readonly unknown[], take: (row: Value[]) => boolean): Promise<void> {
    const result = await this.#connection.run(sql, params as DuckDBValue[]);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      for (const row of chunk.getRows()) {
        for (let i = 0; i < row.length; i++) if (typeof row[i] === 'bigint') row[i] = Number(row[i]);
        if (!take(row as Value[])) return;
      }
    }
  }

  /** The values of the only column of a statement, until `take` returns false. */
  async eachText(sql: string, params: readonly unknown[], take: (text: string) => boolean): Promise<void> {
    const result = await this.#connection.run(sql, params as DuckDBValue[]);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      for (const text of chunk.getColumnValues(0)) if (!take(text as string)) return;
    }
  }

  /** The bytes of the only column (BLOB) of a statement, for statements that nobody interrupts. */
  async eachBytes(sql: string, take: (bytes: Uint8Array) => void): Promise<void> {
    const result = await this.#connection.stream(sql);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      for (const value of chunk.getColumnValues(0)) take((value as DuckDBBlobValue).bytes);
    }
  }

  /** Calls `take` with some rows after another while they are made: flat memory, for statements that nobody interrupts. */
  async stream(sql: string, take: (rows: Value[][]) => Promise<void>): Promise<void> {
    const result = await this.#connection.stream(sql);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      const rows = chunk.getRows();
      for (const row of rows) {
        for (let i = 0; i < row.length; i++) if (typeof row[i] === 'bigint') row[i] = Number(row[i]);
      }
      await take(rows as Value[][]);
    }
  }

  /**
   * Calls `take` with the values of some rows after another, column by column, as they lie in memory (their nulls are not told):
   * for columns of numbers, and statements that nobody interrupts.
   */
  async eachVectors(sql: string, take: (columns: ArrayLike<number | bigint>[], rows: number) => void): Promise<void> {
    const result = await this.#connection.stream(sql);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      const columns = Array.from({ length: chunk.columnCount }, (_, i) => chunk.getColumnVector(i));
      take(
        columns.map(column => (column as unknown as { items: ArrayLike<number | bigint> }).items),
        chunk.rowCount,
      );
    }
  }

  async run(sql: string): Promise<void> {
    await this.#connection.run(sql);
  }

  /** Ends the running statement with an error; without one it does nothing. */
  interrupt(): void {
    this.#connection.interrupt();
  }

  close(): void {
    this.#connection.closeSync();
  }
}

/** True when a statement ended because it was interrupted. */
export function isInterrupt(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('INTERRUPT');
}

/** True when a statement did not fit into the memory limit or its spill folder. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && /^Out of Memory/i.test(error.message);
}

/** True when a statement failed for what stands in a file, not for the disk, the memory or the number of open files. */
export function isBadData(error: unknown): boolean {
  return error instanceof Error && /^(Invalid Input|Conversion|Invalid) Error/.test(error.message);
}

/** True when a statement failed for want of descriptors or memory: it says nothing about the files that it reads. */
export function isPassing(error: unknown): boolean {
  if (isOutOfMemory(error)) return true;
  return (
    error instanceof Error && /Too many open files|Cannot allocate memory|Resource temporarily/i.test(error.message)
  );
}

/** True when a file that a statement names does not exist. */
export function isMissingFile(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('IO Error: No files found');
}
