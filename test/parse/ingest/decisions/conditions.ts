import { isFields } from '../../../../src/core/event.ts';
import type { PipelineSource } from '../ingest-case.ts';
import type { CaseKind } from './kind.ts';

export const CONDITIONS: readonly CaseKind[] = [
  {
    // Methods that would change the event, and have nothing to do.
    name: 'nothing-to-change-is-no-failure',
    explains: ({ expect, pipeline }, got) =>
      expect.error?.cause === 'unsupported_operation_exception' &&
      'doc' in got &&
      /\.(?:remove|retainAll|removeAll|addAll|putAll|subList|clear)\(/.test(JSON.stringify(pipeline)),
  },
  {
    // Without the handlers of the processors that have conditions it fails here, too.
    name: 'failing-conditions-are-handled',
    explains: (one, got, agrees) => {
      if ('refused' in got) return false;
      const pipeline = change(one.pipeline, withoutHandlers);
      return JSON.stringify(pipeline) !== JSON.stringify(one.pipeline) && agrees({ ...one, pipeline }, one);
    },
  },
  {
    name: 'conditions-see-ingest',
    explains: (one, got, agrees) =>
      !('refused' in got) &&
      JSON.stringify(one.pipeline).includes('ctx._ingest') &&
      agrees({ ...one, pipeline: change(one.pipeline, withoutIngest) }, one),
  },
];

function change(pipeline: PipelineSource, edit: (value: unknown) => unknown): PipelineSource {
  return edit(pipeline) as PipelineSource;
}

function withoutHandlers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutHandlers);
  if (!isFields(value)) return value;
  const left = value['if'] === undefined ? [] : ['ignore_failure', 'on_failure'];
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !left.includes(key))
      .map(([key, item]) => [key, withoutHandlers(item)]),
  );
}

function withoutIngest(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('ctx._ingest', 'ctx._none');
  if (Array.isArray(value)) return value.map(withoutIngest);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutIngest(item)]));
}
