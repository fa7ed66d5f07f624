import { messageOf } from '../../core/errors.ts';
import { addressesOf } from '../alerters/address.ts';
import type { SendResult } from '../alerters/alerter.ts';
import { post } from '../alerters/http.ts';
import { httpHeaders } from './http-config.ts';
import type { Message, Surroundings } from './integration.ts';

const TIMEOUT_MS = 20_000;

export interface JsonRequest {
  readonly address: string;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly httpConfig: unknown;
  readonly timeoutMs?: number | undefined;
}

/** Posts JSON once. `make` may read files; what keeps it from that is told as the result. */
export async function postJson(
  make: () => Promise<JsonRequest>,
  message: Message,
  around: Surroundings,
  signal: AbortSignal,
): Promise<SendResult> {
  let request: JsonRequest;
  let headers: Record<string, string>;
  try {
    request = await make();
    headers = {
      'Content-Type': 'application/json',
      ...(await httpHeaders(request.httpConfig, around)),
      ...request.headers,
    };
  } catch (error) {
    return { ok: false, scope: 'place', reason: messageOf(error) };
  }
  const [address] = addressesOf(request.address);
  if (address === undefined) return { ok: false, scope: 'message', reason: 'the address cannot be sent to' };
  const timeoutMs = request.timeoutMs === undefined || request.timeoutMs === 0 ? TIMEOUT_MS : request.timeoutMs;
  return post(
    { address, headers, body: JSON.stringify(request.body), timeoutMs },
    { fetch: around.fetch, idempotencyKey: message.idempotencyKey, signal },
  );
}
