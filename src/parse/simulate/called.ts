import { readYaml } from '../../base/yaml/read.ts';
import { isFields } from '../../core/event.ts';
import { PIPELINE_YAML, pipelineName } from '../loader/read-pipeline.ts';
import type { PipelineFile } from '../pipelines.ts';

/** The files that a definition calls, and those that they call; all of them when a name is only known when it runs. */
export function calledFiles(definition: unknown, files: readonly PipelineFile[]): PipelineFile[] {
  const byName = new Map(files.map(file => [pipelineName(file.path), file]));
  const wanted = new Set<string>();
  const pending: unknown[] = [definition];
  while (pending.length > 0) {
    for (const name of namesIn(pending.pop())) {
      if (name.includes('{{')) return [...files];
      const file = byName.get(name);
      if (file === undefined || wanted.has(name)) continue;
      wanted.add(name);
      pending.push(readYaml(file.path, file.text, PIPELINE_YAML, [])?.value);
    }
  }
  return [...wanted].map(name => byName.get(name)!);
}

function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const name = key === 'pipeline' && isFields(inner) ? inner['name'] : undefined;
    return [...(typeof name === 'string' ? [name] : []), ...namesIn(inner)];
  });
}
