import { afterAll, describe, expect, test } from 'vitest';
import { readRoutingConfig } from '../../../src/alerts/routing/config/read-config.ts';
import { routesOf } from '../../../src/alerts/routing/route.ts';
import { requireOrSkip } from '../../support/services.ts';
import { Amtool, hasAmtool } from './amtool.ts';
import { randomRouting } from './random-config.ts';

const amtool = new Amtool();
afterAll(() => amtool.remove());

describe.runIf(requireOrSkip('amtool', hasAmtool()))('routes, as amtool finds them', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])('random trees and labels, seed %i', seed => {
    const { config, labels } = randomRouting(seed);
    const read = readRoutingConfig('alertmanager.yml', config);
    expect(read.mistakes).toEqual([]);
    const file = amtool.file(config);
    for (let i = 0; i < 12; i++) {
      const set = labels();
      const words = Object.entries(set).map(([name, value]) => `${name}=${value}`);
      const theirs = amtool.run('config', 'routes', 'test', `--config.file=${file}`, ...words).trim();
      const ours = routesOf(read.config.route, set).map(route => route.receiver);
      expect({ set, receivers: ours.join(',') }).toEqual({ set, receivers: theirs });
    }
  });
});
