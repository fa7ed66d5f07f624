/* Access lines of one day as the shipped pipeline leaves them, no two alike: chunks as the spool makes them. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isoTime } from '../../../src/base/time/iso.ts';
import type { Chunk } from '../../../src/core/contracts.ts';
import { METHODS, MONTHS, STATUSES } from '../lines/access.ts';
import { Dice, HOSTS, NAMES, WORDS } from '../lines/words.ts';

export const BEGIN = Date.UTC(2026, 10, 20);
export const DAY_MS = 86_400_000;
const CHUNK = 10_000;
/** Each has 256 of 5 million events. */
const ADDRESSES = 19_531;
const RARE = 'Quetzalcoatl';

/** One line of a chunk: what the pipeline of access logs leaves of a line. */
function textOf(dice: Dice, i: number, time: number, agents: readonly string[]): string {
  const response = dice.pick(STATUSES);
  const verb = dice.pick(METHODS);
  const clientip = addressOf(dice.next(ADDRESSES));
  const auth = dice.once(20) ? dice.pick(NAMES) : '-';
  const httpversion = dice.pick(['1.0', '1.1', '2.0']);
  const bytes = response === 304 || dice.once(12) ? undefined : dice.next(50_000);
  const path = `/${dice.pick(WORDS)}/${dice.pick(WORDS)}${dice.once(2) ? `/${dice.next(1000)}` : ''}`;
  const request = dice.once(500_000) ? `/${RARE}s/${dice.next(100)}` : path;
  const referrer = dice.once(2) ? undefined : `https://${dice.pick(HOSTS)}/${dice.pick(WORDS)}`;
  const agent = dice.pick(agents);
  const at = isoTime(time);
  const stamp = `${at.slice(8, 10)}/${MONTHS[Number(at.slice(5, 7)) - 1]}/${at.slice(0, 4)}:${at.slice(11, 19)} +0000`;
  const container = dice.next(60);
  return `${JSON.stringify({
    _id: `${frame(i)}.${i % 1000}`,
    seq: 1_795_000_000_000_000 + i,
    '@timestamp': isoTime(time - (time % 1000)),
    level: response >= 500 ? 'ERROR' : response >= 400 ? 'WARN' : 'INFO',
    service: `web-${container % 12}`,
    container_id: `c0ffee${String(container).padStart(58, '0')}`,
    message: `${clientip} - ${auth} [${stamp}] "${verb} ${request} HTTP/${httpversion}" ${response} ${bytes ?? '-'} "${referrer ?? '-'}" "${agent}"`,
    user_id: auth === '-' ? undefined : auth,
    ip_address: clientip,
    container_name: `web-${container % 12}-${container}`,
    stream: 'stdout',
    tag: 'docker.nginx',
    fields: { clientip, ident: '-', auth, verb, request, httpversion, response, bytes, referrer, agent },
  })}\n`;
}

const AGENTS = 400;

/** One is 10.1.2.3. */
const addressOf = (n: number): string =>
  n === 0 ? '10.1.2.3' : `${1 + ((n * 7919) % 222)}.${(n * 31) % 256}.${n >> 8}.${n % 256}`;

/** What the ids of a frame begin with. */
const frame = (i: number): string =>
  createHash('sha256')
    .update(String(Math.floor(i / 1000)))
    .digest('base64url')
    .slice(0, 16);

/** As they come: each chunk has what arrived in a few seconds of one day. */
export function* chunks(dir: string, events: number, from: number, length: number, seed: number): Generator<Chunk> {
  const dice = new Dice(seed);
  const agents = Array.from({ length: AGENTS }, () => dice.agent());
  const step = length / events;
  for (let first = 0, end = 0; first < events; first = end) {
    const text: string[] = [];
    const midnight = (Math.floor((from + first * step) / DAY_MS) + 1) * DAY_MS;
    end = Math.min(events, first + CHUNK, Math.max(first + 1, Math.floor((midnight - from) / step)));
    for (let i = first; i < end; i++) text.push(textOf(dice, i, Math.floor(from + i * step), agents));
    const id = `${String(first).padStart(16, '0')}.s${seed}`;
    const path = join(dir, `${id}.ndjson`);
    const body = text.join('');
    writeFileSync(path, body);
    const minTime = Math.floor((from + first * step) / 1000) * 1000;
    const maxTime = Math.floor(from + (end - 1) * step);
    const day = isoTime(minTime).slice(0, 10).replaceAll('-', '.');
    yield { id, day, path, events: end - first, bytes: Buffer.byteLength(body), minTime, maxTime };
  }
}
