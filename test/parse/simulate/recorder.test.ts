import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { newFields } from '../../../src/core/event.ts';
import type { PipelineObserver } from '../../../src/parse/observer.ts';
import { loadPipelines } from '../../../src/parse/pipelines.ts';
import { frozenCopy } from '../../../src/parse/simulate/changes.ts';
import { Recorder } from '../../../src/parse/simulate/recorder.ts';
import { createAdmit } from '../../../src/schema/admit.ts';
import { levelOfText } from '../../../src/schema/level-text.ts';

const shipped = globSync('pipelines/*.yaml').map(path => ({ path, text: readFileSync(path, 'utf8') }));
const meta = { tag: 't', time: Number.NaN, receivedAt: Date.UTC(2026, 10, 20, 14) };
const own = (text: string, observer?: PipelineObserver) =>
  loadPipelines([{ path: 'p.yaml', text: `match: { tag: t }\n${text}` }], { observer });
const recorderOf = (detail: 'steps' | 'documents' = 'steps', deadline?: () => number) => {
  let now = 0;
  return new Recorder({ detail, clock: () => ++now, deadline });
};
const eventOf = (fields: object) => Object.assign(newFields(), structuredClone(fields));

/** What the tests of pipelines come to, and each event that came out. */
function outcomes(observer?: PipelineObserver, begin: (event: never) => void = () => {}) {
  const events: unknown[] = [];
  const results = loadPipelines(shipped, { observer }).test({
    admit: (record, about) => {
      const event = createAdmit()(record, about);
      begin(event as never);
      return event;
    },
    levelOf: levelOfText,
    conform: fields => {
      events.push(frozenCopy(fields));
      return fields;
    },
  });
  return { results, events };
}

describe('a traced run', () => {
  test('comes to what an untraced one comes to, for every test of the shipped pipelines', () => {
    const recorder = recorderOf('documents');
    const traced = outcomes(recorder, event => recorder.begin(event));
    expect(traced.events.length).toBeGreaterThan(40);
    expect(traced).toEqual(outcomes());
  });
});

describe('a trace', () => {
  test('has each step in order, with what it did', () => {
    const recorder = recorderOf();
    const set = own(
      `processors:
  - set: { field: a, value: 1, if: ctx.b == 1, tag: one, description: the first }
  - set: { field: a.c, value: { d: 2 } }
  - remove: { field: b }
  - append: { field: list, value: x }
  - set: { field: e, value: '{{b}}', if: ctx.b.c.d == 1, ignore_failure: true }
  - terminate: { if: ctx.a != null }
  - fail: { message: no }
`,
      recorder,
    );
    const event = eventOf({ b: 2, list: ['y'] });
    recorder.begin(event);
    const trace = recorder.end(event, set.run(event, meta));
    expect(trace).toMatchObject({ pipeline: 'p', automatic: [], isCut: false, isLate: false });
    expect(trace.asked).toEqual([{ pipeline: 'p', where: 'p.yaml:1', isTaken: true }]);
    expect(trace.pipelines[0]!.steps.map(({ where, type, status, changes }) => [where, type, status, changes])).toEqual(
      [
        ['p.yaml:3', 'set', 'skipped', []],
        ['p.yaml:4', 'set', 'success', [{ field: 'a', kind: 'added', after: { c: { d: 2 } } }]],
        ['p.yaml:5', 'remove', 'success', [{ field: 'b', kind: 'removed', before: 2 }]],
        ['p.yaml:6', 'append', 'success', [{ field: 'list', kind: 'changed', before: ['y'], after: ['y', 'x'] }]],
        ['p.yaml:7', 'set', 'failure_ignored', []],
        ['p.yaml:8', 'terminate', 'ended', []],
      ],
    );
    expect(trace.pipelines[0]!.steps[0]).toMatchObject({
      condition: { text: 'ctx.b == 1', holds: false },
      tag: 'one',
      description: 'the first',
    });
    expect(trace.pipelines[0]!.steps[4]!.condition).toEqual({ text: 'ctx.b.c.d == 1', holds: undefined });
  });

  test('steps inside of others stand inside of them; the item of a list is a field', () => {
    const recorder = recorderOf();
    const set = own(
      'processors: [{ foreach: { field: l, processor: { uppercase: { field: _ingest._value } } } }]',
      recorder,
    );
    const event = eventOf({ l: ['a', 'b'] });
    recorder.begin(event);
    const [step] = recorder.end(event, set.run(event, meta)).pipelines[0]!.steps;
    expect(step!.steps.map(({ type, role, changes }) => [type, role, changes.map(({ after }) => after)])).toEqual([
      ['uppercase', 'inner', ['A']],
      ['uppercase', 'inner', ['B']],
    ]);
    expect(step!.changes).toEqual([{ field: 'l', kind: 'changed', before: ['a', 'b'], after: ['A', 'B'] }]);
  });

  test('a pipeline that passes the event on is told, and what came after it', () => {
    const recorder = recorderOf();
    const set = own(
      'pass_unmatched: true\nprocessors: [{ grok: { field: message, patterns: ["^%{INT:n}$"] } }]',
      recorder,
    );
    const event = eventOf({ message: '{"x":1}' });
    recorder.begin(event);
    const trace = recorder.end(event, set.run(event, meta));
    expect(trace).toMatchObject({ pipeline: undefined, pipelines: [{ pipeline: 'p', isPassed: true }] });
    expect(trace.automatic).toEqual([{ field: 'x', kind: 'added', after: 1 }]);
  });

  test('a run that is late does nothing any more, whatever its failures would be handled by', () => {
    const recorder = recorderOf('steps', () => 20);
    const set = own(
      'processors: [{ foreach: { field: l, processor: { append: { field: n, value: 1, ignore_failure: true } } } }]',
      recorder,
    );
    const event = eventOf({ l: Array.from({ length: 1000 }, (_, i) => i) });
    recorder.begin(event);
    const trace = recorder.end(event, set.run(event, meta));
    expect(trace.isLate).toBe(true);
    expect((event['n'] as unknown[]).length).toBeLessThan(20);
  });

  test('is bounded', () => {
    const recorder = recorderOf();
    const set = own('processors: [{ foreach: { field: l, processor: { set: { field: a, value: 1 } } } }]', recorder);
    const event = eventOf({ l: Array.from({ length: 5000 }, (_, i) => i) });
    recorder.begin(event);
    const trace = recorder.end(event, set.run(event, meta));
    expect(trace.isCut).toBe(true);
    expect(trace.pipelines[0]!.steps[0]!.steps.length).toBeLessThan(3000);
  });
});
