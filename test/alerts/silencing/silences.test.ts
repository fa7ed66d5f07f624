import { describe, expect, test } from 'vitest';
import { readMatchers } from '../../../src/alerts/silencing/read-matchers.ts';
import { type NewSilence, silenceState } from '../../../src/alerts/silencing/silence.ts';
import { SilenceStore } from '../../../src/alerts/silencing/silence-store.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

function store(limit = 10): SilenceStore & { changes: number } {
  let ids = 0;
  const made: SilenceStore & { changes: number } = Object.assign(
    new SilenceStore({ newId: () => `id-${++ids}`, limit, onChange: () => made.changes++ }),
    { changes: 0 },
  );
  return made;
}

const wanted = (more: Partial<NewSilence> = {}): NewSilence => ({
  matchers: readMatchers('service="api"'),
  endsAt: 10 * MINUTE,
  createdBy: 'kim',
  comment: 'known',
  ...more,
});

describe('silences', () => {
  test('hold from their start to before their end', () => {
    const silences = store();
    const { id } = silences.set(wanted({ startsAt: MINUTE }), 0);
    const states = [0, MINUTE, 10 * MINUTE - 1, 10 * MINUTE].map(at => [
      silenceState(silences.get(id)!, at),
      silences.silencing({ service: 'api' }, at).length,
    ]);
    expect(states).toEqual([
      ['pending', 0],
      ['active', 1],
      ['active', 1],
      ['expired', 0],
    ]);
    expect(silences.silencing({ service: 'web' }, MINUTE)).toEqual([]);
  });

  test.for([
    [{ matchers: [] }, /needs a matcher/],
    [{ matchers: readMatchers('a=""') }, /without any of its labels/],
    [{ matchers: readMatchers('a!="b"') }, /without any of its labels/],
    [{ endsAt: 0 }, /ends before it starts/],
    [{ startsAt: -2 * MINUTE, endsAt: -MINUTE }, /end has passed/],
    [{ endsAt: Number.NaN }, /time of it is none/],
    [{ endsAt: Date.UTC(10_000, 0) }, /none of the years 1 to 9999/],
    [{ comment: 'x'.repeat(5000) }, /longer than 4096/],
    [{ id: 'nobody' }, /there is no silence "nobody"/],
  ] as const)('%j is refused', ([more, message]) => {
    expect(() => store().set(wanted(more as Partial<NewSilence>), 0)).toThrow(message);
  });

  test('one that holds is changed in place, its start stays', () => {
    const silences = store();
    const { id } = silences.set(wanted(), 0);
    const changed = silences.set(wanted({ id, endsAt: 20 * MINUTE, comment: 'longer' }), MINUTE);
    expect(changed).toMatchObject({ id, startsAt: 0, endsAt: 20 * MINUTE, comment: 'longer' });
    expect(silences.list()).toHaveLength(1);
  });

  test('with other matchers, or after its end, it becomes another one', () => {
    const silences = store();
    const { id } = silences.set(wanted(), 0);
    const other = silences.set(wanted({ id, matchers: readMatchers('service="web"') }), MINUTE);
    expect(other.id).not.toBe(id);
    expect(silences.get(id)).toMatchObject({ endsAt: MINUTE });
    const again = silences.set(wanted({ id, endsAt: 30 * MINUTE }), 2 * MINUTE);
    expect(again).toMatchObject({ id: 'id-3', startsAt: 2 * MINUTE });
  });

  test('expires at once, and only once', () => {
    const silences = store();
    const { id } = silences.set(wanted({ startsAt: 5 * MINUTE }), 0);
    expect(silences.expire(id, MINUTE)).toBe(true);
    expect(silences.get(id)).toMatchObject({ startsAt: MINUTE, endsAt: MINUTE });
    expect(silences.expire(id, MINUTE)).toBe(false);
    expect(() => silences.expire('x', 0)).toThrow(/LS_ALERTS_SILENCE_UNKNOWN/);
    expect(silences.changes).toBe(2);
  });

  test('are limited while they may still hold, and forgotten days after their end', () => {
    const silences = store(2);
    silences.set(wanted(), 0);
    const second = silences.set(wanted(), 0);
    expect(() => silences.set(wanted(), 0)).toThrow(/there are 2 silences already/);
    silences.set(wanted({ id: second.id, matchers: readMatchers('a="b"') }), 0);
    silences.set(wanted({ endsAt: 20 * MINUTE }), 11 * MINUTE);
    expect(silences.list()).toHaveLength(4);
    silences.set(wanted({ endsAt: 7 * DAY }), 6 * DAY);
    expect(silences.list()).toHaveLength(1);
  });

  test('are the same after save and restore', () => {
    const silences = store();
    silences.set(wanted(), 0);
    const saved = JSON.parse(JSON.stringify(silences.save()));
    const restored = store();
    restored.restore(
      [...saved, { ...saved[0], id: 'bad', matchers: [{ name: 'a', value: '(', isRegex: true, isEqual: true }] }],
      0,
    );
    expect(restored.list()).toEqual(silences.list());
    expect(restored.silencing({ service: 'api' }, 1)).toHaveLength(1);
  });
});
