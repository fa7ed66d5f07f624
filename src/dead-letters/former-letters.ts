import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeadLetters, NewDeadLetter } from '../core/contracts.ts';
import { logger } from '../core/log.ts';
import { linesOf } from './files/letter-file.ts';
import { fieldsOf, lettersOfChunk } from './files/split.ts';
import { letterOfRefusal } from './letter-forms.ts';

const log = logger('dead-letters');
const DAY_FILE = /^\d{4}\.\d\d\.\d\d\.ndjson$/;
const LINES_AT_ONCE = 500;

/**
 * The dead letters of builds before this format: `data_dir/dead-letters/<day>.ndjson`, an object a line: refusals of
 * Elasticsearch, and whole jobs of Redis (`type: redis_job`). Taken over, the files go; a crash in between repeats it.
 */
export async function importFormer(dir: string, letters: DeadLetters): Promise<void> {
  const names = await readdir(dir).catch(() => []);
  for (const name of names.filter(each => DAY_FILE.test(each))) {
    const path = join(dir, name);
    let count = 0;
    for await (const lines of linesOf(path)) {
      for (let start = 0; start < lines.length; start += LINES_AT_ONCE) {
        const some = lines.slice(start, start + LINES_AT_ONCE);
        const found = some.flatMap(({ line, offset }) => formerLetters(line, `${name}:${offset}`));
        await letters.append(found);
        count += found.length;
      }
    }
    await unlink(path);
    log.info({ file: path, letters: count }, 'dead letters of an earlier build were taken over');
  }
}

function formerLetters(line: Buffer, where: string): NewDeadLetter[] {
  const former = fieldsOf(line);
  if (former === undefined) {
    // Nobody knows what it was: it is kept as it is.
    const { type, reason } = { type: 'unreadable', reason: `a line of an earlier build's dead letters (${where})` };
    const lost = { day: '', events: 1, at: Date.now(), type, reason, source: 'longshore' };
    return line.length === 0 ? [] : lettersOfChunk({ id: where, body: line, ...lost });
  }
  const text = (name: string): string => String(former[name] ?? '');
  const at = typeof former['at'] === 'number' ? former['at'] : Date.now();
  if (former['type'] !== 'redis_job') {
    return [
      letterOfRefusal({
        id: text('id'),
        day: text('day'),
        chunk: text('chunk'),
        index: text('index'),
        status: Number(former['status'] ?? 0),
        type: text('type'),
        reason: text('reason'),
        document: text('document'),
        at,
      }),
    ];
  }
  const reason = text('reason');
  return lettersOfChunk({
    id: text('chunk'),
    day: text('day'),
    events: Number(former['events'] ?? 0),
    body: Buffer.from(text('body')),
    type: reason.includes('too many workers died') ? 'redis_job_stalled' : 'redis_job_failed',
    reason,
    source: 'redis',
    at,
  });
}
