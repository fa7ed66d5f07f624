import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { replaceFile } from '../base/disk/replace-file.ts';
import { listChunks } from '../buffer/spool/chunk-files.ts';
import { decodeLog, encodeRecord, LOG_MAGIC, type SpoolRecord } from '../buffer/spool/record.ts';
import type { DocumentForm } from '../core/contracts.ts';
import { logger } from '../core/log.ts';
import { toElasticsearchForm, toEmbeddedForm } from '../schema/forms.ts';
import { deadLetters } from '../store/embedded/process/chunk-check.ts';

const log = logger('service');
const ACTION = '{"create":';
const LINE_FEED = 10;

/**
 * What lies in the spool was written in the form of the store that was configured then. When that was another one, it is
 * written anew, file by file, under the same names: each is the old one or the new one whenever this is interrupted.
 * To be called before the spool opens, by who has the lock.
 */
export async function adaptForm(dataDir: string, form: DocumentForm): Promise<void> {
  let changed = 0;
  for (const { id, path } of await listChunks(join(dataDir, 'chunks'), async () => 0).catch(() => [])) {
    if ((await formOf(path)) === otherThan(form)) {
      await replaceFile(path, [await adapted(await readFile(path), form, id, dataDir)]);
      changed++;
    }
  }
  const spool = join(dataDir, 'spool');
  const names = (await readdir(spool, { recursive: true }).catch(() => [])) as string[];
  for (const name of names.filter(each => /(^|\/)\d{16}\.(log|done)$/.test(each))) {
    if (await adaptLog(join(spool, name), form, dataDir)) changed++;
  }
  if (changed > 0) log.info({ files: changed, form }, 'what the spool held for another store was written anew');
}

const otherThan = (form: DocumentForm): DocumentForm => (form === 'embedded' ? 'elasticsearch' : 'embedded');

async function adaptLog(path: string, form: DocumentForm, dataDir: string): Promise<boolean> {
  const { records } = decodeLog(await readFile(path));
  const first = records.find(({ body }) => body.length > 0);
  if (first === undefined || formOfText(first.body) === form) return false;
  const parts: Buffer[] = [LOG_MAGIC];
  for (const record of records) parts.push(...(await adaptRecord(record, form, basename(path), dataDir)));
  await replaceFile(path, parts);
  return true;
}

async function adaptRecord({ meta, body }: SpoolRecord, form: DocumentForm, id: string, dataDir: string) {
  const bodies: Buffer[] = [];
  let at = 0;
  const days = meta.d?.map(([day, events, bytes, minTime, maxTime]): NonNullable<typeof meta.d>[number] => {
    bodies.push(body.subarray(at, at + bytes));
    at += bytes;
    return [day, events, bytes, minTime, maxTime];
  });
  for (let i = 0; i < bodies.length; i++) {
    bodies[i] = await adapted(bodies[i]!, form, id, dataDir);
    days![i]![2] = bodies[i]!.length;
  }
  return encodeRecord(days === undefined ? meta : { ...meta, d: days }, bodies);
}

/** Documents in the other form. A line that is no document cannot be there: it goes where the store puts such lines. */
async function adapted(content: Buffer, form: DocumentForm, id: string, dataDir: string): Promise<Buffer> {
  const lines = linesOf(content);
  const documents: string[] = [];
  const bad: { line: number; bytes: Uint8Array }[] = [];
  const step = form === 'embedded' ? 2 : 1;
  for (let i = 0; i < lines.length; i += step) {
    try {
      const text = lines[i]!.toString('utf8');
      documents.push(
        form === 'embedded' ? toEmbeddedForm(text, lines[i + 1]!.toString('utf8')) : toElasticsearchForm(text),
      );
    } catch {
      bad.push({ line: i + 1, bytes: Buffer.concat(lines.slice(i, i + step)) });
    }
  }
  if (bad.length > 0) {
    const letters = bad.map(each => ({ ...each, type: 'invalid_json' as const, reason: 'not valid JSON' }));
    const folder = join(dataDir, 'store', 'dead-letters');
    await mkdir(folder, { recursive: true });
    await replaceFile(join(folder, `${id}.ndjson`), deadLetters(id, letters));
  }
  return Buffer.from(documents.join(''));
}

function linesOf(content: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < content.length; ) {
    const end = content.indexOf(LINE_FEED, start);
    const line = content.subarray(start, end === -1 ? content.length : end);
    if (line.length > 0) lines.push(line);
    if (end === -1) break;
    start = end + 1;
  }
  return lines;
}

async function formOf(path: string): Promise<DocumentForm | undefined> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(ACTION.length), 0, ACTION.length, 0);
    return bytesRead === 0 ? undefined : formOfText(buffer);
  } finally {
    await file.close();
  }
}

function formOfText(content: Buffer): DocumentForm {
  return content.toString('latin1', 0, ACTION.length) === ACTION ? 'elasticsearch' : 'embedded';
}
