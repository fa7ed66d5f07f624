import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Session } from '../../../src/store/embedded/process/duckdb.ts';
import { QueryGate, type QueryTurn } from '../../../src/store/embedded/process/query-gate.ts';
import type { QueryReport } from '../../../src/store/embedded/protocol.ts';

/** Of a query that takes as long as it is expected to: a tenth of what a light one may read, and far more. */
const FEW = 25_000;
const MANY = 50_000_000;

let log: string[];
let reports: QueryReport[];
let gate: QueryGate;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  log = [];
  reports = [];
  used = undefined;
  gate = gateOf();
});
afterEach(() => vi.useRealTimers());

/** What the process has used of the processor: by default as if it had a core for each query. */
let used: (() => number) | undefined;
const cpu = (): number => used?.() ?? performance.now() * gate.running;

function gateOf(options: Partial<ConstructorParameters<typeof QueryGate>[1]> = {}): QueryGate {
  const session = { interrupt: () => {}, close: () => {} } as Session;
  const limits = {
    ...{ light_queries: 1, heavy_queries: 1, whole_queries: 1, max_queued_queries: 3, patience_ms: 0 },
    ...options,
  };
  return new QueryGate({ connect: async () => session }, limits, report => reports.push(report), cpu);
}

interface More {
  client?: string;
  kind?: 'light' | 'whole';
  signal?: AbortSignal;
}

/** A query whose statements the test ends one by one: the log has when each of them begins. */
function query(name: string, statements: readonly number[], more: More = {}) {
  const { client = 'one', kind = 'light', signal = new AbortController().signal } = more;
  const steps = statements.map(() => Promise.withResolvers<void>());
  const job = async (turn: QueryTurn): Promise<string> => {
    for (const [i, rows] of statements.entries()) {
      await turn.ready(rows);
      log.push(`${name}${i}`);
      await steps[i]!.promise;
    }
    return name;
  };
  const answer = gate
    .run({ client, timeoutMs: 60_000, signal, kind, orElse: kind === 'whole' ? 'whole' : 'heavy' }, job)
    .then(
      value => {
        log.push(`${value}!`);
      },
      error => {
        log.push(`${name}-${(error as { code: string }).code}`);
      },
    );
  let next = 0;
  return {
    answer,
    /** Ends the statement under way after so many milliseconds. */
    step: async (ms = 0): Promise<void> => {
      vi.advanceTimersByTime(ms);
      steps[next++]!.resolve();
      await settle();
    },
  };
}

const settle = async (): Promise<void> => {
  for (let i = 0; i < 3; i++) await new Promise(resolve => setImmediate(resolve));
};
/** What has happened since the last look. */
const seen = async (): Promise<string> => {
  await settle();
  return log.splice(0).join(' ');
};

describe('light and heavy queries', () => {
  test('a light one runs while heavy ones run and wait', async () => {
    const heavy = ['A', 'B', 'C'].map(name => query(name, [MANY]));
    expect(await seen()).toBe('A0');
    const light = query('l', [FEW]);
    expect(await seen()).toBe('l0');
    await light.step();
    expect(await seen()).toBe('l!');
    for (const each of heavy) await each.step();
    expect(await seen()).toBe('A! B0 B! C0 C!');
    expect([gate.open, gate.running, gate.waiting]).toEqual([0, 0, 0]);
    expect(reports.map(({ kind, result }) => `${kind} ${result}`)).toEqual(['light ok', ...Array(3).fill('heavy ok')]);
  });

  test('one that takes long becomes heavy, and its place goes to the next', async () => {
    const heavy = query('A', [MANY]);
    const slow = query('s', [FEW, FEW, FEW]);
    const light = query('l', [FEW]);
    expect(await seen()).toBe('A0 s0');
    await slow.step(200);
    // It would be too long with another one like that.
    expect(await seen()).toBe('l0');
    await light.step();
    expect(await seen()).toBe('l!');
    await heavy.step();
    expect(await seen()).toBe('A! s1');
    await slow.step();
    await slow.step();
    expect(await seen()).toBe('s2 s!');
  });

  test('those that read all at once have places of their own, and keep them', async () => {
    const whole = query('A', [FEW, FEW], { kind: 'whole' });
    query('B', [FEW], { kind: 'whole' });
    query('H', [MANY]);
    query('l', [FEW]);
    expect((await seen()).split(' ').sort().join(' ')).toBe('A0 H0 l0');
    await whole.step(10_000);
    expect(await seen()).toBe('A1');
    await whole.step();
    expect(await seen()).toBe('A! B0');
  });

  test('no statement of a heavy one begins while a light one runs', async () => {
    gate = gateOf({ patience_ms: 3_600_000 });
    const heavy = query('H', [MANY, MANY]);
    expect(await seen()).toBe('H0');
    const light = query('l', [FEW, FEW]);
    expect(await seen()).toBe('l0');
    await heavy.step();
    expect(await seen()).toBe('');
    await light.step();
    expect(await seen()).toBe('l1');
    await light.step();
    expect((await seen()).split(' ').sort().join(' ')).toBe('H1 l!');
    await heavy.step();
    expect(await seen()).toBe('H!');
  });

  test('one that takes long because the machine has no time for it stays light', async () => {
    let ms = 0;
    used = () => ms;
    const slow = query('s', [FEW, FEW, FEW]);
    expect(await seen()).toBe('s0');
    ms += 60;
    await slow.step(5_000);
    expect(await seen()).toBe('s1');
    query('H', [MANY]);
    expect(await seen()).toBe('H0');
    // Half of it is the other one's.
    ms += 2 * 60;
    await slow.step(5_000);
    expect(await seen()).toBe('s2');
    expect(gate.waiting).toBe(0);
  });

  test('it waits for none for long', async () => {
    gate = gateOf({ patience_ms: 5 });
    query('l', [FEW]);
    expect(await seen()).toBe('l0');
    query('H', [MANY]);
    vi.useRealTimers();
    await vi.waitFor(() => expect(log).toEqual(['H0']), { timeout: 10_000 });
  });

  test('heavy ones take turns', async () => {
    const long = query('A', [MANY, MANY, MANY]);
    const other = query('B', [MANY]);
    expect(await seen()).toBe('A0');
    await long.step(100);
    expect(await seen()).toBe('A1');
    await long.step(500);
    expect(await seen()).toBe('B0');
    await other.step();
    expect(await seen()).toBe('B! A2');
    await long.step();
    expect(await seen()).toBe('A!');
  });

  test('statements are no longer than others can wait', async () => {
    let most: number[] = [];
    await gate.run(
      { client: 'one', timeoutMs: 60_000, signal: new AbortController().signal, kind: 'light', orElse: 'heavy' },
      async turn => {
        most = [turn.mostRows];
        await turn.ready(100_000);
        vi.advanceTimersByTime(100);
        await turn.ready(1_000_000);
        most.push(turn.mostRows);
        vi.advanceTimersByTime(10_000);
        await turn.ready(1);
        most.push(turn.mostRows);
      },
    );
    expect(most.map(Math.round)).toEqual([500_000, 500_000, Math.round((500 * 1_100_000) / 10_100)]);
  });
});

test('when memory is out, one that reads all at once has to go, and the other one tries again', async () => {
  const asked = { client: 'one', timeoutMs: 60_000, signal: new AbortController().signal };
  const interrupted = Promise.withResolvers<void>();
  const session = {
    interrupt: () => interrupted.reject(new Error('INTERRUPT Error: Interrupted!')),
    close: () => {},
  } as unknown as Session;
  const places = { light_queries: 1, heavy_queries: 1, whole_queries: 1, max_queued_queries: 3, patience_ms: 0 };
  const own = new QueryGate({ connect: async () => session }, places, () => {});
  const whole = own.run({ ...asked, kind: 'whole', orElse: 'whole' }, async turn => {
    await turn.ready(MANY);
    await interrupted.promise;
  });
  let tries = 0;
  const light = (): Promise<number> =>
    own.run({ ...asked, kind: 'light', orElse: 'heavy' }, async turn => {
      await turn.ready(FEW);
      if (++tries !== 2) throw new Error('Out of Memory Error: could not allocate');
      return own.running;
    });
  const answers = await Promise.allSettled([whole, light()]);
  expect(answers).toMatchObject([{ reason: { code: 'LS_STORE_QUERY_MEMORY' } }, { value: 1 }]);
  // There is nobody left to blame.
  await expect(light()).rejects.toMatchObject({ code: 'LS_STORE_QUERY_MEMORY', retryable: true });
  expect(tries).toBe(3);
});

describe('who waits', () => {
  test('fifty of one client do not hold up the one of another', async () => {
    const many = ['A', 'B', 'C'].map(name => query(name, [FEW]));
    const other = query('o', [FEW], { client: 'other' });
    expect(await seen()).toBe('A0');
    await many[0]!.step();
    expect(await seen()).toBe('A! o0');
    await other.step();
    expect(await seen()).toBe('o! B0');
  });

  test('leaves the line when it is called off, or when its time is over', async () => {
    query('A', [FEW]);
    const off = new AbortController();
    query('B', [FEW], { signal: off.signal });
    expect(await seen()).toBe('A0');
    off.abort();
    expect(await seen()).toBe('B-LS_STORE_QUERY_CANCELLED');
    query('C', [FEW], { signal: off.signal });
    expect(await seen()).toBe('C-LS_STORE_QUERY_CANCELLED');
    expect(gate.waiting).toBe(0);
    expect(reports.map(({ result }) => result)).toEqual(['cancelled', 'cancelled']);
  });

  test('is refused when the line is full: first whoever fills it', async () => {
    for (const name of 'ABCD') query(name, [FEW]);
    expect(await seen()).toBe('A0');
    query('o', [FEW], { client: 'other' });
    expect(await seen()).toBe('D-LS_STORE_BUSY');
    query('E', [FEW]);
    expect(await seen()).toBe('E-LS_STORE_BUSY');
  });
});
