import { afterAll, describe, expect, test } from 'vitest';
import { readRoutingConfig } from '../../../src/alerts/routing/config/read-config.ts';
import { requireOrSkip } from '../../support/services.ts';
import { Amtool, hasAmtool } from './amtool.ts';
import { CONFIG_TEXTS } from './config-texts.ts';

const amtool = new Amtool();
afterAll(() => amtool.remove());

describe.runIf(requireOrSkip('amtool', hasAmtool()))('what Alertmanager takes is taken, and nothing else', () => {
  test.for(Object.entries(CONFIG_TEXTS))('%s', ([, text]) => {
    const { config, mistakes } = readRoutingConfig('alertmanager.yml', text);
    const { isRight, text: said } = amtool.check(text);
    expect({ isRight: mistakes.length === 0, said, mistakes: mistakes.map(String) }).toMatchObject({ isRight });
    // amtool reads what the API shows to find routes in it.
    if (isRight) expect(amtool.check(config.shown)).toMatchObject({ isRight: true });
    for (const mistake of mistakes) expect(mistake.where).toMatch(/^alertmanager\.yml:\d+$/);
  });
});
