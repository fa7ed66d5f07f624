import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadPipelines } from '../../src/parse/pipelines.ts';
import { PROCESSORS } from '../../src/parse/processors/index.ts';
import { PASSED_OVER } from '../../src/parse/processors/passed-over.ts';

const page = readFileSync('docs/reference/processors.md', 'utf8');
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map(section => [section.slice(0, section.indexOf('\n')), section]),
);
const HERE = PROCESSORS.filter(kind => !PASSED_OVER.includes(kind)).map(({ name }) => name);
const NOT_HERE = PASSED_OVER.map(({ name }) => name);
const COMMON = ['if', 'ignore_failure', 'on_failure', 'tag', 'description'];

describe('the page of processors', () => {
  test('has a section for each, and says which ones of Elasticsearch are missing', () => {
    expect([...sections.keys()]).toEqual([...HERE.toSorted(), 'Not here']);
    const missing = [...sections.get('Not here')!.matchAll(/`(\w+)`/g)].map(match => match[1]!);
    expect(missing.sort()).toEqual(NOT_HERE.toSorted());
  });

  test.for(HERE)('%s: the options are those that the processor takes', name => {
    const told = [...sections.get(name)!.matchAll(/^\| `(\w+)` \|/gm)].map(match => match[1]!);
    expect(told.sort()).toEqual(optionsOf(name));
  });

  test.for(HERE)('%s: has an example with a test', name => {
    const example = sections.get(name)!.split('```yaml pipeline\n')[1] ?? '';
    expect(example).toContain(`- ${name}:`);
    expect(example).toContain('tests:');
  });
});

/** The error about an unknown option lists the known ones. */
function optionsOf(name: string): string[] {
  const text = `processors: [{ ${name}: { no_option_at_all_is_like_this: 1 } }]`;
  try {
    loadPipelines([{ path: 'p.yaml', text }], { timezone: 'UTC' });
  } catch (error) {
    const messages = (error as AggregateError).errors.map(({ message }: Error) => message);
    const listed = messages.find(message => message.includes('It has '))!.match(/It has ([\w, ]+)\./)![1]!;
    return listed
      .split(', ')
      .filter(option => !COMMON.includes(option))
      .sort();
  }
  throw new Error('an unknown option was taken');
}
