import { isoTime } from '../../../src/base/time/iso.ts';
import { type Fields, isFields } from '../../../src/core/event.ts';
import { parseTypedJson } from '../../../src/parse/json-values.ts';
import { loadPipelines, type PipelineFile } from '../../../src/parse/pipelines.ts';
import { plainNumbers } from '../../../src/parse/plain-numbers.ts';
import { type IngestCase, writeExact } from './ingest-case.ts';

/** What Longshore makes of a case. */
export type Outcome =
  | { readonly refused: readonly { readonly code: string; readonly what: string }[] }
  | { readonly dropped: true }
  | { readonly error: string }
  | { readonly doc: unknown };

/** The name of the case's pipeline here. The engine, asked by `_simulate`, has none for it. */
const NAME = '0case';
const NOW = '2026-11-29T12:00:00Z';

export function runCase(one: Pick<IngestCase, 'pipeline' | 'pipelines' | 'doc' | 'now'>): Outcome {
  const files: PipelineFile[] = [
    { path: `${NAME}.yaml`, text: writeExact({ match: { tag: '**' }, ...one.pipeline }) },
    ...Object.entries(one.pipelines ?? {}).map(([name, source]) => ({
      path: `${name}.yaml`,
      text: writeExact(source),
    })),
  ];
  let set: ReturnType<typeof loadPipelines>;
  try {
    set = loadPipelines(files);
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error;
    return { refused: error.errors.map(({ code, what }) => ({ code, what })) };
  }
  const event = parseTypedJson(writeExact(one.doc)).value as Fields;
  const got = set.run(event, { tag: 't', time: Number.NaN, receivedAt: Date.parse(one.now ?? NOW) });
  if (got === undefined) return { dropped: true };
  plainNumbers(got);
  if (got['pipeline_error'] !== undefined) return { error: String(got['pipeline_error']) };
  const time = got['@timestamp'];
  if (typeof time === 'number' && Math.abs(time) < 8e15) got['@timestamp'] = isoTime(time);
  return { doc: written(got) };
}

/** As it is stored: what a rule removed is not there. */
function written(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(written);
  if (typeof value === 'string') return value.replaceAll(NAME, '');
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, written(item)]),
  );
}
