import { expect, test } from 'vitest';
import { newFields } from '../../src/core/event.ts';
import { cases, loadPublished, published } from './published.ts';

// They load as they are; only a `match` that calls them is ours.
test('all of them load, and none goes untried', () => {
  const stopped = published.filter(file => {
    try {
      loadPublished(file);
      return false;
    } catch {
      return true;
    }
  });
  expect({ share: 1 - stopped.length / published.length, stopped }).toEqual({ share: 1, stopped: [] });
  expect(published.length).toBeGreaterThanOrEqual(30);
  expect([...new Set(cases.map(one => one.pipeline))].sort()).toEqual([...published].sort());
});

test.for(cases)('$pipeline: $in.message', one => {
  const received = Date.UTC(2026, 10, 20, 14);
  const got = loadPublished(one.pipeline).run(Object.assign(newFields(), structuredClone(one.in)), {
    tag: 't',
    time: Number.NaN,
    receivedAt: received,
  });
  expect(JSON.parse(JSON.stringify(got))).toMatchObject(one.out);
  expect(got?.['pipeline_error']).toBeUndefined();
});
