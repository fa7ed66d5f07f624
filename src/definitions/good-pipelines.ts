import { LongshoreError } from '../core/errors.ts';
import { loadPipelines, type PipelineOptions, type PipelineSet } from '../parse/pipelines.ts';
import type { UserFile } from './user-files.ts';

export interface GoodPipelines {
  readonly pipelines: PipelineSet;
  /** What they were made from. */
  readonly files: readonly UserFile[];
  /** All mistakes of all files, also of those that call a skipped one. */
  readonly errors: readonly LongshoreError[];
}

/**
 * The pipelines of all files that can be loaded. One with a mistake goes on as it was in `former`; without that it is left
 * out, with those that call it, and their events go to other pipelines or are parsed automatically.
 */
export function loadGoodPipelines(
  wanted: readonly UserFile[],
  former: readonly UserFile[],
  options: PipelineOptions,
): GoodPipelines {
  const errors: LongshoreError[] = [];
  const revived = new Set<string>();
  let files = wanted;
  for (;;) {
    try {
      return { pipelines: loadPipelines(files, options), files, errors };
    } catch (error) {
      const found: unknown[] = error instanceof AggregateError ? error.errors : [error];
      const bad = new Set<string>();
      for (const one of found) {
        const path = one instanceof LongshoreError ? fileOf(one, files) : undefined;
        // No file's fault, or nobody knows whose.
        if (path === undefined) throw error;
        bad.add(path);
        if (!revived.has(path)) errors.push(one as LongshoreError);
      }
      files = files.flatMap(file => {
        if (!bad.has(file.path)) return [file];
        const before = former.find(({ path }) => path === file.path);
        if (before === undefined || revived.has(file.path)) return [];
        revived.add(file.path);
        return [before];
      });
    }
  }
}

function fileOf({ where }: LongshoreError, files: readonly UserFile[]): string | undefined {
  return files.find(({ path }) => where === path || where?.startsWith(`${path}:`) === true)?.path;
}
