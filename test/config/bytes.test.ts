import { expect, test } from 'vitest';
import { parseBytes } from '../../src/base/text/size.ts';
import { loadPipelines } from '../../src/parse/pipelines.ts';

const META = { tag: 't', time: Number.NaN, receivedAt: 0 };

/** The same text as the size of a pipeline's `multiline`. */
function inPipeline(size: string): number | undefined {
  const text = JSON.stringify({ match: { tag: '**' }, processors: [], multiline: { pattern: '^x', max_bytes: size } });
  return loadPipelines([{ path: 'a.yaml', text }]).multilineFor({ message: 'x' }, META)?.max_bytes;
}

test.for([
  ['1000', 1000],
  ['64KB', 64_000],
  ['64k', 64_000],
  ['64 KiB', 65_536],
  ['1.5MB', 1_500_000],
  ['1MiB', 1_048_576],
  ['2GB', 2e9],
  ['2GiB', 2 * 2 ** 30],
] as const)('%s is %i bytes in the configuration and in a pipeline', ([text, bytes]) => {
  expect({ configuration: parseBytes(text), pipeline: inPipeline(text) }).toEqual({
    configuration: bytes,
    pipeline: bytes,
  });
});

test('what is no size is none', () => {
  expect(['', 'many', '1XB', '-1KB', '1e3'].map(text => parseBytes(text))).toEqual(Array(5).fill(undefined));
});
