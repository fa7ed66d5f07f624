import { CODE_BLOCK, HTML_TEXT, TELEGRAM_BOLD, TELEGRAM_V2, TELEGRAM_V2_CODE } from '../../text/channels.ts';
import type { Marks } from '../../text/marks.ts';
import { checkAddresses } from '../address.ts';
import type { Alert, AlerterKind, AlerterSettings, Notification, SendContext, SendResult } from '../alerter.ts';
import { HttpAlerter } from '../http-alerter.ts';
import { cropped, textOf, told } from '../told.ts';
import { checkWay, wayOptions } from '../way.ts';

const MAX_CHARS = 4095;
const KEPT_CHARS = 4000;
const CROPPED = '\n⚠ *message was cropped according to telegram limits!* ⚠';
/** What means something in the title, and in the text, which stands in a code block but for HTML. */
const MARKS: Readonly<Record<string, readonly [title: Marks, body: Marks]>> = {
  html: [HTML_TEXT, HTML_TEXT],
  markdown: [TELEGRAM_BOLD, CODE_BLOCK],
  markdownV2: [TELEGRAM_V2, TELEGRAM_V2_CODE],
};

/** Messages of a Telegram bot. */
export const telegram: AlerterKind = {
  type: 'telegram',
  options: {
    telegram_bot_token: 'text',
    telegram_room_id: 'any',
    telegram_api_url: 'text',
    telegram_parse_mode: Object.keys(MARKS),
    telegram_thread_id: 'number',
    ...wayOptions('telegram'),
  },
  check: (options, folder) => [
    ...checkAddresses('telegram_api_url', apiUrl(options['telegram_api_url'])),
    ...checkWay('telegram', options, folder),
  ],
  create: settings => new Telegram(settings),
};

class Telegram extends HttpAlerter {
  constructor(settings: AlerterSettings) {
    const { options } = settings;
    const token = textOf(options, 'telegram_bot_token');
    const room = options['telegram_room_id'];
    const hasRoom = room !== undefined && room !== null && room !== '';
    const missing = token === undefined ? 'telegram_bot_token' : hasRoom ? undefined : 'telegram_room_id';
    const url = `${apiUrl(options['telegram_api_url']) ?? 'https://api.telegram.org'}/bot${token}/sendMessage`;
    super({
      type: 'telegram',
      settings,
      prefix: 'telegram',
      addresses: [{ url, headers: {} }],
      missing,
      secrets: token === undefined ? [] : [token],
      render: alert => [{ target: 0, body: JSON.stringify(telegramPayload(alert, settings)) }],
    });
  }

  /** What Telegram cannot read as markup is better told plain than not at all. */
  override async send(notification: Notification, context: SendContext): Promise<SendResult> {
    const result = await super.send(notification, context);
    if (result.ok || !/can'?t parse entities/i.test(result.reason)) return result;
    const { parse_mode: _, ...plain } = JSON.parse(notification.body) as Record<string, unknown>;
    return super.send({ ...notification, body: JSON.stringify(plain) }, context);
  }
}

function telegramPayload(alert: Alert, settings: AlerterSettings): Record<string, unknown> {
  const { options, texts } = settings;
  const mode = String(options['telegram_parse_mode'] ?? 'markdown');
  const [titleMarks, marks] = MARKS[mode] ?? MARKS['markdown']!;
  const title = texts.title(alert.matches, { tableWidth: 80, fenced: false, marks: titleMarks });
  const { title: shown, body } = told(alert, settings, { tableWidth: 80, fenced: false, marks }, title);
  const sign = alert.resolved === undefined ? '⚠' : '✅';
  const isHtml = mode === 'html';
  const text = isHtml ? `${sign} ${shown} ${sign} \n${body}` : `${sign} *${shown}* ${sign} \`\`\`\n${body}`;
  return {
    chat_id: options['telegram_room_id'],
    text: cropped(text, MAX_CHARS, KEPT_CHARS, CROPPED) + (isHtml ? '' : ' ```'),
    parse_mode: mode,
    disable_web_page_preview: true,
    message_thread_id: options['telegram_thread_id'] ?? null,
  };
}

/** ElastAlert takes the host alone. */
function apiUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '' || value.startsWith('$')) return undefined;
  return (value.includes('://') ? value : `https://${value}`).replace(/\/+$/, '');
}
