import { createHmac } from 'node:crypto';
import { isFields } from '../../../core/event.ts';
import type { OptionTable } from '../../rules/options.ts';
import { UNESCAPABLE } from '../../text/channels.ts';
import { checkLinks } from '../address.ts';
import type { Alert, AlerterKind, AlerterSettings, SendResult } from '../alerter.ts';
import { HttpAlerter } from '../http-alerter.ts';
import { JSON_HEADERS } from '../post.ts';
import { croppedBytes, renamed, textOf, told } from '../told.ts';
import { checkWay, wayOptions } from '../way.ts';

// Bots that take a text at an address that is made of their id: Lark, WeCom, DingTalk, Webex.

const STYLE = { tableWidth: 80, fenced: false, marks: UNESCAPABLE };

interface Bot {
  readonly type: string;
  /** First words of its options. */
  readonly prefix: string;
  /** The option with its id, which is a secret. */
  readonly id: string;
  readonly options: OptionTable;
  readonly url: (id: string) => string;
  /** Of the text. */
  readonly maxBytes: number;
  readonly payload: (title: string, body: string, settings: AlerterSettings) => Record<string, unknown>;
  readonly suffix?: (settings: AlerterSettings) => string;
  /** Options with an address for people. */
  readonly links?: readonly string[];
}

function kindOf(bot: Bot): AlerterKind {
  const { type, prefix, id, maxBytes } = bot;
  return {
    type,
    options: { [id]: 'text', ...bot.options, ...wayOptions(prefix) },
    check: (options, folder) => [...checkLinks(options, bot.links ?? []), ...checkWay(prefix, options, folder)],
    create: settings => {
      const secret = textOf(settings.options, id);
      return new HttpAlerter({
        type,
        settings,
        prefix,
        addresses: [{ url: bot.url(encodeURIComponent(secret ?? '')), headers: {} }],
        missing: secret === undefined ? id : undefined,
        secrets: secret === undefined ? [] : [secret],
        headers: JSON_HEADERS,
        suffix: bot.suffix && (() => bot.suffix!(settings)),
        judge,
        render: (alert: Alert) => {
          const { title, body } = told(alert, settings, STYLE);
          // The text alone does not say what is over.
          const text = alert.resolved === undefined ? body : `${title}\n${body}`;
          return [
            { target: 0, body: JSON.stringify(bot.payload(title, croppedBytes(text, maxBytes, '\n[cut]'), settings)) },
          ];
        },
      });
    },
  };
}

/** Some say with the status 200 that they took nothing. */
function judge(answer: string): SendResult {
  let code: unknown = 0;
  try {
    const value: unknown = JSON.parse(answer);
    if (isFields(value)) code = value['errcode'] ?? value['code'] ?? value['StatusCode'] ?? 0;
  } catch {
    // No JSON, nothing against it.
  }
  if (code === 0) return { ok: true };
  // Too many at a time: Lark, WeCom, DingTalk.
  const isLimit = [9499, 11232, 45009, 130101, 660026].includes(Number(code));
  return {
    ok: false,
    scope: isLimit ? 'place' : 'message',
    isFinal: !isLimit,
    reason: `refused: ${answer.slice(0, 150)}`,
  };
}

export const lark = kindOf({
  type: 'lark',
  prefix: 'lark',
  id: 'lark_bot_id',
  options: { lark_msgtype: 'text' },
  url: id => `https://open.feishu.cn/open-apis/bot/v2/hook/${id}`,
  maxBytes: 18_000,
  payload: (title, text, { options }) => ({
    msg_type: textOf(options, 'lark_msgtype') ?? 'text',
    content: { title, text },
  }),
});

export const workwechat = kindOf({
  type: 'workwechat',
  prefix: 'work_wechat',
  id: 'work_wechat_bot_id',
  options: { work_wechat_msgtype: ['text', 'markdown'] },
  url: id => `https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=${id}`,
  maxBytes: 2000,
  payload: (_, content, { options }) => {
    const msgtype = textOf(options, 'work_wechat_msgtype') ?? 'text';
    return { msgtype, [msgtype]: { content } };
  },
});

export const dingtalk = kindOf({
  type: 'dingtalk',
  prefix: 'dingtalk',
  id: 'dingtalk_access_token',
  links: ['dingtalk_single_url'],
  options: {
    dingtalk_msgtype: ['text', 'markdown', 'single_action_card', 'action_card'],
    dingtalk_single_title: 'text',
    dingtalk_single_url: 'text',
    dingtalk_btn_orientation: 'text',
    dingtalk_btns: 'list',
    dingtalk_sign: 'text',
  },
  url: id => `https://oapi.dingtalk.com/robot/send?access_token=${id}`,
  maxBytes: 18_000,
  payload: (title, text, { options }) => {
    const type = textOf(options, 'dingtalk_msgtype') ?? 'text';
    if (type === 'text') return { msgtype: type, text: { content: text } };
    if (type === 'markdown') return { msgtype: type, markdown: { title, text } };
    const more =
      type === 'action_card'
        ? renamed(options, { dingtalk_btn_orientation: 'btnOrientation', dingtalk_btns: 'btns' })
        : {
            singleTitle: options['dingtalk_single_title'] ?? 'elastalert',
            singleURL: options['dingtalk_single_url'] ?? '',
          };
    return { msgtype: 'actionCard', actionCard: { title, text, ...more } };
  },
  suffix: ({ options }) => {
    const secret = textOf(options, 'dingtalk_sign');
    if (secret === undefined) return '';
    const time = Date.now();
    const sign = createHmac('sha256', secret).update(`${time}\n${secret}`).digest('base64');
    return `&timestamp=${time}&sign=${encodeURIComponent(sign)}`;
  },
});

export const webexWebhook = kindOf({
  type: 'webex_webhook',
  prefix: 'webex_webhook',
  id: 'webex_webhook_id',
  options: { webex_webhook_msgtype: ['text', 'markdown'] },
  url: id => `https://webexapis.com/v1/webhooks/incoming/${id}`,
  maxBytes: 7000,
  payload: (_, text, { options }) => ({ [textOf(options, 'webex_webhook_msgtype') ?? 'text']: text }),
});
