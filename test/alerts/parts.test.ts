import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FileStateStore } from '../../src/alerts/file-state.ts';
import { piecesByRule } from '../../src/alerts/rule-state.ts';
import { SeenIds } from '../../src/alerts/seen-ids.ts';
import type { AlertStateChange, StateStore } from '../../src/alerts/state.ts';
import { engine, hit, rule, START, tempFolder, until } from './support.ts';

// The state is written in parts: what a rule knows only when it changed, and a costly part less often than the rest.

const frequency = (name: string, more = ''): string =>
  `name: ${name}\ntype: frequency\nindex: docker-logs-*\nnum_events: 3\ntimeframe: { minutes: 5 }\nrealert: { minutes: 0 }\nalert: debug\n${more}`;
/** Its window is written whole each time. */
const levels = (name: string): string =>
  frequency(name, 'query_key: user\nlevels: { low: { num_events: 3 }, high: { num_events: 9 } }\n').replace(
    'num_events: 3\n',
    '',
  );
const ANY = 'name: all\ntype: any\nindex: docker-logs-*\nrealert: { minutes: 0 }\nalert: debug\n';

/** A file store that keeps what it was told to write. */
function watched(dir: string): { store: StateStore; changes: AlertStateChange[] } {
  const inner = new FileStateStore(dir);
  const changes: AlertStateChange[] = [];
  const store: StateStore = {
    mayLag: true,
    read: () => inner.read(),
    close: () => inner.close(),
    write: change => {
      changes.push(change);
      return inner.write(change);
    },
  };
  return { store, changes };
}

/** The rules of which something is written. */
const rulesIn = ({ parts }: AlertStateChange): string[] => [...piecesByRule(Object.fromEntries(parts.changed)).keys()];

const filesOf = (dir: string): string[] => readdirSync(join(dir, 'state')).sort();

describe('parts of the state', () => {
  test('a part is written when its rule changed, and stays else', async () => {
    const { store, changes } = watched(tempFolder());
    const alerts = await engine({ store, rules: [rule(frequency('a')), rule(frequency('b'))] });
    alerts.consume([hit('a', '1', START), hit('b', '1', START)], 1);
    await alerts.flush();
    alerts.consume([hit('a', '2', START)], 2);
    await alerts.flush();
    const last = changes.at(-1)!;
    expect(rulesIn(last)).toEqual(['a']);
  });

  test('one damaged part costs its rule only, and is said', async () => {
    const dir = tempFolder();
    const big = Array.from({ length: 4000 }, (_, n) =>
      hit('big', `k${n}`, START, { user: `${'user'.repeat(20)}${n}`, message: 'x'.repeat(80) }),
    );
    const rules = [rule(frequency('big', 'query_key: user\n')), rule(frequency('small'))];
    const first = await engine({ dir, rules });
    for (let n = 0; n < 5; n++) {
      first.consume([...big.slice(n * 700, n * 700 + 700), hit('small', `s${n % 2}`, START)], n + 1);
      await first.flush();
    }
    await first.stop(AbortSignal.abort());
    const path = join(dir, 'state', filesOf(dir)[0]!);
    const bytes = readFileSync(path);
    const names = [...bytes.toString('latin1').matchAll(/useruser\w+?3499/g)].map(({ index }) => index);
    bytes[names.at(-1)!]! ^= 1;
    writeFileSync(path, bytes);
    const second = await engine({ dir, rules });
    const [bigRule, smallRule] = second.rulesStatus();
    expect(bigRule!.keys).toBeLessThan(3500);
    expect(smallRule!.keys).toBe(1);
    expect(filesOf(dir)).toContain('0000000001.log.damaged');
    second.consume([hit('small', 's9', START)], 99);
    expect(second.recent()[0]?.rule).toBe('small');
  });

  test('what few parts are left of a file moves on: rules that fall silent one by one leave no heap of files', async () => {
    const dir = tempFolder();
    const rules = Array.from({ length: 40 }, (_, n) => rule(frequency(`r${n}`, 'query_key: user\n')));
    const alerts = await engine({ dir, rules });
    let position = 0;
    for (let busy = 40; busy > 0; busy--) {
      const hits = rules.slice(0, busy).map(({ name }) => hit(name, `${name}-${busy}`, START, { user: `u${busy}` }));
      alerts.consume(hits, ++position);
      await alerts.flush();
    }
    expect(filesOf(dir)).toHaveLength(1);
    await alerts.stop(AbortSignal.abort());
    const again = await engine({ dir, rules });
    expect(again.rulesStatus().map(({ keys }) => keys)).toEqual(rules.map((_, n) => 40 - n));
  });

  test('an alert does not wait for the part of another rule that is costly to write', {
    timeout: 300_000,
  }, async () => {
    const { store, changes } = watched(tempFolder());
    const rules = [rule(levels('keys')), rule(ANY)];
    const alerts = await engine({
      store,
      rules,
      settings: { state_write_interval_ms: 10, max_keys_per_rule: 200_000 },
    });
    const keys = Array.from({ length: 60_000 }, (_, n) => hit('keys', `k${n}`, START, { user: `u${n}` }));
    alerts.consume(keys, 1);
    await alerts.flush();
    // Costly now: it lags behind the alert, and comes later.
    const before = changes.length;
    alerts.consume([hit('keys', 'k', START, { user: 'u' }), hit('all', 'a', START)], 2);
    await until(() => changes.length > before, 'the write of the alert');
    const alert = changes[before]!;
    expect(rulesIn(alert)).toEqual(['all']);
    expect(alert.main.behind['keys']?.positions).toEqual({ w0: 1 });
    expect(alerts.persistedPosition()).toBe(1);
    // It comes by itself, with nothing else to write.
    await until(() => alerts.persistedPosition() === 2, 'the position', 40_000);
    expect(rulesIn(changes.at(-1)!)).toContain('keys');
  });

  test('after a crash hits come again for the part that was behind: nothing is lost, nothing told twice', async () => {
    const dir = tempFolder();
    const rules = [rule(levels('keys')), rule(ANY)];
    const settings = { state_write_interval_ms: 10, recent_alerts: 1000, max_keys_per_rule: 200_000 };
    const { store, changes } = watched(dir);
    const first = await engine({ store, rules, settings });
    const keys = Array.from({ length: 60_000 }, (_, n) => hit('keys', `k${n}`, START, { user: `u${n}` }));
    first.consume(keys, 1);
    await first.flush();
    const before = changes.length;
    const later = [
      [hit('keys', 'a1', START, { user: 'u1' }), hit('keys', 'a2', START, { user: 'u1' }), hit('all', 'x', START)],
      [hit('keys', 'b1', START, { user: 'u2' })],
      [hit('all', 'y', START)],
    ];
    for (const [i, hits] of later.entries()) first.consume(hits, i + 2);
    await until(() => changes.length > before && (changes.at(-1)!.main.positions['w0'] ?? 0) >= 4, 'a write');
    expect(changes.at(-1)!.main.behind['keys']).toBeDefined();
    const copy = tempFolder();
    await until(() => first.persistedPosition() === 1, 'a durable write');
    cpSync(dir, copy, { recursive: true });
    const told = first.recent(1000).map(view => view.id);
    expect(told).toHaveLength(3);

    const second = await engine({ dir: copy, rules, settings });
    expect(second.persistedPosition()).toBe(1);
    for (const [i, hits] of later.entries()) second.consume(hits, i + 2);
    expect(second.recent(1000).map(view => view.id)).toEqual(told);
    // The window of u2 has two of three.
    second.consume([hit('keys', 'b2', START, { user: 'u2' })], 5);
    expect(second.recent(1000)).toHaveLength(4);
  });

  test('hits that wait for the past to be read are not lost with the process', async () => {
    const dir = tempFolder();
    const hits = Array.from({ length: 3 }, (_, n) => hit('a', `e${n}`, START + n));
    const stored = hits.map(({ id, event }) => ({ ...event, _id: id, _index: 'docker-logs-2026.11.20', seq: 1 }));
    const first = await engine({ dir, rules: [rule(frequency('a'))], fill: () => new Promise(() => {}) });
    for (const [n, one] of hits.entries()) {
      first.consume([one], n + 1);
      await first.flush();
    }
    expect(first.persistedPosition()).toBe(3);
    const copy = tempFolder();
    cpSync(dir, copy, { recursive: true });
    const second = await engine({ dir: copy, rules: [rule(frequency('a'))], fill: async () => stored });
    await until(() => second.recent().length === 1, 'the alert');
    // Told once, and then no more.
    await second.flush();
    await second.stop(AbortSignal.abort());
    const third = await engine({ dir: copy, rules: [rule(frequency('a'))], fill: async () => stored });
    await third.flush();
    expect(third.recent()).toHaveLength(1);
  });
});

test('ids of counted events are small, and known again', () => {
  const seen = new SeenIds(1000);
  const ids = Array.from({ length: 5000 }, (_, n) => `0f3a9c${n.toString(16)}${'ab'.repeat(9)}+${n}`);
  for (const id of ids) expect(seen.add(id)).toBe(true);
  const text = seen.packed(seen.latest(500));
  expect(text.length).toBe(500 * 8);
  const again = new SeenIds(1000);
  again.restore(text);
  expect(ids.slice(-500).map(id => again.add(id))).toEqual(Array.from({ length: 500 }, () => false));
  expect(again.add(ids[0]!)).toBe(true);
});
