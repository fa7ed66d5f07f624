import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileMatcher } from '../../../src/alerts/match.ts';
import { KNOWN_OPTIONS } from '../../../src/alerts/rules/known-options.ts';
import { alertSettings } from '../../../src/alerts/settings.ts';
import { RULE_KINDS } from '../../../src/alerts/types/index.ts';
import { newFields } from '../../../src/core/event.ts';
import { engine, hit, load, rule, START, until } from '../support.ts';
import { webhook } from '../webhook.ts';

const BASE = 'name: r\ntype: frequency\nindex: docker-logs-*\nnum_events: 3\ntimeframe: { minutes: 5 }\nalert: debug\n';

/** A wrong file and what the user is told: code, place, and a part of the sentence. */
const WRONG: [text: string, code: string, where: string, says: RegExp][] = [
  ['', 'LS_ALERTS_RULE_EMPTY', 'a.yaml:1', /empty/],
  ['- a\n', 'LS_ALERTS_RULE_EMPTY', 'a.yaml:1', /must hold options/],
  [`${BASE}alert_subject_args: [@timestamp]\n`, 'LS_ALERTS_YAML', 'a.yaml:7', /must be quoted: '@timestamp'/],
  ['name: r\n\ttype: any\n', 'LS_ALERTS_YAML', 'a.yaml:2', /blanks instead of tabs/],
  ['name: *nope\n', 'LS_ALERTS_YAML', 'a.yaml:1', /nope/],
  [BASE.replace('frequency', 'freqency'), 'LS_ALERTS_TYPE_UNKNOWN', 'a.yaml:2', /Did you mean frequency\?/],
  [BASE.replace('frequency', 'my.module.Rule'), 'LS_ALERTS_TYPE_NOT_SUPPORTED', 'a.yaml:2', /Python module/],
  [BASE.replace('num_events: 3\n', ''), 'LS_ALERTS_MISSING', 'a.yaml:1', /num_events is missing.*num_events: 10/],
  [BASE.replace('num_events: 3', "num_events: '3'"), 'LS_ALERTS_OPTION', 'a.yaml:4', /whole number, not "3"/],
  [BASE.replace('{ minutes: 5 }', '5m'), 'LS_ALERTS_OPTION', 'a.yaml:5', /\{ minutes: 5 \}, not "5m"/],
  [BASE.replace('minutes', 'months'), 'LS_ALERTS_OPTION', 'a.yaml:5', /unknown unit "months".*weeks, days/],
  [BASE.replace('minutes: 5', ''), 'LS_ALERTS_OPTION', 'a.yaml:5', /longer than nothing/],
  [BASE.replace('debug', 'slak'), 'LS_ALERTS_ALERTER_UNKNOWN', 'a.yaml:6', /Did you mean slack\?/],
  [BASE.replace('debug', '[slack, emial]'), 'LS_ALERTS_ALERTER_UNKNOWN', 'a.yaml:6', /Did you mean email\?/],
  [BASE.replace('debug', '5'), 'LS_ALERTS_OPTION', 'a.yaml:6', /name of an alerter/],
  [
    BASE.replace('debug', '{ slack: { slack_timeout: soon } }'),
    'LS_ALERTS_OPTION',
    'a.yaml:6',
    /slack_timeout must be a number/,
  ],
  [`${BASE}attach_related: 'yes'\n`, 'LS_ALERTS_OPTION', 'a.yaml:7', /true or false, without quotes/],
  [`${BASE}priority: high\n`, 'LS_ALERTS_OPTION', 'a.yaml:7', /priority must be a whole number/],
  [`${BASE}filter:\n- nonsense: { a: b }\n`, '', 'a.yaml:8', /filter/],
  [
    `${BASE}alert_text_type: alert_text_jinja\nalert_text: '{{ a | nofilter }}'\n`,
    'LS_ALERTS_TEMPLATE',
    'a.yaml:8',
    /alert_text cannot be read: .*no filter "nofilter"/,
  ],
  // Addresses and headers that can never be sent.
  ...(
    [
      ['hooks.slack.com/services/T/B/x', /does not begin with http:\/\/ or https:\/\//],
      ['htp://bad/x', /the scheme htp is unknown/],
      ['mailto:ops@example.com', /does not begin with/],
      ['http://host:99999/x', /the port 99999 is not between 1 and 65535/],
      ['http://u:p@host:0/x', /the port 0 is not between/],
      ['http://host:25/x', /the port 25 belongs to another protocol/],
      ['http://[::1/x', /host or port cannot be read/],
      ['http://two words/x', /cannot be read/],
    ] as const
  ).map(([url, says]): [string, string, string, RegExp] => [
    BASE.replace('debug', `post\nhttp_post_url: '${url}'`),
    'LS_ALERTS_OPTION',
    'a.yaml:7',
    says,
  ]),
  [
    BASE.replace('debug', 'slack\nslack_webhook_url: [https://ok.example/x, ftp://h/x]'),
    'LS_ALERTS_OPTION',
    'a.yaml:7',
    /number 2.*scheme ftp/,
  ],
  ...['Content-Length', 'transfer-encoding', 'Connection', 'Expect', 'a b'].map(
    (name): [string, string, string, RegExp] => [
      BASE.replace('debug', `post\nhttp_post_url: http://h/x\nhttp_post_headers: { ${name}: '1' }`),
      'LS_ALERTS_OPTION',
      'a.yaml:8',
      /http_post_headers has the header .*, which (belongs to the connection|is no name)/,
    ],
  ),
  [`${BASE}import: missing.yaml\n`, 'LS_ALERTS_IMPORT', 'a.yaml:1', /missing.yaml cannot be read/],
];

describe('mistakes', () => {
  test.for(WRONG)('%j', ([text, code, where, says]) => {
    const { rules, errors } = load([{ path: 'a.yaml', text }]);
    expect(rules).toEqual([]);
    expect(errors[0]?.message).toMatch(says);
    expect(errors[0]?.where).toBe(where);
    if (code !== '') expect(errors[0]?.code).toBe(code);
  });

  test('a rule that is off is not judged, and takes no name', () => {
    const off = [
      BASE.replace('frequency', 'spike'),
      BASE.replace('num_events: 3\n', ''),
      BASE.replace('debug', 'emial'),
      BASE,
    ].map((text, i) => ({ path: `off${i}.yaml`, text: `${text}is_enabled: no\n` }));
    const { rules, errors, leftOut } = load([...off, { path: 'on.yaml', text: BASE }]);
    expect(errors).toEqual([]);
    expect(rules.map(({ enabled, where }) => [enabled, where])).toEqual([
      [false, 'off3.yaml:1'],
      [true, 'on.yaml:1'],
    ]);
    expect(leftOut).toEqual(
      ['off0', 'off1', 'off2'].map((file, i) => ({
        path: `${file}.yaml`,
        name: 'r',
        type: i === 0 ? 'spike' : 'frequency',
        errors: [],
      })),
    );
  });

  test('an alerter that cannot run here leaves its alerts to the log', () => {
    const { rules, errors, warnings } = load([
      {
        path: 'a.yaml',
        text: BASE.replace('debug', '\n- ms_teams:\n    ms_teams_webhook_url: https://h.test\n- my_alerts.Pager'),
      },
    ]);
    expect(errors).toEqual([]);
    expect(rules[0]?.alerters.map(({ type, missing }) => [type, missing])).toEqual([
      ['ms_teams', 'alert'],
      ['my_alerts.Pager', 'alert'],
    ]);
    expect(warnings).toEqual([
      {
        file: 'a.yaml',
        line: 7,
        message: expect.stringMatching(/no alerter ms_teams any more.*to the log.*ms_power_automate/),
      },
      { file: 'a.yaml', line: 9, message: expect.stringMatching(/my_alerts.Pager is a Python module.*to the log/) },
    ]);
  });

  test('an unsendable address of the configuration takes no rule away: its alerts are logged', () => {
    const text = BASE.replace('debug', 'slack');
    const { rules, errors, warnings } = load([{ path: 'a.yaml', text }], {
      alerterDefaults: { slack: { slack_webhook_url: 'hooks.slack.com/x' } },
    });
    expect(errors).toEqual([]);
    expect(rules[0]?.alerters[0]?.missing).toBe('slack_webhook_url');
    expect(warnings.map(({ message }) => message).join('\n')).toMatch(
      /slack_webhook_url under alerters.slack of the configuration is no address that can be sent to/,
    );
  });

  test('all mistakes of all files are told at once, and the right rules load', () => {
    const { rules, errors } = load([
      { path: 'a.yaml', text: BASE.replace('num_events: 3', 'num_events: x').replace('minutes: 5', 'months: 5') },
      { path: 'b.yaml', text: 'a: [' },
      { path: 'c.yaml', text: BASE },
      { path: 'd.yaml', text: BASE },
    ]);
    expect(rules.map(one => one.where)).toEqual(['c.yaml:1']);
    expect(errors.map(one => one.where)).toEqual(['a.yaml:4', 'a.yaml:5', 'b.yaml:1', 'd.yaml:1']);
    expect(errors[3]?.message).toContain('two rules have the name "r"');
  });
});

describe('warnings', () => {
  const WARN: [more: string, line: number, says: RegExp][] = [
    ['es_host: es\n', 7, /es_host is ignored: events come from the stream/],
    ['use_count_query: true\n', 7, /use_count_query is ignored/],
    ['relaert: { minutes: 1 }\n', 7, /Did you mean realert\?/],
    ['slack_attach_jira_ticket_url: true\n', 7, /slack_attach_jira_ticket_url is ignored/],
  ];
  test.for(WARN)('%j', ([more, line, says]) => {
    const { rules, warnings } = load([{ path: 'a.yaml', text: BASE + more }]);
    expect(rules).toHaveLength(1);
    expect(warnings).toEqual([{ file: 'a.yaml', line, message: expect.stringMatching(says) }]);
  });

  test('custom data is no mistake', () => {
    const more = 'team: a\nbase: x\ndiscord_webhook_url: http://h/x\nms_teams_theme_color: red\nspike_height: 3\n';
    const { rules, warnings } = load([{ path: 'a.yaml', text: `${BASE}runbook: http://wiki/x\n${more}` }]);
    expect(warnings).toEqual([]);
    expect(rules[0]?.options['runbook']).toBe('http://wiki/x');
  });

  test('an index that is none of ours is pointed out; ours are not', () => {
    for (const index of ['docker-logs-*', 'docker-*', '*', 'logstash-*,docker-logs-%Y.%m.%d']) {
      expect(load([{ path: 'a.yaml', text: BASE.replace('docker-logs-*', `'${index}'`) }]).warnings, index).toEqual([]);
    }
    const { warnings } = load([{ path: 'a.yaml', text: BASE.replace('docker-logs-*', 'filebeat-*') }]);
    expect(warnings[0]?.message).toMatch(/filebeat-\* is none of the daily indices/);
  });

  test('a missing webhook is said, and the rule runs', () => {
    const text = BASE.replace('alert: debug', 'alert: slack\nslack_webhook_url: ${SLACK_WEBHOOK_URL}');
    const without = load([{ path: 'a.yaml', text }]);
    expect(without.warnings[0]?.message).toContain('slack_webhook_url is not set');
    expect(without.rules[0]?.alerters[0]?.missing).toBe('slack_webhook_url');
    expect(load([{ path: 'a.yaml', text }], { env: { SLACK_WEBHOOK_URL: 'http://h/x' } }).warnings).toEqual([]);
    const defaults = load([{ path: 'a.yaml', text }], {
      alerterDefaults: { slack: { slack_webhook_url: 'http://h/x' } },
    });
    expect(defaults.warnings).toEqual([]);
    expect(
      load([{ path: 'a.yaml', text }], { alerterDefaults: { slack: { slack_webhook_url: '' } } }).warnings,
    ).toHaveLength(1);
  });
});

describe('imports', () => {
  test('own options win, filters are all kept, errors name the file they stand in', () => {
    const files = [
      {
        path: 'rules/a.yaml',
        text: 'import: shared/base.yaml\nname: a\nnum_events: 5\nfilter: [{ term: { service: web } }]\n',
      },
      {
        path: 'rules/shared/base.yaml',
        text: `${BASE.replace('name: r\ntype: frequency\n', '')}filter: [{ term: { level: ERROR } }]\nimport: [more.yaml]\n`,
      },
      {
        path: 'rules/shared/more.yaml',
        text: 'owner: team\ntype: frequency\nname: more\nindex: x\nalert: debug\nnum_events: 1\ntimeframe: { hours: 1 }\n',
      },
    ];
    const { rules, errors } = load(files);
    expect(errors).toEqual([]);
    expect(rules.map(one => one.name)).toEqual(['a', 'more']);
    expect(rules[0]).toMatchObject({
      timeframeMs: 300_000,
      options: { num_events: 5, owner: 'team', filter: [{ term: { level: 'ERROR' } }, { term: { service: 'web' } }] },
    });
    const wrong = load([files[0]!, { ...files[1]!, text: `${files[1]!.text}priority: high\n` }, files[2]!]);
    expect(wrong.errors[0]?.where).toBe('rules/shared/base.yaml:7');
  });

  test('two files that import each other end', () => {
    const { errors } = load([
      { path: 'a.yaml', text: 'import: b.yaml\n' },
      { path: 'b.yaml', text: 'import: a.yaml\n' },
    ]);
    expect(errors[0]?.code).toBe('LS_ALERTS_IMPORT');
  });
});

describe('references', () => {
  const ROWS: [what: string, text: string, title: string, body: string][] = [
    ['a subject', 'team: ops\nalert_subject: $team$\n', 'ops', 'r\n\n'],
    ['a number', 'alert_subject: $num_events$\n', '3', 'r\n\n'],
    [
      'a text',
      'alert_text: $runbook$\nrunbook: see {0}\nalert_text_args: [$field$]\nfield: level\n',
      'r',
      'see ERROR\n\n',
    ],
    ['one that names another', 'a: $b$\nb: $c$\nc: end\nalert_subject: $a$\n', 'end', 'r\n\n'],
    ['two that name each other', 'a: $b$\nb: $a$\nalert_subject: $a$\n', '$', 'r\n\n'],
    ['one that names nothing', 'alert_subject: $nope$\n', '$nope$', 'r\n\n'],
  ];
  test.for(ROWS)('%s: log, list of alerts and alerters show the same', ([, more, title, body]) => {
    const text = `${BASE.replace('debug', 'slack')}slack_webhook_url: http://h/x\n${more}`;
    const one = rule(text);
    const match = Object.assign(newFields(), { level: 'ERROR', '@timestamp': '2026-11-20T12:00:00.000Z' });
    const [message] = one.alerters[0]!.render({ rule: 'r', matches: [match] });
    const { attachments } = JSON.parse(message!.body);
    expect(one.texts.title([match])).toBe(attachments[0].title);
    expect(one.texts.body([match])).toBe(attachments[0].text);
    expect(one.texts.title([match]).startsWith(title)).toBe(true);
    expect(one.texts.body([match]).startsWith(body)).toBe(true);
  });

  test('a text that only the alerter has is shown everywhere', () => {
    const one = rule(
      BASE.replace(
        'debug',
        '\n- slack: { slack_webhook_url: http://h/x, alert_subject: "{0}!", alert_subject_args: [level] }',
      ),
    );
    expect(one.texts.title([Object.assign(newFields(), { level: 'ERROR' })])).toBe('ERROR!');
  });
});

test('no value of any option costs more than its own file', { timeout: 300_000 }, () => {
  const values = [
    '5',
    '[]',
    '{ a: { b: [1] } }',
    '[1, { a: b }, null]',
    'null',
    '"{{ a"',
    '{ slack: { slack_webhook_url: [1] } }',
  ];
  for (const type of ['frequency', 'my.Rule'])
    for (const value of type === 'frequency' ? values : values.slice(0, 3)) {
      // One value for each option in turn, and after them all a file that must not notice.
      const files = [...KNOWN_OPTIONS].map(option => {
        const lines = BASE.replace('name: r', `name: ${option}`)
          .replace('frequency', type)
          .replace('debug', '[slack, post, post2]')
          .split('\n');
        const text = `${lines.filter(line => !line.startsWith(`${option}:`)).join('\n')}${option}: ${value}\n`;
        return { path: `${option}.yaml`, text };
      });
      const { rules, errors } = load([...files, { path: 'zz.yaml', text: BASE.replace('name: r', 'name: other') }]);
      expect(rules.at(-1)?.name, value).toBe('other');
      // Each mistake is told for what it is.
      expect(
        errors.filter(({ code }) => code === 'LS_ALERTS_RULE').map(({ message }) => message),
        value,
      ).toEqual([]);
    }
});

test.for(RULE_KINDS)('no value of any option of $type costs more than its own file', ({ type, options }) => {
  const values = [
    '5',
    '-1',
    '0.5',
    '[]',
    '[[], [1]]',
    '{ a: { b: [1] } }',
    '[1, { a: b }, null]',
    'null',
    '"{{ a"',
    'true',
  ];
  const others = Object.entries(WHOLE).map(([name, value]) => `${name}: ${value}`);
  for (const option of [...Object.keys(options), 'timeframe', 'query_key', 'buffer_time', 'run_every'])
    for (const value of values) {
      const lines = others.filter(line => !line.startsWith(`${option}:`));
      const text = `name: r\ntype: ${type}\nindex: logs\nalert: debug\n${lines.join('\n')}\n${option}: ${value}\n`;
      const { rules, errors } = load([{ path: 'a.yaml', text }]);
      expect(
        errors.filter(({ code }) => code === 'LS_ALERTS_RULE').map(({ message }) => message),
        text,
      ).toEqual([]);
      // What loads runs.
      const window = rules[0]?.kind.open(rules[0], alertSettings());
      const event = Object.assign(newFields(), { service: 'a', n: 5 });
      for (let i = 0; i < 5; i++) {
        window?.add({ id: `e${i}`, time: START + i * 1000, key: 'a', event });
        window?.tick(START + i * 1000);
      }
      window?.save();
    }
});

/** What each type needs. */
const WHOLE = {
  num_events: 2,
  threshold: 1,
  timeframe: '{ seconds: 2 }',
  spike_height: 2,
  spike_type: 'both',
  cardinality_field: 'n',
  max_cardinality: 1,
  metric_agg_key: 'n',
  metric_agg_type: 'avg',
  max_threshold: 1,
  match_bucket_filter: '[{ term: { service: a } }]',
  max_percentage: 1,
  fields: '[service]',
  query_key: 'service',
  compare_key: 'n',
  ignore_null: true,
  blacklist: '[a]',
  whitelist: '[a]',
};

test('fields that a rule reads are known', () => {
  const one = rule(
    `${BASE}query_key: [service, docker.name]\nalert_text: x\nalert_text_args: [name, user_id, 'tags[0]']\nfilter: [{ term: { level.keyword: ERROR } }]\n`,
  );
  expect([...one.fields].sort()).toEqual(['docker.name', 'level', 'service', 'tags', 'user_id']);
  const share = rule(
    'name: r\ntype: percentage_match\nindex: docker-logs-*\nalert: debug\nmax_percentage: 5\nmatch_bucket_filter: [{ range: { status: { gte: 500 } } }]\n',
  );
  expect(share.fields).toEqual(['status']);
  const term = rule('name: r\ntype: new_term\nindex: docker-logs-*\nalert: debug\nfields: [a, [b, c.keyword]]\n');
  expect(term.fields).toEqual(['a', 'b', 'c']);
});

test('the shipped rule finds a burst of one service and tells it once', async () => {
  const hook = await webhook();
  const path = join(import.meta.dirname, '../../../config/rules/error-burst.yaml');
  const { rules, errors, warnings } = load([{ path, text: readFileSync(path, 'utf8') }], {
    env: { SLACK_WEBHOOK_URL: hook.url },
  });
  expect([errors, warnings]).toEqual([[], []]);
  const match = compileMatcher(rules);
  const alerts = await engine({ rules, now: () => START + 30_000 });
  for (let n = 0; n < 30; n++) {
    const one = hit('Error burst', `e${n}`, START + n * 1000, {
      level: n % 2 === 0 ? 'ERROR' : 'FATAL',
      service: 'web',
      container_name: 'web-1',
    });
    expect(match(one.event)).toEqual(['Error burst']);
    alerts.consume([one], n + 1);
  }
  expect(match({ level: 'INFO', service: 'web', '@timestamp': '2026-11-20T12:00:00.000Z' })).toBeUndefined();
  await until(() => hook.received.length === 1, 'the message');
  expect(hook.received[0]?.body).toMatchObject({
    username: 'longshore',
    icon_emoji: ':rotating_light:',
    attachments: [
      {
        color: 'danger',
        title: 'Error burst in web',
        fallback: 'Error burst in web: 10 events within 1 minute, web in web-1, boom',
        text: [
          '*web* in web-1',
          '10 events within 1 minute',
          'First at 2026-11-20T12:00:00.000Z, the latest at 2026-11-20T12:00:09.000Z:\n```\nboom\n```',
        ].join('\n'),
      },
    ],
  });
  expect(alerts.recent()).toHaveLength(1);
});
