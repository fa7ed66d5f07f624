import { globSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadSettings, type Settings, settingsSchema } from '../../src/app/settings.ts';
import { loadConfig } from '../../src/config/load.ts';

const load = (text: string, sets: string[] = [], env: NodeJS.ProcessEnv = {}) =>
  loadConfig<Settings>({ file: 'longshore.yaml', text, sets, env, schema: settingsSchema });

const errorsOf = (run: () => unknown): string[] => {
  try {
    run();
  } catch (error) {
    return (error as AggregateError).errors.map(e => (e as Error).message);
  }
  return [];
};

describe('a mistake is one clear error with file and line', () => {
  for (const path of globSync('test/config/mistakes/*.yaml').sort()) {
    test(basename(path, '.yaml'), () => {
      const text = readFileSync(path, 'utf8');
      const expected = new RegExp(/^# expect: (.*)$/m.exec(text)![1]!);
      const errors = errorsOf(() => load(text));
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatch(expected);
      expect(errors[0]).toMatch(/^longshore\.yaml/);
    });
  }
});

describe('defaults that depend on other settings', () => {
  const clampOf = (sets: string[]) =>
    loadSettings({ config: '/dev/null', set: sets, env: {} }).settings.event.clamp_past_days;

  test.each([
    [[], 13],
    [['store.retention.max_age_days=90'], 13],
    [['store.retention.max_age_days=7'], 6],
    [['store.retention.max_age_days=1'], 1],
    [['store.retention.max_age_days=7', 'event.clamp_past_days=3'], 3],
    [['store.retention.max_age_days=7', 'event.clamp_past_days=9'], 9],
  ])('event.clamp_past_days with %j is %d', (sets, days) => {
    expect(clampOf(sets)).toBe(days);
  });
});

describe('the configuration', () => {
  test('an empty file gives the defaults', () => {
    const { settings } = load('');
    expect(settings.data_dir).toBe('./data');
    expect(settings.inputs.forward).toMatchObject({ address: '127.0.0.1:24224' });
    expect(settings.inputs.tcp_json).toMatchObject({ address: '127.0.0.1:5000' });
    expect(settings.http.address).toBe('127.0.0.1:9880');
    expect(settings.store).toMatchObject({ retention: { max_age_days: 14 } });
  });

  test('the shipped file says the same as the defaults', () => {
    const shipped = load(readFileSync('config/longshore.yaml', 'utf8'));
    const { store, alerters, ...rest } = shipped.settings;
    const defaults = load('').settings;
    expect(rest).toEqual(Object.fromEntries(Object.keys(rest).map(key => [key, defaults[key as keyof Settings]])));
    expect(store).toMatchObject({ retention: { max_bytes: 50_000_000_000 } });
    expect(alerters).toEqual({ slack: {} });
    expect(shipped.unsetVariables).toEqual(['SLACK_WEBHOOK_URL']);
  });

  test('it is frozen, deeply', () => {
    const { settings } = load('');
    expect(() => {
      (settings.buffer as { max_bytes: number }).max_bytes = 1;
    }).toThrow(TypeError);
  });

  test('variables, defaults of variables and secret files are put in', () => {
    const secret = join(mkdtempSync(join(tmpdir(), 'config-')), 'url');
    writeFileSync(secret, 'https://hooks.example/1\n');
    const text = `data_dir: '\${HOME_DIR}/logs'\ntimezone: '\${TZ_NAME:-Europe/Berlin}'\nalerters: { slack: { slack_webhook_url: '\${file:${secret}}' } }`;
    const { settings } = load(text, [], { HOME_DIR: '/srv' });
    expect(settings.data_dir).toBe('/srv/logs');
    expect(settings.timezone).toBe('Europe/Berlin');
    expect(settings.alerters).toEqual({ slack: { slack_webhook_url: 'https://hooks.example/1' } });
  });

  test('--set wins over the file and is named in errors', () => {
    expect(load('data_dir: a', ['data_dir=b', 'buffer.max_bytes=2GiB']).settings).toMatchObject({
      data_dir: 'b',
      buffer: { max_bytes: 2 * 1024 ** 3 },
    });
    expect(errorsOf(() => load('', ['buffer.max_byte=1']))[0]).toMatch(
      /^--set buffer\.max_byte: unknown setting .* Did you mean 'max_bytes'/,
    );
    expect(errorsOf(() => load('', ['nonsense']))[0]).toMatch(/has no '='/);
  });

  test('false switches an input off', () => {
    expect(load('inputs: { tcp_json: false }').settings.inputs.tcp_json).toBe(false);
  });

  test('what a --set cannot do is told, not thrown', () => {
    expect(errorsOf(() => load('data_dir: a', ['data_dir.b=1']))[0]).toMatch(
      /^--set data_dir\.b: .*\(LS_CONFIG_SET\)$/,
    );
    expect(errorsOf(() => load('', ['pipelines=[a']))[0]).toMatch(/^--set pipelines: .*\(LS_CONFIG_SET\)$/);
  });

  test('an alias without its anchor, and one that multiplies without end', () => {
    expect(errorsOf(() => load('data_dir: *nowhere'))[0]).toMatch(/LS_CONFIG_YAML/);
    const bomb = [
      'a0: &a0 [x]',
      ...Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`),
    ];
    expect(errorsOf(() => load(bomb.join('\n')))[0]).toMatch(/LS_CONFIG_YAML/);
  });

  test('places: a setting, one above it, an item of a list, a --set', () => {
    const { where } = load('http:\n  allow:\n    - 10.0.0.0/8\n    - 10.1.0.0/16\n', ['log_level=debug']);
    expect(where('http.allow[1]')).toBe('longshore.yaml:4');
    expect(where('http.address')).toBe('longshore.yaml:1');
    expect(where('log_level')).toBe('--set log_level');
    expect(where('timezone')).toBe('longshore.yaml:1');
  });

  test('a variable that is not set is told with the place that names it', () => {
    const { unsetAt } = load("data_dir: ./x\ntimezone: '${LS_TEST_ZONE}'");
    expect([...unsetAt]).toEqual([['LS_TEST_ZONE', 'longshore.yaml:2']]);
  });

  test('all mistakes of a file are told at once', () => {
    expect(errorsOf(() => load('a: 1\nb: 2\nhttp: { address: 1 }'))).toHaveLength(3);
  });
});
