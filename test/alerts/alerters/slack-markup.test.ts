import { describe, expect, test } from 'vitest';
import { type Fields, newFields } from '../../../src/core/event.ts';
import { rule } from '../support.ts';

// What a rule's author wrote is markup, what comes from events is not.

const BASE =
  'name: r\ntype: any\nindex: docker-logs-*\nalert: slack\nslack_webhook_url: http://h/x\nmention: <!channel>\n';
const ONLY = 'alert_text_type: alert_text_only\n';
const JINJA = 'alert_text_type: alert_text_jinja\n';
const MESSAGE = 'a & b <!channel> <https://evil|x>';
const SAFE = 'a &amp; b &lt;!channel&gt; &lt;https://evil|x&gt;';

function attachment(text: string, ...matches: Record<string, unknown>[]): Record<string, string> {
  const [alerter] = rule(BASE + text).alerters;
  const [one] = alerter!.render({
    rule: 'r',
    matches: matches.map(fields => Object.assign(newFields(), { '@timestamp': '2026-11-20T12:00:00.000Z' }, fields)),
  });
  return JSON.parse(one!.body).attachments[0];
}

const body = (text: string, ...matches: Record<string, unknown>[]): string =>
  attachment(text, ...matches)['text']!.trimEnd();

/** What the rule says, what comes out. */
const TEXTS: [what: string, text: string, want: string][] = [
  [
    'arguments',
    `${ONLY}alert_text: '<!here> {0} {1}'\nalert_text_args: [message, mention]\n`,
    `<!here> ${SAFE} <!channel>`,
  ],
  ['widths count what is read', `${ONLY}alert_text: '[{0:5}]'\nalert_text_args: [short]\n`, '[&lt;&gt;   ]'],
  ['cuts cut no escape', `${ONLY}alert_text: '{0:.3}'\nalert_text_args: [message]\n`, 'a &amp;'],
  ['names', `${ONLY}alert_text: '{m} <@U1>'\nalert_text_kw: { message: m }\n`, `${SAFE} <@U1>`],
  ['nested values', `${ONLY}alert_text: '{0}'\nalert_text_args: [nested]\n`, "{'&lt;k&gt;': ['&lt;v&gt;']}"],
  ['a template', `${JINJA}alert_text: '<!here> {{ message }} {{ mention }}'\n`, `<!here> ${SAFE} <!channel>`],
  [
    'a template under _data',
    `${JINJA}alert_text: "{% for k, v in _data.nested.items() %}{{ k }}{{ v[0] }}{% endfor %}"\n`,
    '&lt;k&gt;&lt;v&gt;',
  ],
  ['escaped by the author', `${JINJA}alert_text: '{{ message | e }}'\n`, SAFE],
  ['both ways', `${JINJA}alert_text: '{{ short }} {{ short | e }}'\n`, '&lt;&gt; &lt;&gt;'],
  [
    'a condition',
    `${JINJA}alert_text: "{% if '<!channel>' in message %}yes {{ mention }}{% endif %}"\n`,
    'yes <!channel>',
  ],
  [
    'a condition that holds not',
    `${JINJA}alert_text: "{% if message == '<' %}no{% else %}{{ short }}{% endif %}"\n`,
    '&lt;&gt;',
  ],
  ['a filter over markup', `${JINJA}alert_text: "{{ short | replace('<', '(') }} <!here>"\n`, '(&gt; <!here>'],
  [
    'a link',
    `${JINJA}alert_text: '<https://wiki/?q={{ short | urlencode }}|{{ short }}>'\n`,
    '<https://wiki/?q=%3C%3E|&lt;&gt;>',
  ],
  [
    'a text of the author in a template',
    `${JINJA}alert_text: "{{ '<!here>' if short else '' }} {{ short }}"\n`,
    '<!here> &lt;&gt;',
  ],
  ['a macro', `${JINJA}alert_text: "{% macro m(x) %}[{{ x }}]{% endmacro %}{{ m(short) }}"\n`, '[&lt;&gt;]'],
  ['a text that holds escapes', `${JINJA}alert_text: '{{ entity }}'\n`, '&amp;lt;!here&amp;gt;'],
  ['a template that fails', `${JINJA}alert_text: '{{ short + 1 }}'\n`, ''],
];

describe('markup in values is text, in a rule it is markup', () => {
  const match = { message: MESSAGE, short: '<>', nested: { '<k>': ['<v>'] }, entity: '&lt;!here&gt;' };
  test.for(TEXTS)('%s', ([, text, want]) => {
    const got = body(text, match);
    if (want !== '') expect(got).toBe(want);
    expect(got.replaceAll(/<!here>|<!channel>|<@U1>|<https:\/\/wiki[^>]*>/g, '')).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
  });

  test('the default text, with names of fields and top counts', () => {
    const fields = { '<f>': '<v>', nested: { '<k>': '&' }, 'top_events_<f>': Object.assign(newFields(), { '<v>': 2 }) };
    const got = body("top_count_keys: ['<f>']\n", fields);
    expect(got).toContain('&lt;f&gt;:\n&lt;v&gt;: 2\n');
    expect(got).toContain('\n&lt;f&gt;: &lt;v&gt;\n');
    expect(got).toContain('"&lt;k&gt;": "&amp;"');
    expect(got).not.toMatch(/[<>]/);
  });

  test('title and fields', () => {
    const { title, fields } = attachment(
      "alert_subject: '{0} <!here>'\nalert_subject_args: [message]\nslack_alert_fields: [{ title: <t>, value: message }, { title: n, value: n }]\n",
      { message: MESSAGE, n: 5 },
    );
    expect(title).toBe(`${SAFE} <!here>`);
    expect(fields).toEqual([
      { title: '<t>', value: SAFE },
      { title: 'n', value: 5 },
    ]);
  });

  test('a summary table keeps its columns', () => {
    const got = body(
      'alert_text_type: aggregation_summary_only\naggregation: { minutes: 1 }\nsummary_table_fields: [user]\n',
      { user: '<!here>' },
      { user: '1234567' },
    );
    expect(got).toContain('| &lt;!here&gt; |   1   |'.replaceAll('   1  ', ' 1    '));
    expect(got.replaceAll('&lt;', '<').replaceAll('&gt;', '>')).toMatch(
      /\n\| <!here> \| 1 {5}\|\n.*\n\| 1234567 \| 1 {5}\|\n/,
    );
  });

  test('options that go along as fields are the author’s', () => {
    const got = body('include_rule_params_in_matches: [mention]\n', { rule_param_mention: '<!channel>', other: '<x>' });
    expect(got).toContain('rule_param_mention: <!channel>');
    expect(got).toContain('other: &lt;x&gt;');
  });
});

describe('a code block of the author', () => {
  const fence = (value: string): string =>
    body(`${ONLY}alert_text: "\`\`\`\\n{0}\\n\`\`\`"\nalert_text_args: [message]\n`, { message: value });

  test.for(['``` <!here>', '`````', 'x```', '```\n```'])('is not closed by %j', value => {
    const text = fence(value);
    expect(text.match(/```/g)).toHaveLength(2);
    expect(text.replaceAll('\u200b', '').replaceAll('&lt;', '<').replaceAll('&gt;', '>')).toBe(
      `\`\`\`\n${value}\n\`\`\``,
    );
  });

  test('is not closed by a value that touches it, nor by several', () => {
    const text = body(`${ONLY}alert_text: "\`\`\`{0}{1}\`\`\`"\nalert_text_args: [a, b]\n`, { a: 'x`', b: '``' });
    expect(text.match(/```/g)).toHaveLength(2);
    expect(text.startsWith('```') && text.endsWith('```')).toBe(true);
  });

  test('single backticks stay', () => {
    expect(fence('a `b` ``c``')).toContain('a `b` ``c``');
  });

  test('that is cut is closed, and no escape is cut in half', () => {
    const text = fence('<'.repeat(20_000));
    expect(text.length).toBeLessThan(40_000);
    expect(text).toMatch(/;\n```\n\[cut\]$/);
  });
});

test('marks that an event brings along become no markup', () => {
  const text = body(`${ONLY}alert_text: '{0}'\nalert_text_args: [message]\n`, {
    message: '\ufdd1!here\ufdd2 \ufdd3\ufdd3\ufdd3',
  });
  expect(text).not.toMatch(/[<>`]/);
});

test('log and list of alerts show values as they are', () => {
  const one = rule(`${BASE}${ONLY}alert_text: '{0}'\nalert_text_args: [message]\n`);
  const match: Fields = Object.assign(newFields(), { message: MESSAGE });
  expect(one.texts.body([match]).trimEnd()).toBe(MESSAGE);
});
