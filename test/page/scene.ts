import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isoTime } from '../../src/base/time/iso.ts';
import { Longshore } from '../support/longshore.ts';
import { sendEvents } from './send-events.ts';

/* A service where something has happened that people look for on the page: a failure at night, an alert, a line that is not parsed, a dead letter. */

const DAY_MS = 86_400_000;

/** The latest 03:12 on a clock in Seoul that has been over for an hour, epoch milliseconds. */
function threeTwelve(now: number): number {
  const today = Math.floor(now / DAY_MS) * DAY_MS + (18 * 60 + 12) * 60_000;
  return today > now - 3_600_000 ? today - DAY_MS : today;
}

/** When it happened, epoch milliseconds. */
export const AT = threeTwelve(Date.now());

/** The night: the database has no place left, then the shop fails four times; the same happened twice before. */
function nights(): object[] {
  return [0, 2, 4].flatMap(days => {
    const at = (seconds: number): string => isoTime(AT - days * DAY_MS + seconds * 1000);
    const event = (service: string, level: string, seconds: number, message: string) => ({
      ...{ '@timestamp': at(seconds), service, container_name: `${service}-1`, level, message },
    });
    return [
      ...[0, 10, 20].map(n => event('mail', 'INFO', n, `sent letter ${n}`)),
      event('db', 'FATAL', 4, 'sorry, too many clients already: 100 of 100'),
      event('shop', 'INFO', 3, 'GET /cart 200'),
      ...[5, 6, 7, 8].map(n => event('shop', 'ERROR', n, `checkout ${n} failed: no connection to db:5432`)),
    ];
  });
}

const RULES = {
  'mail.yaml': `name: Mail stuck
type: frequency
index: docker-logs-*
filter: [{ query: { query_string: { query: 'service:mail AND level:ERROR' } } }]
num_events: 3
timeframe: { minutes: 5 }
realert: { minutes: 1 }
alert: debug
`,
};

const TILL = `# Our till.
match: { container: till }
processors:
  - grok: { field: message, patterns: ['^%{WORD:method} %{URIPATH:path} %{INT:status:int}$'] }
tests:
  - input: 'GET /cart 200'
    expect: { method: GET, status: 200 }
`;
/** What the pipeline of the till does not parse. */
export const REFUND = 'WARN refund order=7 amount=17.50';
/** Today's version of the pipeline of the dead letter, which mends it. */
const SLOW = `match: { tag: shop }
processors:
  - remove: { field: response_time, if: 'ctx.response_time == "slow"' }
`;

/** A chunk with a line that the store does not take, as the spool would leave it. */
function leaveChunk(dataDir: string): void {
  const time = Math.floor(Date.now() / 1000) * 1000 - 60_000;
  const line = {
    ...{ _id: 'e0', seq: time * 1000, '@timestamp': isoTime(time), message: 'order 1 was slow' },
    ...{ response_time: 'slow', container_name: 'shop-1', tag: 'shop' },
  };
  const dir = join(dataDir, 'data', 'chunks');
  mkdirSync(dir, { recursive: true });
  const day = isoTime(time).slice(0, 10).replaceAll('-', '');
  writeFileSync(join(dir, `0000000000000001.hand.${day}.1.${time}.${time}.ndjson`), `${JSON.stringify(line)}\n`);
}

/** With these settings beside its own; what was sent is found. */
export async function startScene(
  set: Record<string, string>,
): Promise<{ running: Longshore; remove(): Promise<void> }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'longshore-scene-'));
  leaveChunk(dataDir);
  const running = await Longshore.start({
    dataDir,
    set: { ...set, 'http.edit_definitions': 'true' },
    rules: RULES,
    pipelines: { 'till.yaml': TILL, 'slow.yaml': SLOW },
  });
  const remove = async (): Promise<void> => {
    await running.remove();
    rmSync(dataDir, { recursive: true, force: true });
  };
  await sendEvents(running.url, [
    ...nights(),
    ...[1, 2, 3].map(n => ({ service: 'mail', level: 'ERROR', message: `no letter ${n}` })),
    ...['GET /cart/1 200', 'GET /cart/2 200', REFUND].map(message => ({ container_name: 'till', message })),
  ]);
  await running.untilReady();
  return { running, remove };
}
