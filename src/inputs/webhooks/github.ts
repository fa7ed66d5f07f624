import type { Fields } from '../../core/event.ts';
import { type HookDeployment, recordOfDeployment } from './deployment.ts';
import { at, type HookEvents, NOTHING, readHook, textAt, timeAt } from './hook.ts';

/** Events of GitHub that can be deployments. */
export const GITHUB_EVENTS = ['deployment_status', 'release', 'workflow_run', 'push'] as const;
export type GithubEvent = (typeof GITHUB_EVENTS)[number];

export interface GithubRequest {
  /** `X-GitHub-Event`. */
  readonly event: string;
  /** `X-GitHub-Delivery`: the same when GitHub sends it again. */
  readonly delivery: string | undefined;
  /** JSON, or a form with the field `payload`. */
  readonly body: Buffer;
  readonly isForm: boolean;
  /** The sender's word for the service instead of the name of the repository. */
  readonly service: string | undefined;
}

type Read = (payload: Fields, now: number) => Omit<HookDeployment, 'service'> | string;

const READERS: { readonly [E in GithubEvent]: Read } = {
  deployment_status(payload, now) {
    const state = textAt(payload, 'deployment_status', 'state');
    if (!isEnd(state)) return `the deployment is ${state ?? 'in no known state'}, which is no end of it`;
    if (at(payload, 'deployment', 'transient_environment') === true)
      return 'the environment is transient: it is no deployment for its users';
    const status = 'deployment_status';
    return {
      time: timeAt(payload, status, 'updated_at') ?? timeAt(payload, status, 'created_at') ?? now,
      version: textAt(payload, 'deployment', 'ref'),
      environment: textAt(payload, status, 'environment') ?? textAt(payload, 'deployment', 'environment'),
      commit: textAt(payload, 'deployment', 'sha'),
      commitTime: timeAt(payload, 'workflow_run', 'head_commit', 'timestamp'),
      failed: state !== 'success',
      rollback: state === 'success' && /rollback/i.test(textAt(payload, 'deployment', 'task') ?? ''),
      url: textAt(payload, status, 'target_url') ?? textAt(payload, status, 'environment_url'),
    };
  },
  release(payload, now) {
    const action = textAt(payload, 'action');
    if (action !== 'published') return `a release that is ${action ?? 'something'} is no deployment: published is`;
    if (at(payload, 'release', 'prerelease') === true) return 'a pre-release is no deployment';
    return {
      time: timeAt(payload, 'release', 'published_at') ?? now,
      version: textAt(payload, 'release', 'tag_name'),
      url: textAt(payload, 'release', 'html_url'),
    };
  },
  workflow_run(payload, now) {
    const run = 'workflow_run';
    if (textAt(payload, 'action') !== 'completed' || textAt(payload, run, 'conclusion') !== 'success')
      return 'only a run that came through is a deployment';
    if (textAt(payload, run, 'head_branch') !== textAt(payload, 'repository', 'default_branch'))
      return 'only a run on the default branch is a deployment';
    if (textAt(payload, run, 'event') === 'pull_request') return 'a run for a pull request is no deployment';
    return {
      time: timeAt(payload, run, 'updated_at') ?? now,
      version: textAt(payload, run, 'head_branch'),
      commit: textAt(payload, run, 'head_sha'),
      commitTime: timeAt(payload, run, 'head_commit', 'timestamp'),
      url: textAt(payload, run, 'html_url'),
    };
  },
  push(payload, now) {
    const branch = textAt(payload, 'repository', 'default_branch');
    if (branch === undefined || textAt(payload, 'ref') !== `refs/heads/${branch}`)
      return 'only a push to the default branch is a deployment';
    if (at(payload, 'deleted') === true) return 'the branch was deleted';
    const pushed = at(payload, 'repository', 'pushed_at');
    return {
      time: typeof pushed === 'number' && pushed > 0 && pushed < 1e10 ? pushed * 1000 : now,
      version: branch,
      commit: textAt(payload, 'after'),
      commitTime: timeAt(payload, 'head_commit', 'timestamp'),
      url: textAt(payload, 'compare'),
    };
  },
};

const isEnd = (state: string | undefined): boolean => ['success', 'failure', 'error'].includes(state ?? '');

/** The deployment that a delivery tells of, or why it tells of none. Throws LS_INPUTS_WEBHOOK. `now`: epoch milliseconds. */
export function githubEvents(request: GithubRequest, wanted: readonly GithubEvent[], now: number): HookEvents {
  const { event, delivery, service } = request;
  const payload = readHook(payloadOf(request), "what GitHub's webhooks send, as application/json");
  if (event === 'ping') return NOTHING('pong');
  if (!isKnown(event)) return NOTHING(`${event.slice(0, 50)} is no event of a deployment`);
  if (!wanted.includes(event)) return NOTHING(`${event} is not in http.webhooks.github_events`);
  const read = READERS[event](payload, now);
  if (typeof read === 'string') return NOTHING(read);
  const repository = textAt(payload, 'repository', 'full_name');
  const name = service ?? textAt(payload, 'repository', 'name');
  if (name === undefined) return NOTHING('it names no repository');
  const by = textAt(payload, 'sender', 'login');
  const record = recordOfDeployment({ ...read, service: name, repository, by });
  return { records: [record], ids: delivery === undefined ? undefined : [delivery], growth: 0 };
}

const isKnown = (event: string): event is GithubEvent => (GITHUB_EVENTS as readonly string[]).includes(event);

function payloadOf({ body, isForm }: GithubRequest): Buffer {
  // `curl -d` says that it sends a form.
  if (!isForm || /^\s*\{/.test(body.toString('latin1', 0, 100))) return body;
  return Buffer.from(new URLSearchParams(body.toString()).get('payload') ?? '');
}
