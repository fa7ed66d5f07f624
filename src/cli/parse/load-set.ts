import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Settings } from '../../app/settings.ts';
import { didYouMean } from '../../base/text/did-you-mean.ts';
import { LongshoreError } from '../../core/errors.ts';
import { loadGoodPipelines } from '../../definitions/good-pipelines.ts';
import { pipelineOptionsOf } from '../../definitions/pipeline-options.ts';
import { readUserFiles, type UserFile } from '../../definitions/user-files.ts';
import { pipelineName } from '../../parse/loader/read-pipeline.ts';
import type { PipelineObserver } from '../../parse/observer.ts';
import type { PipelineSet } from '../../parse/pipelines.ts';

export interface LoadedSet {
  readonly pipelines: PipelineSet;
  /** Of files that are left out, as the service leaves them out. */
  readonly mistakes: readonly LongshoreError[];
}

/** The pipelines of the configuration as the service has them. `only`: a name, or a file, which takes every event then. Throws LS_CLI_PARSE. */
export function loadSet(
  settings: Pick<Settings, 'pipelines' | 'timezone' | 'geoip'>,
  only: string | undefined,
  observer?: PipelineObserver,
): LoadedSet {
  const isFile = only !== undefined && /\.(?:ya?ml|json)$/i.test(only);
  if (isFile && !existsSync(only))
    throw new LongshoreError('LS_CLI_PARSE', `there is no file ${only}.`, {
      where: '--pipeline',
      fix: 'Correct the path.',
    });
  const files = readUserFiles(settings.pipelines);
  const all: UserFile[] = isFile
    ? [...files.filter(({ path }) => basename(path) !== basename(only)), ...readUserFiles(only)]
    : files;
  const { pipelines, errors } = loadGoodPipelines(all, [], { ...pipelineOptionsOf(settings), observer });
  if (only === undefined) return { pipelines, mistakes: errors };
  const name = isFile ? pipelineName(only) : only;
  const chosen = pipelines.only(name);
  if (chosen !== undefined) return { pipelines: chosen, mistakes: errors };
  const own = errors.filter(({ where }) => where !== undefined && pipelineName(where.replace(/:\d+$/, '')) === name);
  if (own.length > 0) throw new AggregateError(own, 'the pipeline has mistakes');
  throw new LongshoreError('LS_CLI_PARSE', `there is no pipeline '${name}'.`, {
    where: '--pipeline',
    fix: didYouMean(name, pipelines.names, "'") ?? `There are ${pipelines.names.join(', ')}.`,
  });
}
