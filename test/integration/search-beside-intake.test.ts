import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { dockerRecord, ForwardSender } from '../support/forward-sender.ts';
import { ACCESS_LOG, Longshore } from '../support/longshore.ts';

const STORED = 100_000;
const FRAME = 1000;
const SEARCHERS = 8;
const SENT = 400;
const SEARCHES = 4 * SEARCHERS;
/** For machines on which the searches take long. */
const LONGEST_MS = 20_000;

/** What people search: a term, a text anywhere, a number, a regular expression, everything of a service. */
const queries = [
  'level:ERROR',
  'checkout AND timeout',
  'response:>=500',
  'message:/.*cart-[0-9]+70 .*/',
  'service:web',
];

describe('searches beside intake', () => {
  let longshore: Longshore;
  let sender: ForwardSender;

  beforeAll(async () => {
    longshore = await Longshore.start({ pipelines: ACCESS_LOG });
    const filler = await ForwardSender.connect(longshore.ready.forward);
    const start = Date.now() - 3_600_000;
    for (let frame = 0; frame < STORED / FRAME; frame++) {
      const records = Array.from({ length: FRAME }, (_, i) => dockerRecord(line(frame * FRAME + i)));
      filler.forward('docker.web', records, `fill-${frame}`, start + frame * 1000);
      await filler.acknowledged(frame + 1);
    }
    filler.close();
    await vi.waitFor(async () => expect((await longshore.search('service:web', { size: '1' })).total).toBe(STORED), {
      timeout: 30_000,
    });
    sender = await ForwardSender.connect(longshore.ready.forward);
  }, 300_000);
  afterAll(async () => {
    sender?.close();
    await longshore?.remove();
  });

  test('a client with one event in flight does not feel eight people searching', async () => {
    const alone = await latencies('alone', () => false);
    let isOver = false;
    const took: number[] = [];
    const searchers = Array.from({ length: SEARCHERS }, async (_, who) => {
      for (let n = who; !isOver; n++) {
        const begin = performance.now();
        const { hits } = await longshore
          .search(queries[n % queries.length]!, { size: '100' })
          // Eight at once may be more than the store's memory allows: whoever is told so tries again.
          .catch((error: Error) => {
            if (error.message.includes('LS_STORE_QUERY_MEMORY')) return { hits: undefined };
            throw error;
          });
        if (hits === undefined) continue;
        took.push(performance.now() - begin);
        expect(hits.length).toBeGreaterThan(0);
      }
    });
    const beside = await latencies('beside', () => took.length < SEARCHES).finally(() => {
      isOver = true;
    });
    await Promise.all(searchers);

    const show = (name: string, times: readonly number[]) =>
      `| ${name} | ${times.length} | ${[0.5, 0.99, 1].map(part => quantile(times, part).toFixed(1)).join(' | ')} |`;
    console.log(
      ['| | count | median ms | p99 ms | max ms |', '|---|---|---|---|---|']
        .concat(show('ack, alone', alone), show('ack, beside 8 searchers', beside), show('searches', took))
        .join('\n'),
    );
    // There was something to feel.
    expect(took.length).toBeGreaterThanOrEqual(SEARCHERS);
    // An fsync takes about a millisecond; searches that held it up took seconds. Wide, for machines that are busy.
    expect(quantile(beside, 0.5)).toBeLessThan(50);
    expect(quantile(beside, 1)).toBeLessThan(2000);
  }, 300_000);

  /** The times from sending an event to its acknowledgement, in milliseconds, one after the other. */
  async function latencies(name: string, wantsMore: () => boolean): Promise<number[]> {
    const times: number[] = [];
    const before = sender.acks.length;
    const deadline = performance.now() + LONGEST_MS;
    for (let n = 0; n < SENT || (wantsMore() && performance.now() < deadline); n++) {
      const begin = performance.now();
      sender.message('docker.web', dockerRecord(`one in flight ${n}`), `${name}-${n}`);
      await sender.acknowledged(before + n + 1);
      times.push(performance.now() - begin);
    }
    return times;
  }
});

/** Lines of an access log and of an application, deterministic, and different from one another. */
function line(n: number): string {
  if (n % 10 === 0) return `ERROR checkout of cart-${n} failed: timeout after ${n % 977} ms`;
  const status = n % 7 === 0 ? 503 : 200;
  return `203.0.113.${n % 250} - - [20/Nov/2026:13:55:36 +0000] "GET /shop/item/${n} HTTP/1.1" ${status} ${n % 9999} "-" "curl/8.5"`;
}

function quantile(times: readonly number[], part: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
}
