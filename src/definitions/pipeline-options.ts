import { basename, dirname, join } from 'node:path';
import { LongshoreError } from '../core/errors.ts';
import type { PipelineOptions } from '../parse/pipelines.ts';
import { GeoFolder } from './geo-databases.ts';
import { foldersOf, readEachFile } from './user-files.ts';

/** What pipelines take of the configuration. */
export interface PipelineSettings {
  /** IANA zone of dates that name none. */
  readonly timezone: string;
  readonly geoip?: { readonly folder?: string | undefined } | undefined;
  /** Where their files are. */
  readonly pipelines?: string | readonly string[] | undefined;
}

export function pipelineOptionsOf({ timezone, geoip, pipelines = [] }: PipelineSettings): PipelineOptions {
  return {
    timezone,
    geo: geoip?.folder === undefined ? undefined : new GeoFolder(geoip.folder),
    readFile: (name, path) => textBeside(name, [dirname(path), ...foldersOf(pipelines).map(({ folder }) => folder)]),
  };
}

/** Of the first folder that has it. */
function textBeside(name: string, folders: readonly string[]): string {
  if (name !== basename(name))
    throw new LongshoreError('LS_PIPELINE_OPTION', 'it must be the name of a file alone.', {
      fix: 'Put the file into the folder of the pipelines.',
    });
  for (const folder of new Set(folders)) {
    const { files, unreadable } = readEachFile(join(folder, name));
    for (const { reason } of unreadable)
      throw new LongshoreError('LS_PIPELINE_OPTION', `it cannot be read: ${reason}.`);
    if (files[0] !== undefined) return files[0].text;
  }
  throw new LongshoreError('LS_PIPELINE_OPTION', 'there is no such file.', {
    fix: `Put it into the folder ${folders[0]}, beside the pipeline.`,
  });
}
