import { expect, test } from 'vitest';
import { ALERTER_KINDS } from '../../../src/alerts/alerters/index.ts';
import { load } from '../support.ts';

// Each option of each alerter with a value that it cannot have: told at once, with how to mend it.

/** Addresses that are none: hosts, mail addresses, ports, links. Names of fields, rooms and hosts of items are none either. */
const IS_ADDRESS =
  /(?:_|^)(?:url|urls|addr|server|endpoint|hosts?|hostname|proxy|add_domain|reply_to|cc|bcc)$|^(?:email|ses_email)$|_url_override$/;
const NAMES = ['zbx_host', 'ms_power_automate_webhook_url_from_field'];
const NUMBERS = ['integer', 'number'];

interface Try {
  readonly alerter: string;
  readonly option: string;
  readonly value: string;
}

const tries = ALERTER_KINDS.flatMap(({ type: alerter, options }) =>
  Object.entries(options).flatMap(([option, shape]): Try[] => {
    const of = (value: string): Try[] => [{ alerter, option, value }];
    if (typeof shape === 'object') return of('nonsense');
    return [
      ...(shape.includes('text') && IS_ADDRESS.test(option) && !NAMES.includes(option) ? of('not an address') : []),
      ...(/(?:host)?port$/.test(option) ? of('99999') : []),
      ...(shape.includes('mapping') ? of('[a]') : []),
      ...(shape === 'texts' || shape === 'list' ? of('{ a: b }') : []),
      ...(NUMBERS.includes(shape) ? of('many') : []),
      ...(shape === 'boolean' ? of('7') : []),
    ];
  }),
);

test('there are many', () => expect(tries.length).toBeGreaterThan(250));

test.for(tries)('$alerter with $option: $value', ({ alerter, option, value }) => {
  const text = `name: r\ntype: any\nindex: docker-logs-*\nalert: ${alerter}\n${option}: ${value}\n`;
  const { errors, warnings } = load([{ path: 'r.yaml', text }]);
  const told = [
    ...errors.map(({ message, fix, where }) => `${where} ${message} ${fix}`),
    ...warnings.map(one => `r.yaml:${one.line} ${one.message}`),
  ];
  const mine = told.filter(one => one.startsWith('r.yaml:5 ') && one.includes(option));
  expect(mine, told.join('\n')).toHaveLength(1);
  expect(mine[0]).toMatch(/(?:Write|For example|Correct|Use|Did you mean|Add) /);
});
