import { expect, test } from 'vitest';
import { Double } from '../../src/core/double.ts';
import { newFields } from '../../src/core/event.ts';
import { createConform } from '../../src/schema/conform.ts';

const NOW = Date.UTC(2026, 10, 20, 14);

test('numbers as pipelines have them are numbers in every field', () => {
  const fields = Object.assign(newFields(), {
    message: 'x',
    response_time: new Double(812),
    user_id: 17n,
    time: new Double(1_795_182_936),
    order: 5n,
    whole: new Double(7),
  });
  const conform = createConform({ clamp_past_days: 40_000 });
  const { fields: stored } = conform(fields, { tag: 't', time: Number.NaN, receivedAt: NOW });
  expect(stored).toMatchObject({
    '@timestamp': '2026-11-20T13:55:36.000Z',
    response_time: 812,
    user_id: '17',
    order: 5,
    whole: 7,
  });
  expect(stored['schema_errors']).toBeUndefined();
});
