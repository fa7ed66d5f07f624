import { expect } from 'vitest';

/** Sends events over HTTP; they are durable, and found, when it resolves. */
export async function sendEvents(url: string, events: readonly object[]): Promise<void> {
  const answer = await fetch(`${url}/api/logs?tag=page`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
  expect(answer.status).toBe(200);
}
