import { describe, expect, test } from 'vitest';
import { inProcess as longshore } from './in-process.ts';

const COMMANDS = ['run', 'check', 'test', 'grok', 'search', 'tail', 'demo', 'docs'];

describe('help', () => {
  test('without a command, all of them are listed', async () => {
    const { code, out } = await longshore([]);
    expect(code).toBe(0);
    for (const name of COMMANDS) expect(out).toMatch(new RegExp(`^  ${name} +\\S`, 'm'));
    expect((await longshore(['--help'])).out).toBe(out);
  });

  test.each(COMMANDS)('%s --help says what it takes and does nothing else', async name => {
    const { code, out, err } = await longshore([name, '--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(new RegExp(`^longshore ${name}: `));
    expect(out).toContain(`\nlongshore ${name}`);
  });

  test('help COMMAND and --version', async () => {
    expect((await longshore(['help', 'grok'])).out).toBe((await longshore(['grok', '-h'])).out);
    expect((await longshore(['--version'])).out).toMatch(/^longshore \d+\.\d+\.\d+\n$/);
  });
});

describe('wrong usage is exit code 2 and says what would be right', () => {
  const cases: [string, string[], RegExp][] = [
    ['a command that is misspelt', ['serach'], /no command 'serach'\. Did you mean 'search'\?/],
    ['a command that nothing resembles', ['xyzzy'], /no command 'xyzzy'\.\n/],
    [
      'an unknown option',
      ['search', '--form', 'now-1h'],
      /no option '--form'\. Did you mean '--from'\?\n'longshore search --help' shows/,
    ],
    ['an unknown option with a value', ['run', '--confg=x'], /no option '--confg'\. Did you mean '--config'\?/],
    ['an option that nothing resembles', ['check', '--xyzzy'], /no option '--xyzzy'\.\n/],
    ['a value that begins with a dash', ['silence', 'add', '--for', '-5m'], /--for was given '-5m', .*--for=-5m/],
    ['the same with a short option', ['backtest', '-n', '-3'], /-n was given '-3', .*Write -n-3 when/],
    ['an option without its value', ['check', '--config'], /--config.*\n'longshore check --help' shows/s],
    ['an argument that run does not take', ['run', 'now'], /'now'.*\n'longshore run --help' shows/s],
    ['no pattern for grok', ['grok'], /a pattern is missing/],
    ['a definition without =', ['grok', '--define', 'FOO', '%{FOO}'], /'--define FOO' has no '='/],
    ['a demo of no time', ['demo', '--seconds', '0'], /--seconds is 1 to 86400/],
    ['a rate that is no number', ['demo', '--rate', 'fast'], /--rate 1 to 10000/],
  ];
  test.each(cases)('%s', async (_, args, message) => {
    const { code, out, err } = await longshore(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n {4}at /);
  });
});
