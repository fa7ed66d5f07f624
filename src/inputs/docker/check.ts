import { LongshoreError } from '../../core/errors.ts';
import { type Container, containersOf, inspectedOf } from './container.ts';
import { Engine, EngineRefusal } from './engine.ts';
import type { DockerInputOptions } from './options.ts';
import { ownContainer } from './own.ts';
import { ENABLE_LABEL, Selection } from './selection.ts';
import { targetOf } from './target.ts';
import { whyUnreadable } from './unreadable.ts';

export interface EngineFinding {
  readonly severity: 'error' | 'warning' | 'ok';
  /** Path of the setting. */
  readonly where: string;
  readonly what: string;
  readonly fix?: string | undefined;
  readonly code?: string | undefined;
}

/** Looked at one by one; of more than these a part is enough to tell of. */
const LOOKED_AT = 200;
const NAMED = 5;
const WHERE = 'inputs.docker';

/** What `check` says of `inputs.docker`: whether the engine may be asked, and which containers keep no log. Changes nothing there. */
export async function engineFindings(
  options: DockerInputOptions | false,
  env: NodeJS.ProcessEnv,
  timeoutMs = 5000,
): Promise<EngineFinding[]> {
  if (options === false) return [];
  try {
    const engine = new Engine(targetOf(options, env), timeoutMs);
    const { version, api } = await engine.hello();
    const all = containersOf(await engine.get('/containers/json', { all: '1' }));
    const isOwn = ownContainer();
    const selection = new Selection(options, isOwn);
    const read = all.filter(container => selection.leavesOut(container) === undefined);
    const counts = `${read.length} of ${all.length} containers are read`;
    const what = `docker: engine ${version} (API ${api}) at ${engine.target.name}, ${counts}`;
    const findings: EngineFinding[] = [{ severity: 'ok', where: WHERE, what }];
    const others = all.filter(({ id }) => !isOwn(id));
    if (read.length === 0 && others.length > 0) {
      const fix = `Correct include and exclude, or the label ${ENABLE_LABEL} of the containers.`;
      findings.push({ severity: 'warning', where: WHERE, what: 'no container of the engine is read.', fix });
    }
    if (options.logs) findings.push(...(await withoutLog(engine, read)));
    return findings;
  } catch (error) {
    // What is wrong with the settings themselves was told already.
    if (!(error instanceof LongshoreError) || error.code === 'LS_INPUTS_DOCKER_SOCKET') return [];
    if (error.code === 'LS_INPUTS_TLS_FILE') return [];
    const { what, code } = error;
    const fix =
      error.fix ?? 'Let GET of containers, events, info and version through, where a proxy is before the socket.';
    return [{ severity: 'error', where: WHERE, what, fix, code }];
  }
}

async function withoutLog(engine: Engine, containers: readonly Container[]): Promise<EngineFinding[]> {
  const names: string[] = [];
  for (const { id } of containers.slice(0, LOOKED_AT)) {
    const found = await engine.get(`/containers/${id}/json`).catch(error => {
      // It is gone meanwhile.
      if (error instanceof EngineRefusal) return undefined;
      throw error;
    });
    const inspected = inspectedOf(found);
    if (inspected?.driver === 'none') names.push(inspected.name);
  }
  if (names.length === 0) return [];
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return [
    {
      ...{ severity: 'warning', where: WHERE },
      what: `the log of ${names.slice(0, NAMED).join(', ')}${more} is not read: ${whyUnreadable('driver')}.`,
      fix: 'Run them with --log-driver local or json-file, or leave them out with exclude.',
    },
  ];
}
