import { isoTime } from '../../base/time/iso.ts';
import { type Fields, isFields } from '../../core/event.ts';
import { deployRecord } from '../http/deploys.ts';

/** What a hook knows of a deployment; undefined where it does not say. Times are epoch milliseconds. */
export interface HookDeployment {
  readonly service: string;
  readonly time: number;
  readonly version?: string | undefined;
  readonly environment?: string | undefined;
  readonly commit?: string | undefined;
  readonly commitTime?: number | undefined;
  readonly failed?: boolean;
  readonly rollback?: boolean;
  /** Where it can be looked at. */
  readonly url?: string | undefined;
  readonly repository?: string | undefined;
  /** Who did it. */
  readonly by?: string | undefined;
}

/** The event of it, as `POST /api/deploys` makes one. */
export function recordOfDeployment(known: HookDeployment): Fields {
  const { service, version, environment, commit, time, commitTime, failed = false, rollback = false } = known;
  // Clocks differ: a commit of the future would say nothing.
  const committed = commitTime === undefined || commitTime > time ? undefined : isoTime(commitTime);
  const mark = { service, version, environment, commit, commit_time: committed, time: isoTime(time), failed, rollback };
  const record = deployRecord(mark, time);
  const { deploy } = record;
  const more = { url: known.url, repository: known.repository, by: known.by };
  if (isFields(deploy)) for (const [name, value] of Object.entries(more)) if (value !== undefined) deploy[name] = value;
  return record;
}
