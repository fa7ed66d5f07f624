import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { simulateIngest } from '../../../src/parse/simulate/ingest-simulate.ts';

/*
 * `elasticsearch.jsonl`: requests and what a real engine (OpenSearch 2.19: the ingest API of Elasticsearch 7.10) answered. Reasons
 * are each engine's own words, and of a mistake in a pipeline the types are, too.
 */
interface Case {
  case: string;
  name: string | null;
  verbose: boolean;
  body: object;
  status: number;
  answer: unknown;
}
const cases = readFileSync('test/parse/simulate/elasticsearch.jsonl', 'utf8')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line) as Case);

const INNER = {
  path: 'pipelines/longshore_inner.yaml',
  text: `description: i
processors:
  - set: { field: x, value: 1, tag: in }
  - rename: { field: 'no', target_field: y, if: ctx.bad == 1 }
`,
};

function simulate(body: unknown, more: { name?: string | null; verbose?: boolean; deadline?: number } = {}) {
  let now = 0;
  const { status, body: text } = simulateIngest({
    body: typeof body === 'string' ? body : JSON.stringify(body),
    name: more.name ?? undefined,
    isVerbose: more.verbose === true,
    files: [INNER],
    options: { timezone: 'UTC' },
    now: Date.UTC(2026, 10, 20, 14),
    clock: () => ++now,
    deadline: more.deadline ?? Number.POSITIVE_INFINITY,
  });
  return { status, text, answer: JSON.parse(text) };
}

/** What is compared: the shape and everything that is no engine's own word. */
function comparable(value: unknown, key = '', isRefusal = false): unknown {
  if (Array.isArray(value)) return value.map(item => comparable(item, key, isRefusal));
  if (typeof value !== 'object' || value === null) {
    if (key === 'reason' || key === 'timestamp' || key === 'on_failure_message') return typeof value;
    return key === 'type' && isRefusal ? typeof value : value;
  }
  const entries = Object.entries(value).filter(([name, inner]) => {
    if (
      isRefusal &&
      ['processor_type', 'property_name', 'script', 'script_stack', 'position', 'lang', 'caused_by'].includes(name)
    )
      return false;
    // Told here always, there only by called pipelines; and what lies below an error.
    if (name === 'on_failure_pipeline' || name === 'caused_by') return false;
    // Without a value: the engine has it as null.
    return !(inner === null && (name === 'on_failure_processor_tag' || name === '_value'));
  });
  return Object.fromEntries(entries.map(([name, inner]) => [name, comparable(inner, name, isRefusal)]));
}

describe('_simulate answers as the engine', () => {
  test.for(cases)('$case', one => {
    const { status, answer } = simulate(one.body, one);
    const isRefusal = one.status !== 200;
    expect({ status, answer: comparable(answer, '', isRefusal) }).toEqual({
      status: one.status,
      answer: comparable(one.answer, '', isRefusal),
    });
  });
});

describe('_simulate', () => {
  test.for(['', '[]', 'x', '{', '{"pipeline":1,"docs":[]}', '{"pipeline":{"processors":1},"docs":[{"_source":{}}]}'])(
    'the body %o is refused with a sentence',
    body => {
      const { status, answer } = simulate(body);
      expect(status).toBe(400);
      expect(answer).toMatchObject({ status: 400, error: { type: expect.any(String), reason: expect.any(String) } });
    },
  );

  test('a mistake is told with how to mend it', () => {
    const { answer } = simulate({ pipeline: { processors: [{ gork: {} }] }, docs: [{ _source: {} }] });
    expect(answer.error.reason).toBe('there is no processor `gork`. Did you mean `grok`?');
  });

  test('the time of the event is text', () => {
    const pipeline = { processors: [{ date: { field: 'a', formats: ['ISO8601'] } }] };
    const { answer } = simulate({ pipeline, docs: [{ _source: { a: '2026-11-20T13:55:36Z' } }] });
    expect(answer.docs[0].doc._source['@timestamp']).toBe('2026-11-20T13:55:36.000Z');
  });

  test('what takes too long is ended, and told', () => {
    const append = { append: { field: 'n', value: 1, ignore_failure: true } };
    const pipeline = {
      processors: [{ foreach: { field: 'l', processor: { foreach: { field: 'l', processor: append } } } }],
    };
    const docs = [{ _source: { l: Array.from({ length: 1000 }, () => 1) } }];
    const { answer } = simulate({ pipeline, docs }, { deadline: 500 });
    expect(answer.docs).toEqual([{ error: expect.objectContaining({ type: 'timeout_exception' }) }]);
  });

  test('too many documents are refused', () => {
    const docs = Array.from({ length: 1001 }, () => ({ _source: {} }));
    expect(simulate({ pipeline: { processors: [] }, docs })).toMatchObject({ status: 400 });
  });
});

test('numbers of a document are what their digits say', () => {
  const text =
    '{"pipeline":{"processors":[{"script":{"source":"ctx.half = ctx.whole / 2; ctx.more = ctx.id + 1"}}]},"docs":[{"_source":{"whole":3.0,"id":9007199254740993}}]}';
  const { body } = simulateIngest({
    ...{ body: text, name: undefined, isVerbose: false, files: [], options: { timezone: 'UTC' } },
    ...{ now: Date.UTC(2026, 10, 20, 14), clock: () => 0, deadline: 1 },
  });
  expect(body).toContain('"half":1.5');
  expect(body).toMatch(/"more":"?9007199254740994"?/);
});
