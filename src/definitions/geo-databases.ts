import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Reader, Response } from 'mmdb-lib';
import { text } from '../base/options.ts';
import { lazily } from '../base/process/lazily.ts';
import { messageOf } from '../core/errors.ts';
import type { Fields } from '../core/event.ts';
import { ipBytes } from '../parse/ip.ts';
import type { GeoDatabase, GeoDatabases } from '../parse/processor.ts';

const mmdb = lazily<typeof import('mmdb-lib')>('mmdb-lib');

/** `geoip` of the configuration. */
export const geoipSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    folder: text(
      'Folder of MaxMind DB files (`GeoLite2-City.mmdb`, `GeoLite2-ASN.mmdb`, ...), relative to the working folder, for the processors `geoip` and `ip_location`. They are read when a pipeline with one is loaded, and again at a reload when they have changed; nothing is downloaded. Without it these processors do nothing.',
    ),
  },
} as const;

/** The files of one folder. A file is read when a pipeline first asks for it, and kept in memory, once for each process. */
export class GeoFolder implements GeoDatabases {
  readonly #folder: string;
  readonly #reasons = new Map<string, string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  find(file: string): GeoDatabase | undefined {
    if (file !== basename(file)) {
      this.#reasons.set(file, ': it must be the name of a file alone');
      return undefined;
    }
    try {
      return open(join(this.#folder, file));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      this.#reasons.set(file, code === 'ENOENT' ? ': it is not there' : `: ${messageOf(error)}`);
      return undefined;
    }
  }

  reasonOf(file: string): string {
    return this.#reasons.get(file) ?? '';
  }
}

interface OpenFile {
  readonly version: string;
  readonly database: GeoDatabase;
}

/** By path; read again only when the file has changed. */
const opened = new Map<string, OpenFile>();

function open(path: string): GeoDatabase {
  const { size, mtimeMs } = statSync(path);
  const version = `${size} ${mtimeMs}`;
  const known = opened.get(path);
  if (known?.version === version) return known.database;
  const database = new MaxMindDatabase(readFileSync(path));
  opened.set(path, { version, database });
  return database;
}

/** Records that were read last are kept: access logs repeat few addresses. */
const MAX_RECORDS = 4096;

class MaxMindDatabase implements GeoDatabase {
  readonly type: string;
  readonly #reader: Reader<Response>;

  constructor(bytes: Buffer) {
    const records = new Map<string | number, unknown>();
    const cache = {
      get: (at: string | number): unknown => records.get(at),
      set: (at: string | number, record: unknown): void => {
        if (records.size >= MAX_RECORDS) records.clear();
        records.set(at, record);
      },
    };
    const { Reader } = mmdb();
    this.#reader = new Reader(bytes, { cache });
    this.type = this.#reader.metadata.databaseType;
  }

  look(address: string): ReturnType<GeoDatabase['look']> {
    const bytes = ipBytes(address);
    if (bytes === undefined) return undefined;
    // As it is understood: without a zone, and IPv4 where it is that.
    const plain = bytes.length === 4 ? bytes.join('.') : address.replace(/%.*/, '');
    const [record, prefix] = this.#reader.getWithPrefixLength(plain);
    return { record: (record as Fields | null) ?? undefined, network: networkOf(bytes, prefix) };
  }
}

function networkOf(bytes: Uint8Array, prefix: number): string {
  const base = bytes.map((byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, prefix - 8 * i))));
  if (base.length === 4) return `${base.join('.')}/${prefix}`;
  const groups = Array.from({ length: 8 }, (_, i) => ((base[2 * i]! << 8) | base[2 * i + 1]!).toString(16));
  return `${groups.join(':')}/${prefix}`;
}
