import { expect, test } from 'vitest';
import { type Fields, newFields } from '../../src/core/event.ts';
import { loadPipelines } from '../../src/parse/pipelines.ts';
import { cases, loadPublished, published } from '../parse/published.ts';
import { BothWays, META } from './events.ts';
import { Chance } from './random-pipelines.ts';
import { mutations, Way } from './ways.ts';

/*
 * Events whose names were seen before become documents without `createConform` and `writeDocument`. What these give is the reference:
 * the documents are the same to the byte.
 */
const FORMS = ['elasticsearch', 'embedded'] as const;

test.for(FORMS)('samples of published pipelines: documents for %s', form => {
  const ways = new BothWays(form);
  for (const one of cases) {
    const given = Object.assign(newFields(), { tag: 'docker.x', container_name: 'web-1' }, structuredClone(one.in));
    const event = loadPublished(one.pipeline).runTyped(given, META);
    if (event === undefined) continue;
    const [made, reference] = ways.documents(event);
    if (made !== undefined) expect(made).toBe(reference);
  }
  expect(ways.known).toBeGreaterThan(cases.length * 0.9);
});

test.for(published)('%s: its samples and lines that are like them', pipeline => {
  const set = loadPublished(pipeline);
  const own = cases.filter(one => one.pipeline === pipeline && typeof one.in['message'] === 'string');
  const lines = own.map(one => String(one.in['message']).replace(/\b2\d{3}\b(?=[-/ ])/, '2026'));
  const all = [...lines, ...mutations(lines, 2, 17), ...lines];
  for (const form of FORMS) {
    const [made, run] = [true, false].map(isPlain => new Way(set, form, isPlain, false));
    for (const recordOf of [undefined, podRecord]) {
      const parts = made!.documents(all, 'docker.x', recordOf).join('\n').split('\n');
      const references = run!.documents(all, 'docker.x', recordOf).join('\n').split('\n');
      // Only what differs is shown.
      const at = parts.findIndex((part, i) => part !== references[i]);
      if (at >= 0) expect(parts[at]).toBe(references[at]);
      expect(parts.length).toBe(references.length);
    }
  }
});

function podRecord(log: string, i: number): Fields {
  const labels = { 'app.kubernetes.io/name': 'shop', team: 'é "x"' };
  const pod = { pod_name: `shop-${i % 2}`, namespace_name: 'prod', host: 'node-1', container_name: 'web', labels };
  return { log, stream: 'stdout', kubernetes: { ...pod, container_image: 'nginx:1' } };
}

test('events of chance', () => {
  for (const form of FORMS) {
    const chance = new Chance(form.length);
    let known = 0;
    let ways = new BothWays(form);
    for (let i = 0; i < 1500; i++) {
      const event = chance.event();
      // Each comes again, with its names known.
      const twin = structuredClone(event);
      for (const one of [event, twin]) {
        const [made, reference] = ways.documents(one, i % 50 === 0 ? 'é"' : 'a-1');
        if (made !== undefined) expect(made).toBe(reference);
      }
      // So many names are not learned in one life.
      if (i % 100 === 99) {
        known += ways.known;
        ways = new BothWays(form);
      }
    }
    expect(known).toBeGreaterThan(500);
  }
});

test('pipelines of chance', () => {
  const chance = new Chance(29);
  let known = 0;
  for (let i = 0; i < 160; i++) {
    const set = loadPipelines([{ path: 'chance.yaml', text: chance.pipeline('docker.x') }]);
    const lines = Array.from({ length: 8 }, () => chance.line());
    const form = FORMS[i % 2]!;
    const ways = new BothWays(form);
    for (const line of [...lines, ...lines]) {
      const given = Object.assign(newFields(), { message: line, container_name: 'web-1', tag: 'docker.x' });
      const event = set.runTyped(given, META);
      if (event === undefined) continue;
      const [made, reference] = ways.documents(event);
      if (made !== undefined) expect(made).toBe(reference);
    }
    known += ways.known;
    const parts = [true, false].map(isPlain => new Way(set, form, isPlain, false).documents(lines, 'docker.x'));
    expect(parts[0]).toEqual(parts[1]);
  }
  expect(known).toBeGreaterThan(700);
});
