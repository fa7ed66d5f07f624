import { messageOf } from '../../core/errors.ts';
import type { SendResult } from '../alerters/alerter.ts';
import { Refused } from '../alerters/refused.ts';
import type { Marks } from '../text/marks.ts';
import type { OutRequest } from './http/client.ts';
import type { Around, Integration, Message } from './integration.ts';
import { MessageTexts } from './texts.ts';

/** Whatever keeps a message from being made or sent is told as the result. */
export async function result(work: () => Promise<SendResult>): Promise<SendResult> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refused) return error.result;
    return { ok: false, scope: 'place', reason: messageOf(error) };
  }
}

/** An integration whose message is one request. `marks`: of its channel. */
export function oneRequest(
  around: Around,
  make: (texts: MessageTexts, message: Message) => Promise<OutRequest>,
  marks?: Marks,
): Integration {
  return {
    send: (message, signal) =>
      result(async () => {
        const request = await make(new MessageTexts(around.templates, message, marks), message);
        return around.http.send(request, message.idempotencyKey, signal);
      }),
  };
}
