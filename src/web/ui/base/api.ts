import { signal } from '@preact/signals';
import type { DefinitionFileMistake } from '../../../core/api/definition-files.ts';
import type { ErrorAnswer } from '../../../core/api/operations.ts';
import { stored } from './stored.ts';
import { words } from './words.ts';

const t = words(
  {
    gone: 'Longshore does not answer: it has stopped, or the network is down.',
    status: (status: number) => `The server answered ${status}.`,
  },
  {
    gone: 'Longshore가 응답하지 않습니다. 멈췄거나 네트워크가 끊겼습니다.',
    status: (status: number) => `서버가 ${status}(으)로 응답했습니다.`,
  },
);

/** The token of this tab; it goes with every request as a header and never into an address. */
export const token = stored<string>('token', '', () => sessionStorage);

/** The server wants a token, or another one than it was given. */
export const wantsToken = signal(false);

/** False: the last request found nobody. */
export const reachable = signal(true);

/** A refusal of the server, or that there is none. */
export class ApiError extends Error {
  /** 0: no answer. */
  readonly status: number;
  /** `LS_...`; undefined: something else answered. */
  readonly code: string | undefined;
  /** Of the mistake in a query, in characters. */
  readonly position: number | undefined;
  /** Of a file that was to be written. */
  readonly mistakes: readonly DefinitionFileMistake[];

  constructor(status: number, message: string, more: Partial<ErrorAnswer['error']> = {}) {
    super(message);
    this.status = status;
    this.code = more.code;
    this.position = more.position;
    this.mistakes = more.mistakes ?? [];
  }
}

export type Params = Record<string, string | number | undefined>;

export interface Asked {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Path below the page, without a slash in front: the page may lie behind a path of a proxy. */
export function addressOf(path: string, params: Params = {}): string {
  const given = Object.entries(params).filter(([, value]) => value !== undefined && value !== '');
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return query.size === 0 ? path : `${path}?${query}`;
}

/** The answer as JSON. Throws ApiError, and what aborts the signal. */
export async function ask<T>(path: string, params: Params = {}, asked: Asked = {}): Promise<T> {
  const response = await request(path, params, asked);
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** The answer before its body has come. Throws ApiError, and what aborts the signal. */
export async function request(path: string, params: Params, asked: Asked & { accept?: string }): Promise<Response> {
  const { method = 'GET', body, signal: aborted, accept = 'application/json' } = asked;
  const headers: Record<string, string> = { accept, ...asked.headers };
  if (token.value !== '') headers['authorization'] = `Bearer ${token.value}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(addressOf(path, params), {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal: aborted ?? null,
    });
  } catch (error) {
    if (aborted?.aborted) throw error;
    reachable.value = false;
    throw new ApiError(0, t('gone'));
  }
  reachable.value = true;
  if (response.status === 401) wantsToken.value = true;
  if (response.ok) return response;
  const answer = (await response.json().catch(() => ({}))) as Partial<ErrorAnswer>;
  throw new ApiError(response.status, answer.error?.message ?? t('status', response.status), answer.error);
}
