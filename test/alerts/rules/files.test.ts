import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadRules } from '../../../src/alerts/rules/load.ts';
import { type Fields, newFields } from '../../../src/core/event.ts';
import { filtersToQuery } from '../../../src/store/query/filters.ts';
import { compilePredicate } from '../../../src/store/query/predicate.ts';
import { load, tempFolder } from '../support.ts';

// What rule files take from other files: templates, and the imports of imports.

const JINJA = 'name: r\ntype: any\nindex: docker-logs-*\nalert_text_type: alert_text_jinja\n';
const match: Fields = Object.assign(newFields(), { service: 'shop' });

describe('jinja_template_path', () => {
  test('is a file beside the rule; its text wins over alert_text, also with $ signs in it', () => {
    const dir = tempFolder();
    writeFileSync(join(dir, 'text.jinja'), '{{ service | upper }} costs $HOME');
    const text = `${JINJA}alert: debug\nalert_text: other\njinja_template_path: text.jinja\n`;
    const { rules, errors, imports } = load([{ path: join(dir, 'a.yaml'), text }], { env: { HOME: '/root' } });
    expect(errors).toEqual([]);
    expect(rules[0]!.texts.body([match])).toBe('SHOP costs $HOME\n\n');
    // Workers and a reload make the rule from texts, not from files.
    expect(imports.map(({ path }) => path)).toEqual([join(dir, 'text.jinja')]);
  });

  test('an alerter may have its own', () => {
    const dir = tempFolder();
    mkdirSync(join(dir, 'texts'));
    writeFileSync(join(dir, 'texts/own.jinja'), 'own {{ service }}');
    const text = `${JINJA}alert_text: of the rule\nalert:\n- slack:\n    slack_webhook_url: http://127.0.0.1:8008/x\n    jinja_template_path: texts/own.jinja\n`;
    const { rules, errors } = load([{ path: join(dir, 'a.yaml'), text }]);
    expect(errors).toEqual([]);
    const [sent] = rules[0]!.alerters[0]!.render({ rule: 'r', matches: [match] });
    expect(sent!.body).toContain('own shop');
    expect(rules[0]!.texts.body([match])).toBe('of the rule\n\n');
  });

  test('a file that is not there, or that is no template, is a mistake with the line of the option', () => {
    const dir = tempFolder();
    writeFileSync(join(dir, 'broken.jinja'), 'first line\n{{ service ');
    const says = (name: string): string | undefined =>
      load([{ path: join(dir, 'a.yaml'), text: `${JINJA}alert: debug\njinja_template_path: ${name}\n` }]).errors[0]
        ?.message;
    expect(says('nowhere.jinja')).toMatch(
      /a\.yaml:6: the template \S*nowhere\.jinja cannot be read: ENOENT.*relative to/,
    );
    expect(says('broken.jinja')).toMatch(/a\.yaml:6: the template \S*broken\.jinja cannot be read: line 2:/);
  });
});

test('what an imported file imports is looked for beside the rule first, as ElastAlert does', () => {
  const dir = tempFolder();
  mkdirSync(join(dir, 'parts'));
  writeFileSync(join(dir, 'parts/one.yaml'), 'import: two.yaml\n');
  writeFileSync(join(dir, 'parts/two.yaml'), 'owner: beside the fragment\n');
  const file = { path: join(dir, 'a.yaml'), text: 'import: parts/one.yaml\ntype: any\nindex: a\nalert: debug\n' };
  expect(load([file]).rules[0]!.options['owner']).toBe('beside the fragment');
  writeFileSync(join(dir, 'two.yaml'), 'owner: beside the rule\n');
  expect(load([file]).rules[0]!.options['owner']).toBe('beside the rule');
});

test('with dry_run nothing is sent', () => {
  const text = 'type: any\nindex: a\ndry_run: true\nalert: post\nhttp_post_url: http://127.0.0.1:8008/x\n';
  const { rules, errors } = load([{ path: 'a.yaml', text }]);
  expect(errors).toEqual([]);
  expect(rules[0]!.alerters.flatMap(alerter => alerter.render({ rule: 'a', matches: [match] }))).toEqual([]);
});

describe('rule_defaults', () => {
  const loadWith = (text: string, ruleDefaults: Record<string, unknown>) =>
    loadRules([{ path: 'a.yaml', text }], {
      filters: filtersToQuery,
      predicate: node => compilePredicate(node, Date.now),
      alerterDefaults: {},
      ruleDefaults,
      env: {},
    });
  const RULE = 'name: r\ntype: any\nindex: docker-logs-*\nalert: debug\n';

  test('a rule has what it does not say itself; names that nobody knows are custom data', () => {
    const defaults = { realert: { minutes: 20 }, owner: 'ops', slakc_title: 'x' };
    const { rules, warnings } = loadWith(
      `${RULE}owner: shop\nalert_text: "{0}"\nalert_text_args: [slakc_title]\n`,
      defaults,
    );
    expect(rules[0]!.realertMs).toBe(1_200_000);
    expect(rules[0]!.options['owner']).toBe('shop');
    expect(rules[0]!.texts.body([match])).toMatch(/^x\n/);
    expect(warnings).toEqual([]);
  });

  test('a mistake in them says where it comes from', () => {
    const { errors } = loadWith(RULE, { realert: { minuts: 20 } });
    expect(errors.map(({ message }) => message).join()).toMatch(
      /realert has the unknown unit "minuts".*\(It comes from rule_defaults\.\)/,
    );
  });
});
