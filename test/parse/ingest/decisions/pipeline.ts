import { isFields } from '../../../../src/core/event.ts';
import type { PipelineSource } from '../ingest-case.ts';

/** Looks into pipelines of cases, however deep: `on_failure`, `foreach`. */
export function hasProcessor(source: unknown, type: string): boolean {
  return someOption(source, (key, value) => key === type && isFields(value));
}

/** With a value: it has just this. */
export function hasOption(source: unknown, name: string, ...value: unknown[]): boolean {
  return someOption(source, (key, present) => key === name && (value.length === 0 || present === value[0]));
}

export function someOption(source: unknown, test: (key: string, value: unknown) => boolean): boolean {
  if (Array.isArray(source)) return source.some(item => someOption(item, test));
  if (!isFields(source)) return false;
  return Object.entries(source).some(([key, value]) => test(key, value) || someOption(value, test));
}

/** Conditions and scripts, wherever they stand. */
export function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    typeof item === 'string' && (key === 'if' || key === 'source') ? [item] : textsOf(item),
  );
}

/** With other conditions (and, without `only`, scripts); the pipeline itself when none is another. */
export function mapConditions(pipeline: PipelineSource, edit: (text: string) => string, only?: 'if'): PipelineSource {
  return mapOptions(pipeline, (key, value) =>
    typeof value === 'string' && (key === 'if' || (only === undefined && key === 'source')) ? edit(value) : value,
  );
}

/** The pipeline with each option as `edit` has it; itself when nothing is changed. */
export function mapOptions(pipeline: PipelineSource, edit: (name: string, value: unknown) => unknown): PipelineSource {
  let found = false;
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (!isFields(value)) return value;
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, inner]) => {
        const edited = edit(key, inner);
        if (edited === inner) return [[key, walk(inner)]];
        found = true;
        return edited === undefined ? [] : [[key, edited]];
      }),
    );
  };
  const changed = walk(pipeline) as PipelineSource;
  return found ? changed : pipeline;
}

/** With `fail` in place of the first processor of a type at the top; its handlers stay. */
export function failing(pipeline: PipelineSource, type: string): PipelineSource {
  const at = pipeline.processors.findIndex(processor => Object.hasOwn(processor, type));
  const options = pipeline.processors[at]?.[type];
  if (options === undefined) return pipeline;
  const kept = ['if', 'tag', 'ignore_failure', 'on_failure'];
  const left = Object.fromEntries(Object.entries(options).filter(([name]) => kept.includes(name)));
  return { ...pipeline, processors: pipeline.processors.with(at, { fail: { ...left, message: 'x' } }) };
}
