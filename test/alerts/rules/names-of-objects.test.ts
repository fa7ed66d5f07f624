import { describe, expect, test } from 'vitest';
import { carryConfig } from '../../../src/alerts/elastalert/config.ts';
import { load } from '../support.ts';

/** What every object of JavaScript has from birth: no table of ours may take it for an entry. */
const NAMES = Object.getOwnPropertyNames(Object.prototype);

const RULE = 'name: a\ntype: any\nindex: docker-logs-*\nalert: debug\n';

describe('names that objects have from birth', () => {
  test.for(NAMES)('%s', name => {
    const whole = load([{ path: 'a.yaml', text: `${RULE}"${name}": 5\n` }]);
    expect(whole.errors).toEqual([]);
    expect(whole.warnings).toEqual([]);
    const wrongs = [
      `realert: { "${name}": 5 }\n`,
      `filter: [{ "${name}": { a: b } }]\n`,
      `filter: [{ range: { a: { "${name}": 1 } } }]\n`,
      `alert_text_type: "${name}"\n`,
    ];
    for (const text of wrongs) {
      const { errors, rules } = load([{ path: 'a.yaml', text: RULE + text }]);
      expect({ text, rules: rules.length, errors: errors.map(String) }).toMatchObject({ rules: 0 });
      expect(errors.join('\n')).not.toMatch(/native code|\[object|NaN|undefined/);
    }
    for (const [option, value] of [
      ['type', 'any'],
      ['alert', 'debug'],
    ]) {
      const text = RULE.replace(`${option}: ${value}`, `${option}: "${name}"`);
      const { errors } = load([{ path: 'a.yaml', text }]);
      expect(errors.map(({ what }) => what)).toEqual([expect.stringContaining(name)]);
    }
    expect(carryConfig('config.yaml', `"${name}": 5\n`, {})).toMatchObject({ leftBehind: [], notes: [] });
  });

  test('a name that is no text is one mistake, not two', () => {
    const { errors } = load([{ path: 'a.yaml', text: RULE.replace('name: a', 'name: 5') }]);
    expect(errors.map(({ what }) => what)).toEqual(['name must be a text, not 5.']);
  });
});
