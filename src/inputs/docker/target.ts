import { parseTarget } from '../../base/net/address.ts';
import type { ClientTls } from '../../base/net/tls-files.ts';
import { clientTlsOptions } from '../../base/net/tls-files.ts';
import { LongshoreError } from '../../core/errors.ts';
import type { DockerInputOptions } from './options.ts';

const DEFAULT = 'unix:///var/run/docker.sock';
const WHERE = 'inputs.docker.socket';

/** Where an engine is. */
export interface EngineTarget {
  /** For people: as it was written. */
  readonly name: string;
  readonly socketPath?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly tls?: ReturnType<typeof clientTlsOptions> | undefined;
}

/**
 * What the settings, or `DOCKER_HOST`, say. Reads the files of TLS.
 * @throws LongshoreError LS_INPUTS_DOCKER_SOCKET, LS_INPUTS_TLS_FILE
 */
export function targetOf(options: Pick<DockerInputOptions, 'socket' | 'tls'>, env: NodeJS.ProcessEnv): EngineTarget {
  const fromEnv = options.socket === undefined && (env['DOCKER_HOST'] ?? '') !== '';
  const name = options.socket ?? (fromEnv ? env['DOCKER_HOST']! : DEFAULT);
  const where = fromEnv ? 'DOCKER_HOST' : WHERE;
  const [, scheme, rest = ''] = /^(unix|tcp|http|https):\/\/(.*?)\/?$/.exec(name) ?? [];
  if (scheme === 'unix' && rest !== '') return { name, socketPath: rest.startsWith('/') ? rest : `/${rest}` };
  // A path alone is clear enough.
  if (scheme === undefined && name.startsWith('/')) return { name, socketPath: name };
  if (scheme === undefined || rest === '' || rest.includes('/'))
    throw new LongshoreError('LS_INPUTS_DOCKER_SOCKET', `'${name}' is no address of a Docker engine.`, {
      where,
      fix: `Write ${DEFAULT}, or tcp://host:2376 with inputs.docker.tls.`,
    });
  const hasTls = options.tls !== undefined || scheme === 'https';
  const setting = { where, code: 'LS_INPUTS_DOCKER_SOCKET' } as const;
  const { host, port } = parseTarget(rest, setting, hasTls ? 2376 : 2375);
  if (!hasTls) return { name, host, port };
  const tls = clientTlsOptions((options.tls ?? {}) as ClientTls, {
    where: 'inputs.docker.tls',
    code: 'LS_INPUTS_TLS_FILE',
  });
  return { name, host, port, tls };
}
