import type { Alert, Alerter, AlerterSettings, Notification, SendContext, SendResult } from '../alerter.ts';
import { post, queueName, timeoutMs } from '../http.ts';
import { textOf, textsOf } from '../told.ts';
import { RequestWay } from '../way.ts';
import { slackVerdict, threadOf } from './slack-api.ts';
import { slackPayload } from './slack-message.ts';

/**
 * Slack's Web API: the first message of an instance opens a thread, others go into it, and when the alert is over the first
 * one is edited and the thread is told.
 */
export class SlackBot implements Alerter {
  readonly type = 'slack';
  readonly missing: string | undefined;
  readonly #settings: AlerterSettings;
  readonly #token: string;
  readonly #channels: readonly string[];
  readonly #api: string;
  readonly #way: RequestWay;

  constructor(settings: AlerterSettings, token: string) {
    const { options } = settings;
    this.#settings = settings;
    this.#token = token;
    this.#channels = textsOf(options['slack_channel_override']).filter(channel => channel !== '');
    this.missing = this.#channels.length === 0 ? 'slack_channel_override' : undefined;
    this.#api = (textOf(options, 'slack_api_url') ?? 'https://slack.com/api').replace(/\/+$/, '');
    this.#way = new RequestWay('slack', options, settings.folder);
  }

  render(alert: Alert): Notification[] {
    const body = JSON.stringify(slackPayload(alert, this.#settings));
    const { instance, resolved } = alert;
    return this.#channels.map((_, target) => ({
      target,
      body,
      instance,
      ...(resolved !== undefined && { isResolved: true }),
    }));
  }

  /** Slack's limits are by channel. */
  queue(target: number): string {
    return queueName(this.type, { url: `${this.#api} ${this.#channels[target]}`, headers: { token: this.#token } });
  }

  async send(notification: Notification, context: SendContext): Promise<SendResult> {
    const channel = this.#channels[notification.target];
    if (channel === undefined) return { ok: false, scope: 'message', reason: 'the channel is gone' };
    const message = JSON.parse(notification.body) as Record<string, unknown>;
    const thread = threadOf(context.remembered);
    if (thread === undefined) return this.#call('chat.postMessage', { ...message, channel }, context);
    if (notification.isResolved === true) {
      const edited = await this.#call('chat.update', { ...message, ...thread }, context);
      // A message that can no longer be edited is answered all the same.
      if (!edited.ok && edited.isFinal !== true) return edited;
    }
    const reply = { ...message, channel: thread.channel, thread_ts: thread.ts };
    const result = await this.#call('chat.postMessage', reply, context);
    return result.ok ? { ok: true, remember: context.remembered } : result;
  }

  #call(method: string, body: Record<string, unknown>, context: SendContext): Promise<SendResult> {
    return post(
      {
        address: { url: `${this.#api}/${method}`, headers: {} },
        headers: { 'Content-Type': 'application/json; charset=utf-8', Authorization: `Bearer ${this.#token}` },
        body: JSON.stringify(body),
        timeoutMs: timeoutMs(this.#settings.options['slack_timeout']),
        secrets: [this.#token, ...this.#way.secrets],
        judge: slackVerdict,
      },
      this.#way.through(context),
    );
  }
}
