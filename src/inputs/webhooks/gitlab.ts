import type { Fields } from '../../core/event.ts';
import { type HookDeployment, recordOfDeployment } from './deployment.ts';
import { at, type HookEvents, NOTHING, readHook, textAt, timeAt } from './hook.ts';

export interface GitlabRequest {
  /** `Idempotency-Key` or `X-Gitlab-Event-UUID`: the same when GitLab sends it again. */
  readonly delivery: string | undefined;
  readonly body: Buffer;
  readonly service: string | undefined;
}

/** The deployment or release that a hook tells of, or why it tells of none. Throws LS_INPUTS_WEBHOOK. `now`: epoch milliseconds. */
export function gitlabEvents({ delivery, body, service }: GitlabRequest, now: number): HookEvents {
  const payload = readHook(body, "what GitLab's webhooks send");
  const kind = textAt(payload, 'object_kind');
  const read =
    kind === 'deployment' ? deployment(payload, now) : kind === 'release' ? release(payload, now) : undefined;
  if (read === undefined) return NOTHING(`${kind ?? 'this'} is no event of a deployment`);
  if (typeof read === 'string') return NOTHING(read);
  const name = service ?? textAt(payload, 'project', 'name');
  if (name === undefined) return NOTHING('it names no project');
  const repository = textAt(payload, 'project', 'path_with_namespace');
  const record = recordOfDeployment({ ...read, service: name, repository });
  return { records: [record], ids: delivery === undefined ? undefined : [delivery], growth: 0 };
}

type Read = Omit<HookDeployment, 'service'> | string;

function deployment(payload: Fields, now: number): Read {
  const status = textAt(payload, 'status');
  if (status !== 'success' && status !== 'failed')
    return `the deployment is ${status ?? 'in no known state'}, which is no end of it`;
  return {
    time: timeAt(payload, 'status_changed_at') ?? now,
    version: textAt(payload, 'ref'),
    environment: textAt(payload, 'environment'),
    commit: commitIn(payload) ?? textAt(payload, 'short_sha'),
    failed: status === 'failed',
    url: textAt(payload, 'deployable_url'),
    by: textAt(payload, 'user', 'username'),
  };
}

/** Of a deployment GitLab names the commit only by its page. */
function commitIn(payload: Fields): string | undefined {
  const url = at(payload, 'commit_url');
  return typeof url === 'string' ? /\/commit\/([0-9a-f]{40,64})$/.exec(url)?.[1] : undefined;
}

function release(payload: Fields, now: number): Read {
  if (textAt(payload, 'action') !== 'create') return 'only a release that is made is a deployment';
  return {
    time: timeAt(payload, 'released_at') ?? timeAt(payload, 'created_at') ?? now,
    version: textAt(payload, 'tag'),
    commit: textAt(payload, 'commit', 'id'),
    commitTime: timeAt(payload, 'commit', 'timestamp'),
    url: textAt(payload, 'url'),
  };
}
