import { readFile } from 'node:fs/promises';
import { fetchVia } from '../../base/net/fetch-via.ts';
import { isFields } from '../../core/event.ts';

/** What went wrong; a label of a metric. */
export type ApiFault =
  | 'unreachable'
  | 'refused'
  | 'failed'
  | 'gone'
  | 'too_large'
  | 'invalid'
  | 'credentials'
  | 'too_many';

export class ApiError extends Error {
  readonly fault: ApiFault;
  /** What an operator can do about it. */
  readonly fix: string | undefined;

  constructor(fault: ApiFault, message: string, { fix, cause }: { fix?: string; cause?: unknown } = {}) {
    super(message, { cause });
    this.fault = fault;
    this.fix = fix;
  }
}

export interface ApiOptions {
  readonly api_url: string;
  readonly token_file: string;
  readonly ca_file: string;
}

/** Requests to the Kubernetes API with the token and the authorities of the service account, as they are at that moment. */
export class Api {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /** The whole answer, JSON of at most so many bytes. Rejects with an `ApiError`. */
  async get(path: string, maxBytes: number, signal: AbortSignal): Promise<unknown> {
    const body = await this.#ask(path, signal);
    let parts: Uint8Array[] = [];
    let bytes = 0;
    try {
      for await (const part of body) {
        bytes += part.length;
        if (bytes > maxBytes) throw new ApiError('too_large', `the answer is longer than ${maxBytes} bytes`);
        parts = withPart(parts, part);
      }
    } catch (cause) {
      throw asApiError(cause);
    }
    return parsed(Buffer.concat(parts, bytes).toString('utf8'));
  }

  /** The lines of an answer that goes on, each JSON of at most so many bytes, until it ends. `onOpen`: it has begun. Rejects with an `ApiError`. */
  async *lines(path: string, maxBytes: number, signal: AbortSignal, onOpen: () => void): AsyncGenerator<unknown, void> {
    const body = await this.#ask(path, signal);
    onOpen();
    let rest: Uint8Array[] = [];
    let bytes = 0;
    try {
      for await (const part of body) {
        let from = 0;
        for (let end = part.indexOf(LF); end !== -1; end = part.indexOf(LF, from)) {
          rest.push(part.subarray(from, end));
          from = end + 1;
          const text = Buffer.concat(rest).toString('utf8');
          rest = [];
          bytes = 0;
          if (text.length > maxBytes) throw tooLong(maxBytes);
          if (text.trim() !== '') yield parsed(text);
        }
        if (from === part.length) continue;
        rest = withPart(rest, part.subarray(from));
        bytes += part.length - from;
        if (bytes > maxBytes) throw tooLong(maxBytes);
      }
    } catch (cause) {
      throw asApiError(cause);
    }
  }

  async #ask(path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const { api_url, token_file, ca_file } = this.#options;
    const isTls = api_url.startsWith('https:');
    const [token, ca] = await Promise.all([secret(token_file), isTls ? secret(ca_file) : undefined]);
    let response: Response;
    try {
      response = await fetchVia({ ca })(`${api_url.replace(/\/+$/, '')}${path}`, {
        headers: { accept: 'application/json', authorization: `Bearer ${token}`, 'user-agent': 'longshore' },
        signal,
      });
    } catch (cause) {
      throw asApiError(cause);
    }
    if (response.status === 200 && response.body !== null) return response.body;
    await response.body?.cancel().catch(() => {});
    throw statusError(response.status);
  }
}

/** Of a status that the API says in a header or in an object. */
export function statusError(status: number): ApiError {
  if (status === 410) return new ApiError('gone', 'what was asked for is too old');
  if (status === 401)
    return new ApiError('refused', 'the API does not know the token (401)', {
      fix: 'Give the pod a service account whose token is mounted, and name its file in inputs.kubernetes.token_file.',
    });
  if (status === 403)
    return new ApiError('refused', 'the service account may not list and watch (403)', {
      fix: 'Bind it to a ClusterRole with the verbs list and watch for pods (and namespaces with namespace_labels).',
    });
  return new ApiError('failed', `the API answered ${status}`);
}

/** Of an object of the kind Status. */
export function errorOfStatus(object: unknown): ApiError {
  const code = isFields(object) ? object['code'] : undefined;
  return statusError(typeof code === 'number' ? code : 500);
}

async function secret(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    throw new ApiError('credentials', `${path} cannot be read`, {
      fix: 'Mount the token of a service account (automountServiceAccountToken), or name its files in inputs.kubernetes.',
      cause,
    });
  }
}

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return new ApiError('unreachable', cause instanceof Error ? cause.message : 'no answer', {
    fix: 'Look whether inputs.kubernetes.api_url is the address of the API, and a network policy lets this pod connect to it.',
    cause: error,
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // Its message would quote what came.
    throw new ApiError('invalid', 'the answer is no JSON', { cause });
  }
}

/** However small the parts come, they are few. */
function withPart(parts: Uint8Array[], part: Uint8Array): Uint8Array[] {
  const few: Uint8Array[] = parts.length < MAX_PARTS ? parts : [Buffer.concat(parts)];
  few.push(part);
  return few;
}
const MAX_PARTS = 4096;

const tooLong = (maxBytes: number): ApiError =>
  new ApiError('too_large', `a line of the answer is longer than ${maxBytes} bytes`);

const LF = 0x0a;
