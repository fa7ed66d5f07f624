import { type Fields, fieldAt } from '../../core/event.ts';

/**
 * What tells an event from all others of its sender, also when it is sent again: `@metadata._id` (of Filebeat's processors
 * `fingerprint` and `add_id`, and of inputs that know ids), the place in a file, or the number in a Windows log.
 * Undefined where nothing does.
 *
 * A place in a file is told by agent, path, inode or fingerprint, and offset. It comes with the time and the text: a file
 * that is cut to nothing and written anew has another line at the same place, and a line that is lost is worse than one that
 * is there twice.
 */
export function idOfEvent(record: Fields): string | undefined {
  const given = fieldAt(record, '@metadata._id') ?? fieldAt(record, '@metadata.id');
  if (typeof given === 'string' && given !== '') return `id\0${given}`;
  const offset = fieldAt(record, 'log.offset') ?? record['offset'];
  const path = fieldAt(record, 'log.file.path') ?? record['source'];
  if (isCount(offset) && typeof path === 'string') return place(record, 'file', path, offset, FILE);
  const number = fieldAt(record, 'winlog.record_id') ?? record['record_number'];
  const channel = fieldAt(record, 'winlog.channel') ?? record['log_name'];
  if (isCount(number) && typeof channel === 'string') return place(record, 'windows', channel, number, WINDOWS);
  return undefined;
}

const FILE = [
  ...['log.file.device_id', 'log.file.inode', 'log.file.fingerprint'],
  ...['log.file.idxhi', 'log.file.idxlo', 'log.file.vol', 'stream'],
];
const WINDOWS = ['winlog.computer_name', 'computer_name'];

/** Undefined without a time or an agent: then it could be an event of another one. */
function place(record: Fields, kind: string, where: string, at: unknown, names: readonly string[]): string | undefined {
  const time = record['@timestamp'];
  const agent = fieldAt(record, 'agent.id') ?? fieldAt(record, 'beat.hostname');
  if (typeof time !== 'string' || typeof agent !== 'string') return undefined;
  let id = `${kind}\0${agent}\0${where}\0${String(at)}\0${time}`;
  for (const name of names) id += `\0${told(fieldAt(record, name))}`;
  // Last, for it may hold anything.
  return `${id}\0${told(record['message'] ?? fieldAt(record, 'event.original'))}`;
}

const isCount = (value: unknown): boolean =>
  typeof value === 'number' || typeof value === 'bigint' || (typeof value === 'string' && /^\d{1,20}$/.test(value));

const told = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';
