import { isoTime } from '../base/time/iso.ts';
import type { Located } from '../base/yaml/located.ts';
import { LongshoreError } from '../core/errors.ts';
import { type EventMeta, type Fields, fieldAt, isFields, newFields } from '../core/event.ts';
import { Joiner, type JoinLimits } from './join/joiner.ts';
import { streamOf } from './join/stream.ts';
import { OptionReader } from './loader/option-reader.ts';
import type { MultilineRule } from './multiline.ts';
import { plainNumbers } from './plain-numbers.ts';
import { copyOf } from './processors/set.ts';
import type { LevelOfText } from './trace/trace.ts';

/** An example that a pipeline brings along. */
export interface PipelineTest {
  readonly name: string;
  /** `file:line`. */
  readonly where: string;
  /** When they come in, epoch milliseconds; undefined: the set's own choice. */
  readonly now: number | undefined;
  /** The events as they come in, before their lines are joined. */
  readonly inputs: readonly Fields[];
  /** What the events that come out must hold at least, one mapping an event; undefined: not looked at. */
  readonly expect: readonly Fields[] | undefined;
  readonly expectDropped: boolean;
  readonly expectTags: readonly string[];
}

export interface TestResult {
  readonly pipeline: string;
  readonly name: string;
  /** `file:line`. */
  readonly where: string;
  readonly passed: boolean;
  /** One line a difference: `level: expected "ERROR", got "INFO"`; empty when passed. */
  readonly differences: readonly string[];
}

/**
 * `tests`: a list of { name, input (text, mapping, or a list of lines), expect, expect_dropped, expect_tags, now (ISO time at
 * which the input comes in) }.
 */
export function readTests(source: Located, problems: LongshoreError[]): PipelineTest[] {
  if (source.items === undefined) {
    const fix = 'Begin each test with `- input:`.';
    problems.push(
      new LongshoreError('LS_PIPELINE_TEST', `\`tests\` must be a list, not a ${source.kind}.`, {
        where: source.where,
        fix,
      }),
    );
    return [];
  }
  return source.items.map((item, i) => {
    const options = new OptionReader('a test', item, problems);
    const input = options.located('input');
    if (input === undefined)
      options.problem('LS_PIPELINE_MISSING_OPTION', 'a test needs the option `input`.', 'Add the line.');
    const expect = options.located('expect');
    const test: PipelineTest = {
      name: options.string('name', `test ${i + 1}`),
      where: item.where,
      now: readNow(options),
      inputs: (input?.items?.map(line => line.value) ?? [input?.value]).map(toInput),
      expect: expect === undefined ? undefined : (expect.items?.map(one => one.value) ?? [expect.value]).map(toExpect),
      expectDropped: options.boolean('expect_dropped', false),
      expectTags: options.strings('expect_tags', []),
    };
    options.finish();
    if (expect === undefined && !test.expectDropped && test.expectTags.length === 0)
      options.problem(
        'LS_PIPELINE_TEST',
        'a test expects nothing.',
        'Add `expect`, `expect_tags` or `expect_dropped: true`.',
      );
    return test;
  });
}

function readNow(options: OptionReader): number | undefined {
  const text = options.string('now', undefined);
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) options.problem('LS_PIPELINE_TEST', `a test: \`now\` "${text}" is not an ISO time.`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** What the set gives a test to work with. */
export interface TestBench {
  readonly multiline: MultilineRule | undefined;
  readonly levelOf: LevelOfText | undefined;
  readonly meta: EventMeta;
  run(event: Fields): Fields | undefined;
}

/** Runs one test; pure. */
export function runTest(test: PipelineTest, pipeline: string, bench: TestBench): TestResult {
  const inputs = test.inputs.map(input => copyOf(input) as Fields);
  const events = joinLines(inputs, bench);
  const got = events.map(event => bench.run(event)).filter(event => event !== undefined);
  const differences: string[] = [];
  if (test.expectDropped && got.length > 0) differences.push('expected to be dropped, but the event was kept');
  if (!test.expectDropped && got.length === 0) differences.push('expected an event, but it was dropped');
  if (test.expect !== undefined && !test.expectDropped) {
    if (got.length !== test.expect.length) differences.push(`expected ${test.expect.length} events, got ${got.length}`);
    for (let i = 0; i < Math.min(got.length, test.expect.length); i++) {
      const prefix = test.expect.length > 1 ? `event ${i + 1}: ` : '';
      for (const [path, wanted] of Object.entries(test.expect[i]!))
        compare(prefix + path, wanted, fieldAt(got[i]!, path), differences);
    }
  }
  const tags = got.flatMap(event => event['tags'] ?? []);
  for (const tag of test.expectTags)
    if (!tags.includes(tag)) differences.push(`tags: expected ${tag}, got ${show(tags)}`);
  if (test.expect !== undefined && test.expectTags.length === 0)
    for (const event of got)
      if (event['pipeline_error'] !== undefined && !test.expect.some(one => 'pipeline_error' in one || 'tags' in one))
        differences.push(`it failed: ${String(event['pipeline_error'])}`);
  return { pipeline, name: test.name, where: test.where, passed: differences.length === 0, differences };
}

function toInput(value: unknown): Fields {
  if (isFields(value)) return value;
  const event = newFields();
  event['message'] = String(value ?? '');
  return event;
}

function toExpect(value: unknown): Fields {
  if (!isFields(value)) return newFields();
  plainNumbers(value);
  return value;
}

/** The lines as the joiner would put them together; those that name no stream are of one container. */
function joinLines(events: readonly Fields[], { multiline, levelOf, meta }: TestBench): Fields[] {
  const joiner = new Joiner(TEST_LIMITS, levelOf);
  const out: Fields[] = [];
  for (const [i, event] of events.entries()) {
    const isNamed = streamOf(event, '') !== undefined;
    if (!isNamed) event['container_id'] = TEST_CONTAINER;
    const offered = joiner.line(event, meta, String(i), '', () => multiline);
    for (const { record } of offered?.complete ?? []) out.push(record);
    if (offered === undefined || offered.isAlone) out.push(event);
  }
  for (const { record } of joiner.expire(Number.POSITIVE_INFINITY)) out.push(record);
  for (const event of out) if (event['container_id'] === TEST_CONTAINER) delete event['container_id'];
  return out;
}

const TEST_CONTAINER = 'the container of a test';
const TEST_LIMITS: JoinLimits = {
  max_open_bytes: Number.POSITIVE_INFINITY,
  max_event_bytes: 1_000_000,
  max_open_joins: Number.POSITIVE_INFINITY,
  docker_piece_timeout_ms: 1000,
};

function compare(path: string, wanted: unknown, got: unknown, differences: string[]): void {
  if (wanted === null) {
    if (got !== undefined && got !== null) differences.push(`${path}: expected nothing, got ${show(got)}`);
    return;
  }
  if (isFields(wanted) && isFields(got)) {
    for (const [key, inner] of Object.entries(wanted)) compare(`${path}.${key}`, inner, fieldAt(got, key), differences);
    return;
  }
  const plain =
    typeof got === 'number' && typeof wanted === 'string' && /(?:^|: )@timestamp$/.test(path) ? isoTime(got) : got;
  if (JSON.stringify(wanted) !== JSON.stringify(plain))
    differences.push(`${path}: expected ${show(wanted)}, got ${show(plain)}`);
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
