import { isFields } from '../../../core/event.ts';
import type { SendResult } from '../alerter.ts';

/** Errors of Slack that pass. */
const PASSING = new Set([
  ...['ratelimited', 'rate_limited', 'internal_error', 'fatal_error', 'service_unavailable', 'request_timeout'],
  ...['team_added_to_org', 'accesslimited', 'message_limit_exceeded'],
]);
const RATE_LIMITED_MS = 30_000;

/** A message that others can answer to or edit. */
export interface SlackThread {
  readonly channel: string;
  readonly ts: string;
}

/** Of what `slackVerdict` remembers. */
export function threadOf(remembered: string | undefined): SlackThread | undefined {
  const [, channel, ts] = /^(\S+) (\S+)$/.exec(remembered ?? '') ?? [];
  return channel === undefined || ts === undefined ? undefined : { channel, ts };
}

/** What an answer of Slack's Web API means, which says `ok: false` with the status 200. Remembers channel and time of the message. */
export function slackVerdict(answer: string): SendResult {
  let told: unknown;
  try {
    told = JSON.parse(answer);
  } catch {
    return { ok: false, scope: 'place', reason: 'the answer is no JSON' };
  }
  if (!isFields(told)) return { ok: false, scope: 'place', reason: 'the answer is no JSON object' };
  const { ok, error, channel, ts } = told;
  if (ok === true)
    return {
      ok: true,
      remember: typeof channel === 'string' && typeof ts === 'string' ? `${channel} ${ts}` : undefined,
    };
  const reason = `Slack says ${String(error)}`;
  if (!PASSING.has(String(error))) return { ok: false, scope: 'message', isFinal: true, reason };
  return { ok: false, scope: 'place', reason, retryAfterMs: error === 'ratelimited' ? RATE_LIMITED_MS : undefined };
}
