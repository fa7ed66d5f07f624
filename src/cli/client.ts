import { loadSettings, type Settings } from '../app/settings.ts';
import { reachableHost } from '../base/net/address.ts';
import type { ErrorAnswer } from '../core/api/operations.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { httpAddress } from '../web/address.ts';
import { CONFIG_OPTIONS, CONFIG_USAGE } from './command.ts';

/** Options of the commands that talk to the running process. */
export const CLIENT_OPTIONS = { ...CONFIG_OPTIONS, url: { type: 'string' }, token: { type: 'string' } } as const;

export const CLIENT_USAGE = `      --url URL          of the running longshore (default: LONGSHORE_URL, else http.address of the configuration)
      --token TOKEN      default: LONGSHORE_TOKEN; for the configuration's own address a token of http.tokens that may do this
${CONFIG_USAGE}`;

export interface ClientValues {
  url?: string | undefined;
  token?: string | undefined;
  config?: string | undefined;
  set?: string[] | undefined;
}

export interface Client {
  readonly base: string;
  /** Throws a LongshoreError that says what to do when nobody answers or the answer is a refusal. */
  get(
    path: string,
    params: Record<string, string | undefined>,
    more?: { readonly signal?: AbortSignal; readonly accept?: string },
  ): Promise<Response>;
  /** As `get`; needs a token with the scope admin. */
  post(path: string, body: object): Promise<Response>;
  /** As `post`, with the scope ingest. */
  ingest(path: string, body: object): Promise<Response>;
  /** Bytes of a media type, with the scope ingest; `id` names them when they are sent again. */
  ingestBytes(path: string, body: Buffer, id: string, type: string): Promise<Response>;
  /** As `post`. */
  remove(path: string): Promise<Response>;
}

/** `settings`: those of the configuration, read only when the address is not given otherwise. */
export function clientFor(values: ClientValues, env: NodeJS.ProcessEnv, settings?: Settings): Client {
  const given = values.url ?? env['LONGSHORE_URL'];
  const http = given === undefined ? (settings ?? loadSettings({ ...values, env }).settings).http : undefined;
  const base = given ?? urlOf(http!);
  if (!URL.canParse(base) || !/^https?:/.test(base)) {
    throw new LongshoreError('LS_CLI_URL', `'${base}' is no address of a longshore.`, {
      where: values.url === undefined ? 'LONGSHORE_URL' : '--url',
      fix: 'Write for example http://127.0.0.1:9880.',
    });
  }
  // A secret of the configuration goes to no other address than the configuration's.
  const tokenFor = (scope: 'read' | 'admin' | 'ingest'): string | undefined =>
    values.token ?? env['LONGSHORE_TOKEN'] ?? http?.tokens?.find(({ scopes }) => scopes.includes(scope))?.token;
  return {
    base,
    get: (path, params, more = {}) => get(base, tokenFor('read'), path, params, more),
    post: (path, body) => ask(base, 'admin', tokenFor('admin'), new URL(path, base), withBody(body)),
    ingest: (path, body) => ask(base, 'ingest', tokenFor('ingest'), new URL(path, base), withBody(body)),
    ingestBytes: (path, body, id, type) =>
      ask(base, 'ingest', tokenFor('ingest'), new URL(path, base), {
        ...{ method: 'POST', body: body as Uint8Array<ArrayBuffer> },
        headers: { 'content-type': type, 'idempotency-key': id },
      }),
    remove: path => ask(base, 'admin', tokenFor('admin'), new URL(path, base), { method: 'DELETE' }),
  };
}

const withBody = (body: object) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

async function get(
  base: string,
  token: string | undefined,
  path: string,
  params: Record<string, string | undefined>,
  { signal, accept }: { readonly signal?: AbortSignal; readonly accept?: string },
): Promise<Response> {
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(params)) if (value !== undefined) url.searchParams.set(name, value);
  const headers = accept === undefined ? {} : { headers: { accept } };
  return ask(base, 'read', token, url, signal === undefined ? headers : { ...headers, signal });
}

async function ask(
  base: string,
  scope: string,
  token: string | undefined,
  url: URL,
  init: {
    method?: string;
    headers?: Record<string, string>;
    body?: string | Uint8Array<ArrayBuffer>;
    signal?: AbortSignal;
  },
): Promise<Response> {
  const headers = { ...init.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  let response: Response;
  try {
    response = await answered(base, url, { ...init, headers });
  } catch (cause) {
    if (cause instanceof LongshoreError) throw cause;
    if (init.signal?.aborted === true && (cause as Error).name === 'AbortError') throw cause;
    throw new LongshoreError('LS_CLI_UNREACHABLE', `no longshore answers at ${base}: ${reasonOf(cause)}.`, {
      fix: "Start it with 'npm start', or name it with --url.",
      retryable: true,
      cause,
    });
  }
  if (response.ok) return response;
  const body = (await response.json().catch(() => ({}))) as Partial<ErrorAnswer>;
  const code = body.error?.code ?? 'LS_CLI_REFUSED';
  // The message ends in the code already.
  const message = (body.error?.message ?? `${base} answered ${response.status}.`).replace(` (${code})`, '');
  const fix =
    response.status === 401
      ? `Give a token with the scope ${scope}: --token or LONGSHORE_TOKEN.`
      : body.error?.message === undefined
        ? 'That is not how a longshore answers. Name its http.address with --url.'
        : undefined;
  throw new LongshoreError(code, message, { fix, retryable: response.status === 429 || response.status === 503 });
}

/** How long a silent address is waited for before it is asked whether it is a longshore at all, and for that answer. */
const PATIENCE_MS = 3000;

/** `fetch`, but an address that takes connections and never answers (another program, the port of an input) is found out in seconds. */
async function answered(base: string, url: URL, init: RequestInit): Promise<Response> {
  const silent = new AbortController();
  let isAnswered = false;
  const timer = setTimeout(async () => {
    const probe = fetch(new URL('/healthz', base), { signal: AbortSignal.timeout(PATIENCE_MS) });
    const isAlive = await probe.then(
      response => response.body?.cancel().then(() => true) ?? true,
      () => false,
    );
    if (!isAlive && !isAnswered) silent.abort();
  }, PATIENCE_MS);
  try {
    const signals = init.signal == null ? [silent.signal] : [init.signal, silent.signal];
    return await fetch(url, { ...init, signal: AbortSignal.any(signals) });
  } catch (cause) {
    if (!silent.signal.aborted) throw cause;
    throw new LongshoreError('LS_CLI_UNREACHABLE', `${base} takes connections but does not answer.`, {
      fix: 'Name the address of http.address with --url: it is no other input, and no other program.',
      cause,
    });
  } finally {
    isAnswered = true;
    clearTimeout(timer);
  }
}

function reasonOf(error: unknown): string {
  const cause = (error as Error).cause ?? error;
  // A name with several addresses gives an AggregateError, whose own message is empty.
  if (cause instanceof AggregateError) return [...new Set(cause.errors.map(messageOf))].join(', ');
  return messageOf(cause);
}

/** Where a browser or a command on this machine finds it. */
export function urlOf({ address, tls }: Settings['http']): string {
  const { host, port } = httpAddress(address);
  const reachable = reachableHost(host);
  const name = reachable.includes(':') ? `[${reachable}]` : reachable;
  return `${tls === undefined ? 'http' : 'https'}://${name}:${port}`;
}
