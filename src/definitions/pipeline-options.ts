import type { PipelineOptions } from '../parse/pipelines.ts';
import { GeoFolder } from './geo-databases.ts';

/** What pipelines take of the configuration. */
export interface PipelineSettings {
  /** IANA zone of dates that name none. */
  readonly timezone: string;
  readonly geoip?: { readonly folder?: string | undefined } | undefined;
}

export function pipelineOptionsOf({ timezone, geoip }: PipelineSettings): PipelineOptions {
  return { timezone, geo: geoip?.folder === undefined ? undefined : new GeoFolder(geoip.folder) };
}
