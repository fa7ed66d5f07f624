import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { withDefaults } from '../../../src/base/options.ts';
import { LongshoreError } from '../../../src/core/errors.ts';
import type { Frame } from '../../../src/core/event.ts';
import { journaldFindings } from '../../../src/inputs/journald/check.ts';
import { journalEntry } from '../../../src/inputs/journald/entry.ts';
import { EntryLines } from '../../../src/inputs/journald/entry-lines.ts';
import { JournaldInput } from '../../../src/inputs/journald/journald-input.ts';
import { type JournaldInputOptions, journaldInputSchema } from '../../../src/inputs/journald/options.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

interface Case {
  readonly name: string;
  readonly entry?: object;
  readonly text?: string;
  readonly record?: object;
  readonly time?: number;
  readonly fault?: string;
}
const cases = readFileSync(here('./entries.jsonl'), 'utf8')
  .replaceAll('"ID"', `"${'ab'.repeat(32)}"`)
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Case);

test.each(cases)('an entry: $name', ({ entry, text, record, time, fault }) => {
  const found = journalEntry(Buffer.from(text ?? JSON.stringify(entry)));
  expect(found === undefined ? undefined : { ...found.record }).toEqual(record);
  if (time !== undefined) expect(found!.time).toBe(time);
  expect(found?.fault).toBe(fault);
});

test('lines are cut, however they come, and those that are too long are left out', () => {
  const text = Buffer.from(`one\n\n${'x'.repeat(50)}\ntwo 안녕\n${'y'.repeat(51)}\nthree\n`);
  for (const size of [1, 2, 3, 7, 64, 1000]) {
    const lines = new EntryLines(50);
    const found: string[] = [];
    for (let at = 0; at < text.length; at += size)
      found.push(...lines.push(text.subarray(at, at + size)).map(line => line.toString()));
    expect(found).toEqual(['one', 'x'.repeat(50), 'two 안녕', 'three']);
    expect(lines.skipped).toBe(1);
  }
});

/** An input over a journal that is a file. */
class Bench {
  readonly dir = mkdtempSync(join(tmpdir(), 'longshore-journald-'));
  readonly ids = new Set<string>();
  readonly messages: unknown[] = [];
  refuse: (frame: Frame) => void = () => {};
  #written = 0;
  #input: JournaldInput | undefined;
  readonly #options: Partial<JournaldInputOptions>;

  constructor(onTestFinished: (clean: () => Promise<void>) => void, options: Partial<JournaldInputOptions> = {}) {
    this.#options = options;
    writeFileSync(join(this.dir, 'journal'), '');
    onTestFinished(async () => {
      await this.stop();
      rmSync(this.dir, { recursive: true, force: true });
    });
  }

  write(count: number, more: object = {}): void {
    for (let i = 0; i < count; i++) {
      const n = this.#written++;
      const entry = {
        __CURSOR: `s=1;i=${n}`,
        __REALTIME_TIMESTAMP: `${1_796_000_000_000_000 + n * 1e6}`,
        MESSAGE: `${n}`,
      };
      this.append(JSON.stringify({ ...entry, ...more }));
    }
  }

  append(line: string): void {
    appendFileSync(join(this.dir, 'journal'), `${line}\n`);
  }

  async start(): Promise<void> {
    const command = here('./fake-journalctl.mjs');
    const options = withDefaults(journaldInputSchema, { command, directory: this.dir, ...this.#options });
    const consumer = { takesMessages: true, consume: (frame: Frame) => this.#take(frame) };
    const own = { pid: 4711, hostname: 'here', invocation: 'own' };
    this.#input = new JournaldInput(options, { consumer, dir: join(this.dir, 'position'), own });
    await this.#input.start();
  }

  async stop(): Promise<void> {
    await this.#input?.stop(AbortSignal.timeout(5000));
    this.#input = undefined;
  }

  get calls(): string[] {
    return readFileSync(join(this.dir, 'calls'), 'utf8').trim().split('\n');
  }

  get position(): string {
    return join(this.dir, 'position/position.json');
  }

  async until(count: number): Promise<void> {
    await vi.waitFor(() => expect(this.messages.length).toBeGreaterThanOrEqual(count), { timeout: 15_000 });
  }

  async #take(frame: Frame): Promise<void> {
    this.refuse(frame);
    for (const [i, { message }] of frame.records.entries()) {
      const id = frame.chunkIds![i]!;
      if (!this.ids.has(id)) this.messages.push(message);
      this.ids.add(id);
    }
  }
}

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `${from + i}`);

describe.concurrent('the journal', () => {
  test('from the end on, over a stop, and from where a killed process had written it down', async ({
    onTestFinished,
  }) => {
    const bench = new Bench(onTestFinished, { units: ['ssh', 'shop-*'], identifiers: ['x'], priority: 'warning' });
    bench.write(3);
    await bench.start();
    await vi.waitFor(() => expect(bench.calls.length).toBe(2));
    bench.write(2);
    await bench.until(2);
    await bench.stop();
    const position = readFileSync(bench.position);
    bench.write(2);
    await bench.start();
    await bench.until(4);
    await bench.stop();
    // As it was before: what came since is told again, and known.
    writeFileSync(bench.position, position);
    bench.write(1);
    await bench.start();
    await bench.until(5);
    expect(bench.messages).toEqual(numbers(3, 8));
    expect(bench.calls).toEqual([
      '--output=json --all --no-pager --lines=1',
      ...[2, 4, 4].map(
        n =>
          `--output=json --all --no-pager --follow --no-tail --priority=warning --after-cursor=s=1;i=${n} --unit=ssh --unit=shop-* --identifier=x`,
      ),
    ]);
  });

  test('a journalctl that ends is started again, a cursor that it does not know is gone round', async ({
    onTestFinished,
  }) => {
    const bench = new Bench(onTestFinished, { start_at: 'beginning' });
    bench.write(2);
    await bench.start();
    await bench.until(2);
    bench.append('end');
    await vi.waitFor(() => expect(bench.calls.length).toBeGreaterThan(1), { timeout: 15_000 });
    // The journal was thrown away.
    writeFileSync(join(bench.dir, 'journal'), '');
    bench.write(2);
    await bench.until(4);
    expect(bench.messages).toEqual(numbers(0, 4));
    expect(bench.calls.some(call => call.includes('--since=@1796000001'))).toBe(true);
  });

  test('what is refused for a while comes in order, what is refused for good costs no other, its own lines are left alone', async ({
    onTestFinished,
  }) => {
    const bench = new Bench(onTestFinished, { start_at: 'beginning', fields: { environment: 'test' } });
    let refusals = 3;
    bench.refuse = ({ records }) => {
      if (records.some(({ message }) => message === '2')) throw new LongshoreError('LS_SPOOL_TOO_LARGE', 'too large');
      if (refusals-- > 0) throw new LongshoreError('LS_SPOOL_FULL', 'full', { retryable: true });
      for (const record of records) {
        expect(record['environment']).toBe('test');
        record['environment'] = undefined;
      }
    };
    bench.write(5);
    bench.write(1, { _PID: '4711', _HOSTNAME: 'here' });
    bench.write(1, { _PID: '4711', _HOSTNAME: 'there' });
    bench.write(1, { _SYSTEMD_INVOCATION_ID: 'own' });
    bench.append('no entry');
    await bench.start();
    await bench.until(5);
    expect(bench.messages).toEqual(['0', '1', '3', '4', '6']);
  });

  test('a position that is damaged is told, and reading begins anew', async ({ onTestFinished }) => {
    const bench = new Bench(onTestFinished, { start_at: 'beginning' });
    bench.write(1);
    await bench.start();
    await bench.until(1);
    await bench.stop();
    writeFileSync(bench.position, '{"v":1,"cursor":');
    bench.write(1);
    await bench.start();
    await bench.until(2);
    expect(bench.messages).toEqual(['0', '1']);
  });
});

test('check says whether the journal can be read', async () => {
  const options = (command: string) => withDefaults(journaldInputSchema, { command, directory: tmpdir() });
  expect(await journaldFindings(false)).toEqual([]);
  expect(await journaldFindings(options('/nowhere/journalctl'))).toMatchObject([
    { severity: 'warning', fix: expect.stringContaining('inputs.journald.command') },
  ]);
  expect(await journaldFindings(options('true'))).toMatchObject([{ severity: 'ok' }]);
});
