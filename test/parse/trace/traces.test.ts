import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DEMO_CONTAINERS, seeded } from '../../../src/cli/demo/containers.ts';
import type { Fields } from '../../../src/core/event.ts';
import { Bench } from './bench.ts';

/*
 * `cases/*.txt`: `=== name`, then `@ key: value | ...`, then the lines of one container's stream. `--8<--` stands between
 * two events. `levels` are those of the events; `class` is the `exception_class` of the last event that has one. Each case runs
 * without an image, in an image that nobody knows, and in the images that it names.
 */
interface Case {
  readonly name: string;
  readonly images: (string | undefined)[];
  readonly levels: string[];
  readonly class: string | undefined;
  readonly events: string[][];
}

const folder = new URL('./cases/', import.meta.url);

function readCases(file: string): Case[] {
  const text = readFileSync(new URL(file, folder), 'utf8').replace(/\n$/, '');
  return text
    .split(/^=== /m)
    .slice(1)
    .map(part => {
      const [name, options, ...lines] = part.replace(/\n$/, '').split('\n');
      const given = new Map(
        options!
          .replace(/^@ /, '')
          .split(' | ')
          .map(option => option.split(/: (.*)/s) as [string, string]),
      );
      const events: string[][] = [[]];
      for (const line of lines) {
        if (line === '--8<--') events.push([]);
        else events.at(-1)!.push(line);
      }
      const images = given.get('images')?.split(', ') ?? [];
      return {
        name: name!,
        images: [undefined, 'acme/x:1', ...images],
        levels: given.get('levels')!.split(','),
        class: given.get('class'),
        events,
      };
    });
}

const CONTAINER = 'c1'.repeat(32);
const OTHER = '0d'.repeat(32);

/** What becomes of the lines, one record a line as Docker sends them. */
function run(
  lines: readonly { text: string; container?: string; source?: string }[],
  image: string | undefined,
): Fields[] {
  const bench = new Bench();
  for (const { text, container = CONTAINER, source = 'stderr' } of lines)
    bench.offer(
      { container_id: container, container_name: '/app-1', source, log: text },
      image === undefined ? 'docker.app' : `docker.${image}`,
    );
  return bench.finish();
}

const COLOURS = /\u001b\[[0-9;]*m/g;

/** As it is stored: without colours, and without the blank lines around it. */
function stored(lines: readonly string[]): string {
  const text = lines.map(line => line.replace(/\r$/, '').replace(COLOURS, ''));
  while (text.length > 1 && text.at(-1)!.trim() === '') text.pop();
  while (text.length > 1 && text[0]!.trim() === '') text.shift();
  return text.join('\n');
}

for (const file of readdirSync(folder)) {
  describe(file.replace('.txt', ''), () => {
    const all = readCases(file).flatMap(one => one.images.map(image => ({ ...one, image })));
    test.for(all)('$name ($image)', one => {
      const got = run(
        one.events.flat().map(text => ({ text })),
        one.image,
      );
      expect(got.map(event => event['message'])).toEqual(one.events.map(stored));
      expect(got.map(event => event['level'])).toEqual(one.levels);
      if (one.class !== undefined)
        expect(got.findLast(event => event['exception_class'] !== undefined)?.['exception_class']).toBe(one.class);
    });
  });
}

describe('streams', () => {
  const traces = readdirSync(folder).flatMap(readCases);

  test('two containers, and both outputs of one, never mix', () => {
    const [a, b, c] = ['no header', 'no header, an exception of the language', 'a panic'].map(
      name => traces.find(one => one.name === name)!.events[0]!,
    );
    const lines: { text: string; container: string; source: string }[] = [];
    for (let i = 0; i < 20; i++) {
      if (a![i] !== undefined) lines.push({ text: a![i]!, container: CONTAINER, source: 'stderr' });
      if (b![i] !== undefined) lines.push({ text: b![i]!, container: OTHER, source: 'stderr' });
      if (c![i] !== undefined) lines.push({ text: c![i]!, container: CONTAINER, source: 'stdout' });
    }
    const messages = run(lines, 'acme/x:1').map(event => event['message']);
    expect(messages.sort()).toEqual([a!, b!, c!].map(stored).sort());
  });

  test('five tracebacks from one container are five ERROR events', () => {
    const trace = traces.find(one => one.name === 'no header, an exception of the language')!.events[0]!;
    const got = run(
      Array.from({ length: 5 }, () => trace)
        .flat()
        .map(text => ({ text })),
      'company/mailer:1.8',
    );
    expect(got.map(event => [event['message'], event['level']])).toEqual(
      Array.from({ length: 5 }, () => [stored(trace), 'ERROR']),
    );
  });

  test('the traces that `longshore demo` sends are one event each', () => {
    const random = seeded(1);
    const now = new Date(Date.UTC(2026, 10, 29, 17));
    let traces = 0;
    for (const container of DEMO_CONTAINERS) {
      const texts: string[][] = [];
      for (let i = 0; i < 300; i++) texts.push([...container.write(random, now).lines]);
      traces += texts.filter(lines => lines.length > 1).length;
      const got = run(
        texts.flat().map(text => ({ text })),
        container.image,
      );
      expect(got.length, container.name).toBe(texts.length);
    }
    expect(traces).toBeGreaterThan(5);
  });
});
