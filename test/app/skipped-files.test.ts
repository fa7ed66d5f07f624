import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadSettings } from '../../src/app/settings.ts';
import { ruleViews } from '../../src/definitions/rule-views.ts';
import { loadUserContent, readUserTexts, type UserTexts } from '../../src/definitions/user-content.ts';
import { dockerRecord, ForwardSender } from '../support/forward-sender.ts';
import { Longshore } from '../support/longshore.ts';

const RULE = 'type: any\nindex: docker-logs-*\nalert: debug\nrealert: { minutes: 0 }\n';
const PIPELINE = 'match: { image: shop }\nprocessors:\n  - set: { field: color, value: red }\n';

/** A folder with these files, and the settings that name them. */
function user(files: Record<string, string>) {
  const dir = mkdtempSync(join(tmpdir(), 'longshore-skip-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  const set = [`rules=${join(dir, 'rules/*.yaml')}`, `pipelines=${join(dir, 'pipelines/*.yaml')}`];
  const { settings } = loadSettings({ set, env: {} });
  return { dir, load: (former?: UserTexts) => loadUserContent(settings, {}, readUserTexts(settings), former) };
}

const BAD_RULES: Record<string, string> = {
  'no num_events': RULE.replace('any', 'frequency'),
  'a type without what it needs': RULE.replace('any', 'cardinality'),
  'no YAML': 'name: [',
  empty: '',
  'an alerter that nothing has': RULE.replace('debug', 'pagerdutty'),
  'a filter that is none': `${RULE}filter: 5\n`,
  'an address that cannot be sent to': RULE.replace('debug', 'post\nhttp_post_url: htp://x'),
  'an import of nothing': `${RULE}import: nothing.yaml\n`,
};

describe('a rule file with a mistake is skipped, everything else is there', () => {
  test.for(Object.entries(BAD_RULES))('%s', ([, text]) => {
    const { load, dir } = user({ 'rules/bad.yaml': text, 'rules/good.yaml': RULE, 'pipelines/shop.yaml': PIPELINE });
    const content = load();
    expect(content.rules.map(({ where }) => where)).toEqual([join(dir, 'rules/good.yaml:1')]);
    expect(content.pipelines.names).toEqual(['shop']);
    expect(content.mistakes[0]?.where).toMatch(/bad\.yaml:\d+$/);
    expect(content.skippedRules).toMatchObject([{ path: join(dir, 'rules/bad.yaml'), isFormerRunning: false }]);
    expect(content.texts.rules.map(({ path }) => path)).toEqual([join(dir, 'rules/good.yaml')]);
    const [view] = ruleViews([], content);
    expect(view).toMatchObject({ state: 'skipped', enabled: false, where: content.mistakes[0]?.where });
    expect(view?.mistakes[0]).toMatchObject({ where: expect.any(String), what: expect.any(String) });
  });

  test('an alerter that is no more costs no rule', () => {
    const { load } = user({ 'rules/a.yaml': RULE.replace('debug', 'ms_teams') });
    const content = load();
    expect([content.mistakes, content.skippedRules]).toEqual([[], []]);
    expect(content.rules[0]?.alerters[0]?.missing).toBe('alert');
    expect(content.warnings[0]?.message).toMatch(/no alerter ms_teams any more, so its alerts go to the log/);
  });

  test('also one that is off for its own reasons, without a word', () => {
    const { load } = user({ 'rules/off.yaml': `${BAD_RULES['no num_events']}is_enabled: false\n` });
    const content = load();
    expect(content.mistakes).toEqual([]);
    expect(ruleViews([], content)).toMatchObject([{ state: 'disabled', mistakes: [] }]);
  });

  test('one that was good before goes on as it was, and is said', () => {
    const { load, dir } = user({ 'rules/a.yaml': RULE, 'rules/b.yaml': RULE });
    const before = load();
    writeFileSync(join(dir, 'rules/a.yaml'), RULE.replace('any', 'anny'));
    writeFileSync(join(dir, 'rules/b.yaml'), `${RULE}description: new\n`);
    writeFileSync(join(dir, 'rules/c.yaml'), RULE.replace('any', 'anny'));
    const after = load(before.texts);
    expect(after.rules.map(rule => [rule.type, rule.options['description']])).toEqual([
      ['any', ''],
      ['any', 'new'],
    ]);
    expect(after.skippedRules.map(({ isFormerRunning }) => isFormerRunning)).toEqual([true, false]);
    expect(after.mistakes).toHaveLength(2);
    // And again, from what runs now.
    expect(load(after.texts).rules).toHaveLength(2);
    const status = { where: after.rules[0]!.where, enabled: true } as Parameters<typeof ruleViews>[0][number];
    expect(ruleViews([status], after)[0]).toMatchObject({ state: 'former_version', mistakes: [{}] });
  });

  test.for([
    ['gets a mistake', (path: string) => writeFileSync(path, 'type: [')],
    ['is removed', (path: string) => rmSync(path)],
  ] as const)('what several rules import %s: they go on as they were', ([, harm]) => {
    const importing = (name: string): string => `name: ${name}\nimport: ../shared/base.yaml\n`;
    const { load, dir } = user({
      'shared/base.yaml': RULE,
      'rules/a.yaml': importing('a'),
      'rules/b.yaml': importing('b'),
    });
    const before = load();
    expect(before.rules).toHaveLength(2);
    harm(join(dir, 'shared/base.yaml'));
    const after = load(before.texts);
    expect(after.rules.map(({ name, type }) => [name, type])).toEqual([
      ['a', 'any'],
      ['b', 'any'],
    ]);
    expect(after.skippedRules.map(({ isFormerRunning }) => isFormerRunning)).toEqual([true, true]);
    // Another process compiles the same.
    const { settings } = loadSettings({ env: {} });
    expect(loadUserContent(settings, {}, after.texts).rules).toHaveLength(2);
    expect(load().rules).toEqual([]);
  });

  test('a link that leads nowhere and a file nobody may read', () => {
    const { load, dir } = user({ 'rules/good.yaml': RULE, 'rules/secret.yaml': RULE });
    symlinkSync(join(dir, 'nowhere'), join(dir, 'rules/link.yaml'));
    chmodSync(join(dir, 'rules/secret.yaml'), 0);
    const content = load();
    expect(content.rules.length).toBeGreaterThanOrEqual(1);
    expect(content.mistakes.some(({ where }) => where === join(dir, 'rules/link.yaml'))).toBe(true);
  });
});

describe('a pipeline file with a mistake is skipped', () => {
  const bad = PIPELINE.replace('set:', 'sett:');

  test('and its events go to the others, or are parsed automatically', () => {
    const { load } = user({ 'pipelines/bad.yaml': bad, 'pipelines/good.yaml': PIPELINE.replace('shop', 'web') });
    const content = load();
    expect(content.pipelines.names).toEqual(['good']);
    expect(content.mistakes.map(({ code }) => code)).toEqual(['LS_PIPELINE_UNKNOWN_PROCESSOR']);
  });

  test('with those that call it, and all mistakes are said', () => {
    const caller = 'match: { image: a }\nprocessors:\n  - pipeline: { name: bad }\n';
    const { load } = user({
      'pipelines/bad.yaml': bad,
      'pipelines/caller.yaml': caller,
      'pipelines/ok.yaml': PIPELINE,
    });
    const content = load();
    expect(content.pipelines.names).toEqual(['ok']);
    expect(content.mistakes).toHaveLength(2);
  });

  test('one that was good before goes on as it was, with those that call it', () => {
    const caller = 'match: { image: a }\nprocessors:\n  - pipeline: { name: base }\n';
    const { load, dir } = user({ 'pipelines/base.yaml': PIPELINE, 'pipelines/caller.yaml': caller });
    const before = load();
    writeFileSync(join(dir, 'pipelines/base.yaml'), bad);
    const after = load(before.texts);
    expect(after.pipelines.names).toEqual(['base', 'caller']);
    expect(after.mistakes).toHaveLength(1);
    expect(after.texts.pipelines.map(({ text }) => text)).toEqual([PIPELINE, caller]);
  });

  test('nothing but mistakes leaves no pipeline, and no error', () => {
    const { load } = user({ 'pipelines/a.yaml': bad, 'pipelines/b.yaml': '- [' });
    expect(load().pipelines.names).toEqual([]);
  });
});

test('the service starts with files that have mistakes, takes logs in and alerts', async () => {
  const running = await Longshore.start({
    rules: { 'bad.yaml': BAD_RULES['no num_events']!, 'good.yaml': `name: good\n${RULE}` },
    pipelines: { 'bad.yaml': PIPELINE.replace('set:', 'sett:') },
  });
  onTestFinished(() => running.remove());
  const sender = await ForwardSender.connect(running.ready.forward);
  sender.message('docker.shop', dockerRecord('INFO hello', { image: 'shop' }), 'c');
  await sender.acknowledged(1);
  sender.close();
  expect((await running.search('hello')).hits).toHaveLength(1);
  const get = async (path: string) => (await fetch(`${running.url}${path}`)).json();
  const { rules } = (await get('/api/rules')) as { rules: Record<string, unknown>[] };
  expect(rules.map(({ state }) => state)).toEqual(['active', 'skipped']);
  expect(rules[1]).toMatchObject({
    where: expect.stringMatching(/bad\.yaml:1$/),
    mistakes: [{ code: 'LS_ALERTS_MISSING' }, { code: 'LS_ALERTS_MISSING' }],
  });
  const { alerts } = (await get('/api/alerts')) as { alerts: Record<string, unknown>[] };
  expect(alerts.map(({ rule }) => rule)).toEqual(['good']);
  const said = running.log.filter(line => line.includes('a file with a mistake is skipped'));
  expect(said.join('\n')).toMatch(/rules\/bad\.yaml:1.*num_events is missing/);
  expect(said.join('\n')).toMatch(/pipelines\/bad\.yaml:3.*no processor `sett`/);
});
