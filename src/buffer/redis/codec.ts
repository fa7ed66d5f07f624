import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } from 'node:zlib';
import type { Chunk } from '../../core/contracts.ts';
import { LongshoreError } from '../../core/errors.ts';

/*
 * A job is one chunk:
 *
 *   id    <chunk id, "." as "-">-<first 16 hex digits of SHA-256 of the compressed chunk>
 *   data  { v: 1, chunk, day, events, min, max, bytes, z, ledger? }
 *
 * `z` is the chunk's file, zstd with its checksum, in base64 (BullMQ keeps data as JSON). The hash is in the id because
 * the ids of chunks are unique in one data folder only, and Redis gets them from many machines: two different chunks
 * must never look like one that is offered twice.
 */
export interface JobData {
  v: 1;
  chunk: string;
  day: string;
  events: number;
  min: number;
  max: number;
  bytes: number;
  z: string;
  /** What the ledger counts of it, as in `keys.ts`. */
  ledger?: string;
}

export interface Job {
  id: string;
  data: JobData;
  /** Bytes of `z`, which is nearly all that Redis keeps of it. */
  size: number;
}

/** A chunk as it comes out of Redis. */
export interface QueuedChunk {
  /** The job's id: unique over all machines, usable as a file name. */
  readonly id: string;
  /** `YYYY.MM.DD`. */
  readonly day: string;
  readonly events: number;
  /** Event times, epoch milliseconds. */
  readonly minTime: number;
  readonly maxTime: number;
  /** The NDJSON, in the form in which it was written at intake. */
  readonly body: Buffer;
  readonly ledger: string;
}

const DAY = /^\d{4}\.\d\d\.\d\d$/;
// zlib's step: each one is a way to the thread pool and back, and at the default (16 kB) a chunk takes dozens.
const MIN_CHUNK_SIZE = 16_384;
// Packing a usual chunk of 600 kB in place takes 0.6 ms, and 0.9 ms of CPU by way of the thread pool; unpacking 0.4 and 0.6.
// Larger ones would hold up everything else for too long.
const MAX_SYNC_BYTES = 1_500_000;

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

export async function encodeJob(chunk: Chunk, body: Buffer, level: number, ledger = ''): Promise<Job> {
  const options = {
    chunkSize: Math.max(MIN_CHUNK_SIZE, body.length >>> 2),
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
  };
  const packed = body.length <= MAX_SYNC_BYTES ? zstdCompressSync(body, options) : await compress(body, options);
  const z = packed.toString('base64');
  return {
    id: `${chunk.id.replace(/[^A-Za-z0-9_-]/g, '-')}-${hash('sha256', packed).slice(0, 16)}`,
    data: {
      v: 1,
      chunk: chunk.id,
      day: chunk.day,
      events: chunk.events,
      min: chunk.minTime,
      max: chunk.maxTime,
      bytes: body.length,
      z,
      ...(ledger === '' ? {} : { ledger }),
    },
    size: z.length,
  };
}

/** Largest chunk, uncompressed, that is unpacked. A larger one is a dead letter. */
const MAX_CHUNK_BYTES = 256_000_000;

/**
 * @throws LongshoreError LS_REDIS_JOB_NEWER (retryable: another worker may know the version) or LS_REDIS_JOB_BROKEN.
 */
export async function decodeJob(id: string, data: unknown, maxBytes = MAX_CHUNK_BYTES): Promise<QueuedChunk> {
  const job = data as Partial<JobData> | null;
  if (typeof job !== 'object' || job === null) throw broken('it has no data');
  if (typeof job.v === 'number' && job.v > 1) {
    throw new LongshoreError('LS_REDIS_JOB_NEWER', `Job ${id} has version ${job.v}, this worker knows 1.`, {
      retryable: true,
      fix: 'Update this worker.',
    });
  }
  if (
    job.v !== 1 ||
    typeof job.day !== 'string' ||
    !DAY.test(job.day) ||
    typeof job.z !== 'string' ||
    !isCount(job.events) ||
    !isCount(job.bytes) ||
    !Number.isFinite(job.min) ||
    !Number.isFinite(job.max)
  )
    throw broken('its fields are not those of a chunk');
  if (job.bytes > maxBytes) throw broken(`it holds ${job.bytes} bytes, more than ${maxBytes}`);
  const body = await unpack(job.z, job.bytes);
  const ledger = typeof job.ledger === 'string' ? job.ledger : '';
  return { id, day: job.day, events: job.events, minTime: job.min!, maxTime: job.max!, body, ledger };
}

/** What there is of a job that cannot be decoded, so that a dead letter keeps it: the job's data as JSON. */
export function brokenJob(id: string, data: unknown): QueuedChunk {
  const { day, events } = (data ?? {}) as Partial<JobData>;
  return {
    id,
    day: typeof day === 'string' && DAY.test(day) ? day : '',
    events: isCount(events) ? events : 0,
    minTime: 0,
    maxTime: 0,
    body: Buffer.from(JSON.stringify(data) ?? ''),
    ledger: '',
  };
}

async function unpack(z: string, bytes: number): Promise<Buffer> {
  let body: Buffer;
  try {
    const packed = Buffer.from(z, 'base64');
    const options = { maxOutputLength: Math.max(1, bytes), chunkSize: Math.max(MIN_CHUNK_SIZE, bytes) };
    body = bytes <= MAX_SYNC_BYTES ? zstdDecompressSync(packed, options) : await decompress(packed, options);
  } catch (cause) {
    throw broken('it cannot be unpacked', cause);
  }
  if (body.length !== bytes) throw broken(`it unpacks to ${body.length} bytes instead of ${bytes}`);
  return body;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function broken(why: string, cause?: unknown): LongshoreError {
  return new LongshoreError('LS_REDIS_JOB_BROKEN', `The job is not a whole chunk: ${why}.`, { cause });
}
