import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SilenceFile } from '../../../src/alerts/silence-file.ts';
import { compileMatchers, type Matcher } from '../../../src/alerts/silencing/matcher.ts';
import type { NewSilence, Silence } from '../../../src/alerts/silencing/silence.ts';
import { SilenceStore } from '../../../src/alerts/silencing/silence-store.ts';
import { UserSilences } from '../../../src/alerts/user-silences.ts';
import { DAY_MS } from '../../../src/base/time/duration.ts';
import { seeded } from '../../support/chance.ts';
import { START, tempFolder } from '../support.ts';

const is = (name: string, value: string, more: Partial<Matcher> = {}): Matcher => ({
  ...{ name, value, isRegex: false, isEqual: true },
  ...more,
});
const wanted = (matchers: readonly Matcher[], endsAt = START + DAY_MS): NewSilence => ({
  ...{ matchers, endsAt, createdBy: 'kim', comment: '' },
});

async function silencesIn(dir: string, now: () => number = () => START): Promise<UserSilences> {
  const silences = new UserSilences(new SilenceFile(dir), now);
  await silences.start();
  onTestFinished(() => silences.stop());
  return silences;
}

describe('many silences', () => {
  test.each([1, 2, 3, 4, 5])('those that hold are found, and no others (%i)', seed => {
    const random = seeded(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    let ids = 0;
    const store = new SilenceStore({ newId: () => `s${ids++}`, limit: 10_000 });
    const names = ['alertname', 'service', 'instance', 'level'];
    const values = ['a', 'b', 'a-1', 'x.y', ''];
    const kept: string[] = [];
    for (let i = 0; i < 400; i++) {
      const matchers = Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
        const isRegex = random() < 0.4;
        const value = isRegex ? pick(['a|b', 'a-1', 'a.*', 'x.y|b', 'a||b']) : pick(values);
        return is(pick(names), value, { isRegex, isEqual: random() < 0.8 });
      });
      try {
        const id = random() < 0.2 && kept.length > 0 ? pick(kept) : '';
        kept.push(store.set({ ...wanted(matchers), ...(id === '' ? {} : { id }) }, START).id);
      } catch {
        // It holds for everything, or is one that has ended.
      }
      if (random() < 0.2 && kept.length > 0) store.expire(pick(kept), START);
    }
    const tests = new Map(store.list().map(({ id, matchers }) => [id, compileMatchers(matchers)]));
    const isActive = ({ startsAt, endsAt }: Silence): boolean => startsAt <= START + 1 && START + 1 < endsAt;
    for (let i = 0; i < 300; i++) {
      const labels = Object.fromEntries(names.filter(() => random() < 0.8).map(name => [name, pick(values)]));
      const all = store.list().filter(silence => isActive(silence) && tests.get(silence.id)!(labels));
      const found = store.silencing(labels, START + 1).map(({ id }) => id);
      expect([...found].sort()).toEqual(all.map(({ id }) => id).sort());
    }
  });

  test('an alert is asked of those only that may hold for it', () => {
    let ids = 0;
    const store = new SilenceStore({ newId: () => `s${ids++}`, limit: 20_000 });
    for (let i = 0; i < 10_000; i++)
      store.set(wanted([is('alertname', 'Down'), is('instance', `host-${i}`, { isRegex: i % 2 === 0 })]), START);
    const labels = { alertname: 'Down', instance: 'host-77' };
    let asked = 0;
    const watched = new Proxy(labels, {
      getOwnPropertyDescriptor(target, name) {
        asked++;
        return Reflect.getOwnPropertyDescriptor(target, name);
      },
    });
    expect(store.silencing(watched, START).map(({ id }) => id)).toEqual(['s77']);
    expect(asked).toBeLessThan(20);
  });

  test('a change adds a line to the file; all are there after a restart, changed and expired as they were', async () => {
    const dir = tempFolder();
    const silences = await silencesIn(dir);
    const made: Silence[] = [];
    for (let i = 0; i < 300; i++) made.push(await silences.add(wanted([is('service', `s-${i}`)])));
    const path = join(dir, 'silences.ndjson');
    const before = statSync(path).size;
    await silences.expire(made[7]!.id);
    expect(statSync(path).size - before).toBeLessThan(400);
    await silences.add({ ...wanted([is('service', 's-9')], START + 2 * DAY_MS), id: made[9]!.id });
    const again = await silencesIn(dir);
    const byId = (one: UserSilences) => one.store.list().sort((a, b) => a.id.localeCompare(b.id));
    expect(byId(again)).toEqual(byId(silences));
    expect(again.store.get(made[7]!.id)!.endsAt).toBe(START);
    expect(again.store.get(made[9]!.id)!.endsAt).toBe(START + 2 * DAY_MS);
  });

  test('a file that has grown is replaced by one of what there is', async () => {
    const dir = tempFolder();
    const silences = await silencesIn(dir);
    const { id } = await silences.add({ ...wanted([is('service', 'api')]), comment: 'x'.repeat(4000) });
    const path = join(dir, 'silences.ndjson');
    let most = 0;
    for (let i = 1; i <= 300; i++) {
      await silences.add({ ...wanted([is('service', 'api')], START + DAY_MS + i), id, comment: 'x'.repeat(4000) });
      most = Math.max(most, statSync(path).size);
    }
    expect(most).toBeGreaterThan(1_000_000);
    expect(statSync(path).size).toBeLessThan(500_000);
    expect((await silencesIn(dir)).store.list()).toEqual(silences.store.list());
  });

  test.each([
    ['half a line at its end', (path: string) => appendFileSync(path, '{"id":"half')],
    ['a damaged line', (path: string) => appendFileSync(path, 'no JSON\n[]\n')],
  ])('a file with %s gives all others, and takes further ones', async (_, damage) => {
    const dir = tempFolder();
    const silences = await silencesIn(dir);
    const first = await silences.add(wanted([is('service', 'api')]));
    damage(join(dir, 'silences.ndjson'));
    const again = await silencesIn(dir);
    expect(again.store.list()).toEqual([first]);
    const second = await again.add(wanted([is('service', 'web')]));
    expect((await silencesIn(dir)).store.list()).toEqual([first, second]);
  });

  test('the file of a former version is taken over', async () => {
    const dir = tempFolder();
    const other = await silencesIn(tempFolder());
    const silence = await other.add(wanted([is('service', 'api')]));
    const former = join(dir, 'silences.json');
    writeFileSync(former, JSON.stringify({ version: 1, silences: [silence] }));
    const silences = await silencesIn(dir);
    expect(silences.store.list()).toEqual([silence]);
    const second = await silences.add(wanted([is('service', 'web')]));
    expect(() => readFileSync(former)).toThrow('ENOENT');
    expect((await silencesIn(dir)).store.list()).toEqual([silence, second]);
  });

  test('what ended five days ago is forgotten, in the file, too', async () => {
    const dir = tempFolder();
    let now = START;
    const silences = await silencesIn(dir, () => now);
    const ended = await silences.add(wanted([is('service', 'api')], START + 1000));
    now = START + 1000 + 5 * DAY_MS;
    const second = await silences.add(wanted([is('service', 'web')], now + 1000));
    expect(silences.store.get(ended.id)).toBeDefined();
    now += 1;
    await silences.expire(second.id);
    expect(silences.store.list().map(({ id }) => id)).toEqual([second.id]);
    expect((await silencesIn(dir, () => now)).store.list().map(({ id }) => id)).toEqual([second.id]);
    expect(readFileSync(join(dir, 'silences.ndjson'), 'utf8')).toContain(`{"removed":"${ended.id}"}`);
  });
});
