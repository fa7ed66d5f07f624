import type { Lifecycle } from '../../core/contracts.ts';
import type { LedgerExchange, ProcessReport } from '../../ledger/keeper.ts';
import type { QueueCounts } from '../../ledger/ledger.ts';
import { Connection } from './connection.ts';
import { redisFailure } from './failure.ts';
import { keysOf } from './keys.ts';
import type { RedisBufferOptions } from './options.ts';

/** Where the processes round one Redis put their ledgers together; see `keys.ts` for what lies there. */
export class RedisLedger implements LedgerExchange, Lifecycle {
  readonly #connection: Connection;
  readonly #keys: ReturnType<typeof keysOf>;
  /** By source: what Redis last said was taken. */
  readonly #seen = new Map<string, Map<string, number>>();

  /** @throws LongshoreError LS_REDIS_URL, LS_REDIS_CA_FILE */
  constructor(options: RedisBufferOptions) {
    this.#connection = new Connection(options, 'commands');
    this.#keys = keysOf(options.queue);
  }

  async start(): Promise<void> {
    this.#connection.open();
  }

  async stop(): Promise<void> {
    this.#connection.close();
  }

  /** @throws RedisFailure */
  async publish(report: ProcessReport): Promise<void> {
    const { reports, taken, inFlight } = this.#keys;
    const { source, ledger } = report;
    const seen = this.#seen.get(source);
    const counts = Object.keys(ledger.taken).flatMap(name => [name, seen?.get(name) ?? 0]);
    const reply = await this.#ask(() =>
      this.#connection.script(
        'longshorePublish',
        [reports, taken, inFlight],
        [source, JSON.stringify(report), JSON.stringify(counts)],
      ),
    );
    this.#seen.set(source, new Map(pairs(reply).map(([name, count]) => [name, Number(count)])));
  }

  /** @throws RedisFailure */
  async read(): Promise<{ reports: ProcessReport[]; queue: Map<string, QueueCounts> }> {
    const keys = [this.#keys.reports, this.#keys.moved, this.#keys.taken, this.#keys.inFlight];
    const reply = await this.#ask(() => this.#connection.script('longshoreReadLedger', keys, []));
    const [reports, moved, taken, inFlight] = (reply as unknown[]).map(pairs);
    const queue = new Map<string, Record<keyof QueueCounts, Map<string, number>>>();
    const fill = (name: keyof QueueCounts, entries: [string, string][]): void => {
      for (const [field, count] of entries) {
        const end = field.indexOf('\n');
        const source = field.slice(0, end);
        let counts = queue.get(source);
        if (counts === undefined) {
          counts = { moved: new Map(), taken: new Map(), in_flight: new Map() };
          queue.set(source, counts);
        }
        counts[name].set(field.slice(end + 1), Number(count));
      }
    };
    fill('moved', moved!);
    fill('taken', taken!);
    fill('in_flight', inFlight!);
    return { reports: reports!.flatMap(([, text]) => parseReport(text)), queue };
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    this.#connection.assertReady();
    try {
      return await question();
    } catch (error) {
      throw redisFailure(error);
    }
  }
}

function pairs(flat: unknown): [string, string][] {
  const texts = (flat as unknown[]).map(String);
  const found: [string, string][] = [];
  for (let i = 0; i + 1 < texts.length; i += 2) found.push([texts[i]!, texts[i + 1]!]);
  return found;
}

/** One of a build that says something else is left out. */
function parseReport(text: string): ProcessReport[] {
  try {
    const report = JSON.parse(text) as ProcessReport;
    return typeof report.source === 'string' && typeof report.ledger?.received === 'object' ? [report] : [];
  } catch {
    return [];
  }
}
