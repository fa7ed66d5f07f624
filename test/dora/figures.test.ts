import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/base/time/duration.ts';
import { type Deployment, figuresOf, type Incident } from '../../src/dora/figures.ts';

const FROM = Date.UTC(2026, 10, 1);
const span = { from: FROM, to: FROM + 10 * DAY_MS, days: 10, failureWindowMs: HOUR_MS };

/** Times in hours. */
const deployed = (service: string, hour: number, more: Partial<Deployment> = {}): Deployment => ({
  service,
  time: FROM + hour * HOUR_MS,
  failed: false,
  isRollback: false,
  commitTime: undefined,
  ...more,
});
const incident = (service: string, hour: number, hours: number | undefined, isDropped = false): Incident => ({
  service,
  startsAt: FROM + hour * HOUR_MS,
  endsAt: hours === undefined ? undefined : FROM + (hour + hours) * HOUR_MS,
  isDropped,
});
const failed = (deployments: readonly Deployment[], incidents: readonly Incident[] = []): number =>
  figuresOf(deployments, incidents, span).total.failed_deployments;

describe('what a failed deployment is', () => {
  const cases: readonly [what: string, deployments: Deployment[], incidents: Incident[], failed: number][] = [
    ['none', [deployed('a', 1)], [], 0],
    ['it is marked so', [deployed('a', 1, { failed: true })], [], 1],
    ['it is rolled back', [deployed('a', 1), deployed('a', 9, { isRollback: true })], [], 1],
    ['another service is rolled back', [deployed('a', 1), deployed('b', 9, { isRollback: true })], [], 0],
    ['two rollbacks of one', [deployed('a', 1), ...[2, 3].map(h => deployed('a', h, { isRollback: true }))], [], 1],
    ['an incident within the window', [deployed('a', 1)], [incident('a', 2, 1)], 1],
    ['an incident after the window', [deployed('a', 1)], [incident('a', 2.1, 1)], 0],
    ['an incident before it', [deployed('a', 1)], [incident('a', 0.9, 1)], 0],
    ['an incident of another service', [deployed('a', 1)], [incident('b', 1.5, 1)], 0],
    ['an incident that lasts', [deployed('a', 1)], [incident('a', 1.5, undefined)], 1],
    ['only the last one before the incident', [deployed('a', 1), deployed('a', 1.5)], [incident('a', 1.7, 1)], 1],
    ['what follows a rollback is not its fault', [deployed('a', 1, { isRollback: true })], [incident('a', 1.2, 1)], 0],
    ['several reasons count once', [deployed('a', 1, { failed: true })], [1.1, 1.2].map(h => incident('a', h, 1)), 1],
  ];
  test.for(cases)('%s', ([, deployments, incidents, wanted]) => {
    expect(failed(deployments, incidents)).toBe(wanted);
    expect(failed(deployments.toReversed(), incidents)).toBe(wanted);
  });
});

test('by service, the one with the most deployments first; of all of them', () => {
  const { services, total } = figuresOf(
    [
      deployed('b', 1, { commitTime: FROM }),
      ...[1, 2, 3, 4].map(hour => deployed('a', hour * 20, { commitTime: FROM + (hour * 20 - hour) * HOUR_MS })),
      deployed('a', 90, { isRollback: true }),
      deployed('a', -0.5, { failed: true }),
    ],
    [
      incident('a', 50, 2),
      incident('a', 62, 4),
      incident('a', 70, undefined),
      incident('', 80, 9),
      incident('a', 55, 7, true),
    ],
    span,
  );
  expect(services.map(({ service }) => service)).toEqual(['a', 'b', '']);
  expect(services[0]).toEqual({
    service: 'a',
    deployments: 4,
    deployments_per_day: 0.4,
    failed_deployments: 1,
    change_failure_ratio: 0.25,
    lead_time_seconds: 2.5 * 3600,
    incidents: 4,
    open_incidents: 1,
    time_to_restore_seconds: 3 * 3600,
    bands: { deployments: 'high', lead_time: 'elite', change_failure: 'low', time_to_restore: 'high' },
  });
  expect(services[2]).toMatchObject({ deployments: 0, change_failure_ratio: null, incidents: 1, bands: {} });
  expect(total).toMatchObject({ deployments: 5, incidents: 5, time_to_restore_seconds: 4 * 3600 });
});

test('a commit that is later than its deployment says nothing; nothing at all has no bands', () => {
  const late = deployed('a', 1, { commitTime: FROM + 2 * HOUR_MS });
  expect(figuresOf([late], [], span).total.lead_time_seconds).toBeNull();
  expect(figuresOf([], [], span).total).toMatchObject({ deployments: 0, bands: {} });
});

test('a deployment just before the time counts for the incident that it made, and no more', () => {
  const before = deployed('a', -0.5);
  const { total } = figuresOf([before], [{ ...incident('a', 0, 1), startsAt: FROM + MINUTE_MS }], span);
  expect(total).toMatchObject({ deployments: 0, failed_deployments: 0, incidents: 1 });
});
