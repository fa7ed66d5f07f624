import { loadSettings } from '../app/settings.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { CONFIG_OPTIONS } from './command.ts';

/** Options of the commands that talk to the running process. */
export const CLIENT_OPTIONS = { ...CONFIG_OPTIONS, url: { type: 'string' }, token: { type: 'string' } } as const;

export const CLIENT_USAGE = `      --url URL          of the running longshore (default: http.address of the configuration)
      --token TOKEN      default: the variable LONGSHORE_TOKEN
  -c, --config FILE      default config/longshore.yaml`;

export interface ClientValues {
  url?: string | undefined;
  token?: string | undefined;
  config?: string | undefined;
  set?: string[] | undefined;
}

/** GET on the running process; throws a LongshoreError that says what to do when it is not there or refuses. */
export async function get(
  path: string,
  params: Record<string, string | undefined>,
  values: ClientValues,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<Response> {
  const base = values.url ?? env['LONGSHORE_URL'] ?? urlOf(loadSettings({ ...values, env }).settings.http.address);
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(params)) if (value !== undefined) url.searchParams.set(name, value);
  const token = values.token ?? env['LONGSHORE_TOKEN'];
  let response: Response;
  try {
    response = await fetch(url, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw new LongshoreError(
      'LS_CLI_UNREACHABLE',
      `no longshore answers at ${base}: ${messageOf((cause as Error).cause ?? cause)}.`,
      {
        fix: "Start it with 'npm start', or name it with --url.",
        cause,
      },
    );
  }
  if (response.ok) return response;
  const body = (await response.json().catch(() => ({}))) as { error?: { code?: string; message?: string } };
  throw new LongshoreError(body.error?.code ?? 'LS_CLI_REFUSED', body.error?.message ?? `answered ${response.status}`, {
    ...(response.status === 401 ? { fix: 'Give a token with the scope read: --token or LONGSHORE_TOKEN.' } : {}),
  });
}

function urlOf(address: string): string {
  const host = address.replace(/^(0\.0\.0\.0|\[::\]|\*|)(?=:\d+$)/, '127.0.0.1');
  return `http://${host}`;
}
