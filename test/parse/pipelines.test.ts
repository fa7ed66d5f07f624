import { describe, expect, test } from 'vitest';
import { type EventMeta, type Fields, newFields } from '../../src/core/event.ts';
import { registry } from '../../src/core/metrics.ts';
import { loadPipelines, type PipelineSet } from '../../src/parse/pipelines.ts';
import { createAdmit } from '../../src/schema/admit.ts';

const admit = createAdmit();

const META: EventMeta = { tag: 'docker.web', time: Date.UTC(2026, 10, 20), receivedAt: Date.UTC(2026, 10, 20) };

function load(files: Record<string, string>): PipelineSet {
  return loadPipelines(Object.entries(files).map(([name, text]) => ({ path: `${name}.yaml`, text })));
}

function event(fields: object): Fields {
  return Object.assign(newFields(), fields);
}

/** A pipeline that says which one it is. */
const marker = (name: string, match: string): string =>
  `match: ${match}\nprocessors: [{ set: { field: by, value: ${name} } }]`;

describe('the pipeline that a pod names', () => {
  const pod = (name: unknown) => ({ message: 'm', kubernetes: { annotations: { 'longshore.io/pipeline': name } } });
  const files = {
    a: marker('a', '{ tag: t }'),
    b: marker('b', '{ tag: other }'),
    bare: 'processors: [{ set: { field: by, value: bare } }]',
  };

  test.for([
    ['takes its lines', 'b', 'b'],
    ['need not match anything', 'bare', 'bare'],
    ['is left to the others where there is none of the name', 'x', 'a'],
    ['is a text', 7, 'a'],
  ] as const)('%s', ([, name, wanted]) => {
    const set = load(files);
    expect(set.run(event(pod(name)), { ...META, tag: 't' })).toMatchObject({ by: wanted });
    // As lines are joined, and as they come without an event.
    const again = event(pod(name));
    set.multilineFor(again, { ...META, tag: 't' });
    expect(set.at(set.choose(again, { ...META, tag: 't' }))!.name).toBe(wanted);
    expect(set.run(again, { ...META, tag: 't' })).toMatchObject({ by: wanted });
  });

  test('is told of once where there is none of the name', () => {
    const set = load(files);
    for (const name of ['x', 'b', 'x', 7]) set.run(event(pod(name)), META);
    expect([set.unknownNames.take(), set.unknownNames.take()]).toEqual([['x'], []]);
    for (let i = 0; i < 300; i++) set.run(event(pod(`x${i % 200}`)), META);
    expect(set.unknownNames.take()).toHaveLength(99);
  });

  test('leaves the line to the others when it passes it on', () => {
    const passing =
      "match: { tag: other }\npass_unmatched: true\nprocessors: [{ grok: { field: message, patterns: ['^%{IP:ip}$'] } }]";
    const set = load({ ...files, passing });
    expect(set.run(event(pod('passing')), { ...META, tag: 't' })).toMatchObject({ by: 'a' });
  });

  test('is not asked for where one pipeline takes every event', () => {
    expect(
      load(files)
        .only('a')!
        .run(event(pod('b')), META),
    ).toMatchObject({ by: 'a' });
  });
});

describe('selection', () => {
  // [match, event, tag, whether it takes the event]
  const cases: [string, object, string, boolean][] = [
    ["{ image: 'nginx*' }", { image: 'registry:5000/team/nginx-unprivileged:1.29@sha256:00' }, 't', true],
    ["{ image: 'registry:5000/*' }", { image: 'registry:5000/team/nginx:1' }, 't', true],
    ['{ image: nginx }', { image: 'my-nginx:1' }, 't', false],
    ["{ image: 'apache*' }", { image: 'bitnami/apache:2.4' }, 't', true],
    ["{ image: 'apache*' }", { image: 'apache/kafka:3.9' }, 't', false],
    ["{ image: 'apache/*' }", { image: 'docker.io/apache/kafka:3.9' }, 't', true],
    ["{ image: 'team/shop' }", { image: 'registry:5000/team/shop:7' }, 't', true],
    ["{ image: 'team/shop' }", { image: 'registry:5000/other/team/shop:7' }, 't', false],
    ["{ image: 'nginx:1.*' }", { image: 'registry:5000/nginx:1.29' }, 't', true],
    ["{ image: 'nginx:1.*' }", { image: 'nginx:2.0' }, 't', false],
    ["{ image: 'nginx' }", { image: 'registry:5000/nginx' }, 't', true],
    ["{ image: 'app' }", {}, 'docker.app', true],
    ["{ image: 'nginx' }", { container_name: 'web-1' }, 'docker.team/nginx:1.29.web-1', true],
    ["{ image: 'app' }", {}, 'fluent.app', false],
    ["{ image: 'app' }", { image: 'other' }, 'docker.app', false],
    ["{ image: 'nginx*' }", {}, 't', false],
    ["{ container: ['a*', '*b'] }", { container_name: 'web-b' }, 't', true],
    ["{ label.team: 'x' }", { labels: { team: 'x' } }, 't', true],
    ["{ label.com.example.team: 'x' }", { labels: { 'com.example.team': 'x' } }, 't', true],
    ["{ labels: { team: 'x*' } }", { labels: { team: 'y' } }, 't', false],
    ["{ service: 'shop' }", { labels: { 'com.docker.compose.service': 'shop' } }, 't', true],
    ["{ tag: 'docker.*' }", {}, 'docker.nginx', true],
    ["{ tag: 'docker.*' }", {}, 'docker.nginx.web', false],
    ["{ tag: 'docker.**' }", {}, 'docker.nginx.web', true],
    ["{ tag: 'docker.**' }", {}, 'docker', true],
    ["{ tag: '**.web' }", {}, 'web', true],
    ["{ tag: 'a.{b,c}.* x' }", {}, 'a.c.d', true],
    ["{ tag: 'a.{b,c}.* x' }", {}, 'x', true],
    ["{ stream: stderr, image: 'a*' }", { stream: 'stderr', image: 'b' }, 't', false],
    ["[{ stream: stderr }, { image: 'b*' }]", { stream: 'stdout', image: 'b' }, 't', true],
    ['{ if: ctx.message.length() > 3 }', { message: 'abcd' }, 't', true],
    ['{ if: ctx.message.length() > 3 }', {}, 't', false],
  ];
  test.for(cases)('%s takes %j with tag %s: %s', ([match, fields, tag, wanted]) => {
    const got = load({ a: marker('a', match) }).run(event(fields), { ...META, tag });
    expect(got?.['by'] === 'a').toBe(wanted);
  });

  test('the first in file-name order takes the event, fallbacks come after all others', () => {
    const set = load({
      b: marker('b', '{ tag: docker.** }'),
      a: marker('a', "{ fallback: true, if: 'ctx.message != null' }"),
      c: marker('c', '{ tag: docker.web }'),
    });
    expect(set.names).toEqual(['a', 'b', 'c']);
    expect(set.run(event({ message: 'x' }), META)?.['by']).toBe('b');
    expect(set.run(event({ message: 'x' }), { ...META, tag: 'other' })?.['by']).toBe('a');
  });

  test('a pipeline without match is only called', () => {
    const set = load({
      a: 'processors: [{ drop: {} }]',
      b: `match: { stream: stderr }\nprocessors: [{ pipeline: { name: a } }]`,
    });
    expect(set.run(event({ message: 'x' }), META)).toBeDefined();
    expect(set.run(event({ message: 'x', stream: 'stderr' }), META)).toBeUndefined();
  });
});

describe('pass_unmatched', () => {
  const grok = (pattern: string) => `{ grok: { field: message, patterns: ['${pattern}'] } }`;
  const files = {
    a: `match: { image: shop }\npass_unmatched: true\nprocessors: [${grok('^%{INT:n} ')}, { set: { field: by, value: a } }]`,
    b: `match: { fallback: true, if: "ctx.message.startsWith('b')" }\nprocessors: [{ set: { field: by, value: b } }]`,
  };
  const run = (message: string, more: Record<string, string> = {}) =>
    load({ ...files, ...more }).run(event({ message, image: 'shop' }), META);

  test('what its patterns match is its own', () => {
    expect(run('7 x')).toMatchObject({ by: 'a', n: '7' });
  });
  test('what they do not match goes to the pipeline that knows its form, without a failure', () => {
    expect({ ...run('b x') }).toEqual({ message: 'b x', image: 'shop', by: 'b' });
  });
  test('what nobody knows is read as if there were no pipeline', () => {
    expect({ ...run('{"x":1}') }).toEqual({ message: '{"x":1}', image: 'shop', x: 1 });
  });
  test('without it a line that does not match is a failure', () => {
    const own = { c: `match: { image: own }\nprocessors: [${grok('^%{INT:n} ')}]` };
    const got = load({ ...files, ...own }).run(event({ message: '{"x":1}', image: 'own' }), META);
    expect(got).toMatchObject({ tags: ['_grokparsefailure'] });
    expect(got?.['x']).toBeUndefined();
  });
  test('the failure of another processor stays one', () => {
    const a = `match: { image: shop }\npass_unmatched: true\nprocessors: [{ date: { field: message, formats: [UNIX] } }]`;
    expect(run('b x', { a })).toMatchObject({ tags: ['_dateparsefailure'] });
  });
  test('a drop is a drop', () => {
    const a = 'match: { image: shop }\npass_unmatched: true\nprocessors: [{ drop: {} }]';
    expect(run('b x', { a })).toBeUndefined();
  });
  test('several that pass an event on end with the default, each asked once', () => {
    const pass = `[{ fallback: true, if: ctx.message != null }, { fallback: true, if: ctx.message != null }]\npass_unmatched: true\nprocessors: [{ append: { field: asked, value: NAME, allow_duplicates: true } }]`;
    const got = run('{"x":1}', {
      c: `match: ${pass.replace('NAME', 'c')}`,
      d: `match: ${pass.replace('NAME', 'd')}`,
    });
    expect(got).toMatchObject({ asked: ['c', 'd'], x: 1 });
  });
  test('its masks hold for what it passes on', () => {
    const a = `match: { image: shop }\npass_unmatched: true\nprocessors: [${grok('^%{INT:n} ')}]\nmask: [{ preset: email }]`;
    expect(run('b a@example.com', { a })).toMatchObject({ message: 'b ***', by: 'b' });
  });
  test('its own tests see what becomes of a line that it passes on', () => {
    const a = `${files.a}\ntests: [{ input: { image: shop, message: '{"x":1}' }, expect: { x: 1, tags: null } }, { input: 'b', expect: { by: b } }]`;
    expect(
      load({ ...files, a })
        .test()
        .map(({ passed }) => passed),
    ).toEqual([true, true]);
  });
});

describe('failures', () => {
  test('are tagged, told and counted, and nothing is lost', async () => {
    const set = load({
      counted: "match: { tag: '**' }\nprocessors: [{ grok: { field: message, patterns: ['%{INT:n}'], tag: first } }]",
    });
    const got = set.run(event({ message: 'none', tags: ['mine'] }), META);
    expect({ ...got }).toEqual({
      message: 'none',
      tags: ['mine', '_grokparsefailure'],
      pipeline_error: 'counted: grok (first): no pattern matches the text',
    });
    expect(await registry.getSingleMetricAsString('longshore_pipeline_failures_total')).toContain(
      'longshore_pipeline_failures_total{pipeline="counted",processor="grok"} 1',
    );
  });

  test('pipelines that call one another without end fail', () => {
    const set = load({
      a: "match: { tag: '**' }\nprocessors: [{ pipeline: { name: b } }]",
      b: 'processors: [{ pipeline: { name: a } }]',
    });
    expect(set.run(event({}), META)?.['pipeline_error']).toContain('call one another deeper than 10');
    expect(set.run(event({}), META)?.['pipeline_error']).toContain('call one another deeper than 10');
  });

  test('the failure of a called pipeline is handled by the caller', () => {
    const set = load({
      a: "match: { tag: '**' }\nprocessors: [{ pipeline: { name: b, on_failure: [{ set: { field: why, value: '{{_ingest.on_failure_pipeline}}' } }] } }]",
      b: 'processors: [{ fail: { message: x } }]',
    });
    expect({ ...set.run(event({}), META) }).toEqual({ why: 'b' });
  });

  test('hostile events are survived by every shipped kind of processor', () => {
    const set = load({
      a: `match: { tag: '**' }
processors:
  - json: { field: message, add_to_root: true, ignore_failure: true }
  - date: { field: t, formats: [ISO8601, UNIX], ignore_failure: true }
  - kv: { field: message, field_split: '\\s', value_split: '=', target_field: a.b.c, ignore_failure: true }
  - gsub: { field: message, pattern: '(x+x+)+y', replacement: '', ignore_failure: true }
  - foreach: { field: list, processor: { set: { field: _ingest._value.a, value: 1 } }, ignore_failure: true }`,
    });
    for (const value of [
      null,
      '',
      0,
      Number.NaN,
      [],
      [null],
      {},
      '\u0000',
      `${'x'.repeat(5000)}`,
      '{"__proto__":{"a":1}}',
      '{"a":5,"message":[]}',
      new Uint8Array(3),
      new Date(Number.NaN),
    ])
      expect(set.run(event({ message: value, t: value, list: value, a: value }), META)).toBeDefined();
    expect(({} as Fields)['a']).toBeUndefined();
  });
});

describe('masks', () => {
  // [mask, text, what stays]
  const cases: [string, string, string][] = [
    ['{ preset: email }', 'mail to kim.min-ji@example.co.kr now', 'mail to *** now'],
    ['{ preset: credit_card, replace: CARD }', 'paid with 4111 1111 1111 1111.', 'paid with CARD.'],
    ['{ preset: ipv4 }', 'from 203.0.113.9:80, version 1.2.3', 'from ***:80, version 1.2.3'],
    ['{ preset: jwt }', 'token eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJ-_x ok', 'token *** ok'],
    ['{ preset: bearer }', 'Authorization: Bearer abcdef123456', 'Authorization: Bearer ***'],
    ['{ preset: password }', 'user=kim PASSWORD=hunter2 x=1', 'user=kim PASSWORD=*** x=1'],
    ['{ preset: password }', '{"password": "hunter2","a":1}', '{"password": "***","a":1}'],
    ['{ preset: url_credentials }', 'postgres://app:s3cret@db/shop', 'postgres://app:***@db/shop'],
    ["{ pattern: '(\\d{3})-\\d{4}', replace: '$1-****' }", 'call 555-1234', 'call 555-****'],
  ];
  test.for(cases)('%s hides in "%s"', ([mask, text, wanted]) => {
    const set = load({ a: `match: { tag: '**' }\nmask: [${mask}]` });
    expect(set.run(event({ message: text, deep: { list: [text] } }), META)).toMatchObject({
      message: wanted,
      deep: { list: [wanted] },
    });
  });

  test('hold when a processor failed, and in what a called pipeline left', () => {
    const set = load({
      a: "match: { tag: '**' }\nprocessors: [{ set: { field: copy, value: '{{message}}' } }, { fail: { message: x } }]\nmask: [{ preset: email }]",
    });
    expect(set.run(event({ message: 'a@example.com' }), META)).toMatchObject({ message: '***', copy: '***' });
  });

  test('fields limit them, and who an event is from stays', () => {
    const set = load({ a: "match: { tag: '**' }\nmask: [{ preset: ipv4, fields: [ip] }, { preset: email }]" });
    const got = set.run(event({ ip: '10.0.0.1', message: '10.0.0.1', container_name: 'a@example.com' }), META);
    expect(got).toMatchObject({ ip: '***', message: '10.0.0.1', container_name: 'a@example.com' });
  });
});

describe('multiline', () => {
  const java = {
    a: 'match: [{ image: shop }, { fallback: true, if: "ctx.message.startsWith(\'2026\')" }]\nmultiline: java\nprocessors: []',
  };

  test('the rule of the pipeline that takes the line', () => {
    const rule = load(java).multilineFor(event({ image: 'shop', message: 'x' }), META);
    expect(rule).toMatchObject({ name: 'a', max_lines: 5000, max_bytes: 1048576, flush_interval_ms: 1000 });
    expect(rule?.continues('\tat a.B.c(B.java:1)')).toBe(true);
    expect(rule?.starts('2026-11-20 x')).toBe(true);
  });

  test('pattern, negate, what and limits as in Logstash', () => {
    const rule = load({
      a: "match: { tag: '**' }\nprocessors: []\nmultiline: { pattern: '^\\d{4}-', negate: true, what: previous, max_lines: 3, max_bytes: 64KB, auto_flush_interval: 2 }",
    }).multilineFor(event({ message: 'x' }), META);
    expect(rule).toMatchObject({ max_lines: 3, max_bytes: 64_000, flush_interval_ms: 2000 });
    expect([rule?.starts('2026-11'), rule?.continues('2026-11'), rule?.starts('x'), rule?.continues('x')]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  test('what: next waits for the line after', () => {
    const rule = load({
      a: "match: { tag: '**' }\nprocessors: []\nmultiline: { pattern: '\\\\$', what: next }",
    }).multilineFor(event({}), META);
    expect([rule?.ends?.('a \\'), rule?.ends?.('b')]).toEqual([false, true]);
  });
});

test('tests tell what differs', () => {
  const set = load({
    a: `match: { image: a }
processors: [{ set: { field: level, value: INFO } }, { drop: { if: "ctx.message == 'gone'" } }]
tests:
  - { name: wrong, input: x, expect: { level: ERROR, none: null } }
  - { name: dropped, input: gone, expect_dropped: true }
  - { name: kept, input: x, expect_dropped: true }
  - { name: other, input: { image: b, message: x }, expect: { level: INFO } }`,
  });
  const results = set.test({ conform: fields => Object.assign(fields, { none: 1 }) });
  expect(results.map(({ name, where, passed }) => [name, where, passed])).toEqual([
    ['wrong', 'a.yaml:4', false],
    ['dropped', 'a.yaml:5', true],
    ['kept', 'a.yaml:6', false],
    ['other', 'a.yaml:7', false],
  ]);
  expect(results[0]?.differences).toEqual(['level: expected "ERROR", got "INFO"', 'none: expected nothing, got 1']);
  expect(results[3]?.differences).toEqual([
    'level: expected "INFO", got nothing',
    'it failed: no pipeline matches this input, not a. Give in `input` what its `match` asks for (image), or leave all of that out to test the processors alone',
  ]);
});

// [match, input beside the message, whether the test finds its pipeline]
test.each([
  ['{ tag: monitor }', {}, true],
  ['{ tag: monitor }', { tag: 'monitor' }, true],
  ['{ tag: monitor }', { tag: 'other' }, false],
  ["{ tag: 'docker.shop.**' }", {}, true],
  ["{ container: 'web-*' }", { container_name: '/web-1' }, true],
  ["{ container: 'web-*' }", { container_name: '/db-1' }, false],
  ['{ stream: stderr }', { source: 'stdout' }, false],
  ['{ label.team: a }', { labels: { team: 'b' } }, false],
  ["[{ image: 'a*' }, { tag: a }]", {}, true],
])('a test of a pipeline with match %s and the input %j', (match, input, finds) => {
  const set = load({
    a: `match: ${match}\nprocessors: [{ set: { field: a, value: b } }]\ntests: [{ input: ${JSON.stringify({ message: 'x', ...input })}, expect: { a: b } }]`,
  });
  expect(set.test({ admit }).map(({ passed }) => passed)).toEqual([finds]);
});

test('what Elasticsearch and compose write beside the processors is no mistake', () => {
  const text = `
version: 3
_meta: { managed_by: shop }
deprecated: false
field_access_pattern: flexible
x-common: &common { ignore_missing: true }
x-late: &late
  - set: { field: level, value: WARN }
match: { tag: '**' }
processors:
  - rename: { <<: *common, field: a.b, target_field: c }
  - set: { field: d, value: 1, if: ctx.x == null }
  - fail: { message: no, on_failure: *late }
`;
  expect({ ...loadPipelines([{ path: 'a.yaml', text }]).run(event({ message: 'm' }), META) }).toMatchObject({
    message: 'm',
    d: 1,
    level: 'WARN',
  });
});

test('the version follows the text', () => {
  const version = (text: string): string => load({ a: text }).version;
  expect(version('processors: []')).toBe(version('processors: []'));
  expect(version('processors: []')).not.toBe(version('processors: [] # x'));
});

test('the reason of a failure shows nothing that a mask hides in the event', () => {
  const set = load({
    a: `match: { tag: '**' }
processors: [{ fail: { message: 'no account for {{mail}}' } }]
mask: [{ preset: email, fields: [mail] }]`,
  });
  const out = set.run(event({ message: 'x', mail: 'bob@example.com' }), META)!;
  expect(out).toMatchObject({ mail: '***' });
  expect(out['pipeline_error']).toMatch(/^a: fail: no account for \*\*\*/);
  expect(JSON.stringify(out)).not.toContain('bob');
});
