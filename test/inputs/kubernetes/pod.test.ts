import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isExcluded, kubernetesOf, podOf } from '../../../src/inputs/kubernetes/pod.ts';

interface Case {
  readonly name: string;
  readonly pod: object;
  readonly container?: string;
  readonly annotations?: string[];
  readonly obey?: boolean;
  readonly kubernetes?: object;
  readonly excluded?: boolean;
}
const cases = readFileSync(join(import.meta.dirname, 'pods.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line) as Case);

describe('what an event gets of its pod', () => {
  test.each(cases.map(one => [one.name, one] as const))('%s', (_, one) => {
    const { container = 'web', annotations = [], obey: obeyAnnotations = true } = one;
    const pod = podOf(one.pod, { annotations, obeyAnnotations })!;
    const made = () => kubernetesOf(pod, { container, id: 'c1', node: 'node-1' }, undefined);
    if (one.kubernetes !== undefined) expect({ ...made() }).toEqual(one.kubernetes);
    if (one.excluded !== undefined) expect(isExcluded(pod, container)).toBe(one.excluded);
    expect(made()).toEqual(made());
    expect(made()['labels'] ?? made()).not.toBe(made()['labels']);
  });

  test('what anybody writes into a pod is bounded', () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, 'v'.repeat(5000)]));
    const containers = Array.from({ length: 5000 }, (_, i) => ({ name: `c${i}`, image: 'i' }));
    const pod = podOf(
      { metadata: { name: 'a', namespace: 'b', labels: many, annotations: many }, spec: { containers } },
      { annotations: ['*'], obeyAnnotations: true },
    )!;
    expect(JSON.stringify(pod.labels).length + JSON.stringify(pod.annotations).length).toBeLessThan(200_000);
    expect(pod.images.size).toBe(64);
  });
});
