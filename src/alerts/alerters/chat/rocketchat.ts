import { type Fields, isFields } from '../../../core/event.ts';
import { lookup } from '../../lookup.ts';
import { pythonStr } from '../../python/str.ts';
import { UNESCAPABLE } from '../../text/channels.ts';
import { addressesOf, checkAddresses } from '../address.ts';
import type { Alert, AlerterKind, AlerterSettings } from '../alerter.ts';
import { HttpAlerter } from '../http-alerter.ts';
import { firstOf, textsOf, told } from '../told.ts';
import { checkWay, wayOptions } from '../way.ts';
import { discoverAttachments, discoverOptions } from './discover-links.ts';

const STYLE = { tableWidth: 75, fenced: true, marks: UNESCAPABLE };

/** Rocket.Chat's incoming webhooks. */
export const rocketchat: AlerterKind = {
  type: 'rocketchat',
  options: {
    rocket_chat_webhook_url: 'text_or_texts',
    ...discoverOptions('rocket_chat'),
    rocket_chat_channel_override: 'text_or_texts',
    rocket_chat_username_override: 'text',
    rocket_chat_emoji_override: 'text',
    rocket_chat_msg_color: 'text',
    rocket_chat_text_string: 'text',
    rocket_chat_alert_fields: 'list',
    ...wayOptions('rocket_chat'),
  },
  check: (options, folder) => [
    ...checkAddresses('rocket_chat_webhook_url', options['rocket_chat_webhook_url']),
    ...checkWay('rocket_chat', options, folder),
  ],
  create: settings => {
    const addresses = addressesOf(settings.options['rocket_chat_webhook_url']);
    const channels = textsOf(settings.options['rocket_chat_channel_override'] ?? '');
    return new HttpAlerter({
      type: 'rocketchat',
      settings,
      prefix: 'rocket_chat',
      addresses,
      missing: addresses.length === 0 ? 'rocket_chat_webhook_url' : undefined,
      render: alert => {
        const payload = rocketchatPayload(alert, settings);
        return addresses.flatMap((_, target) =>
          channels.map(channel => ({ target, body: JSON.stringify({ ...payload, channel }) })),
        );
      },
    });
  },
};

function rocketchatPayload(alert: Alert, settings: AlerterSettings): Record<string, unknown> {
  const { options } = settings;
  const { title, body } = told(alert, settings, STYLE);
  const emoji = options['rocket_chat_emoji_override'] ?? ':ghost:';
  const isOver = alert.resolved !== undefined;
  return {
    username: options['rocket_chat_username_override'] ?? 'elastalert2',
    text: options['rocket_chat_text_string'] ?? '',
    attachments: [
      {
        color: isOver ? 'good' : (options['rocket_chat_msg_color'] ?? 'danger'),
        title,
        text: body,
        fields: fieldsOf(options, firstOf(alert)),
      },
      ...discoverAttachments(options, 'rocket_chat', firstOf(alert)),
    ],
    ...(emoji === '' ? {} : { emoji }),
  };
}

function fieldsOf(options: Fields, match: Fields): unknown[] {
  const wanted = options['rocket_chat_alert_fields'];
  if (!Array.isArray(wanted)) return [];
  return wanted
    .filter(isFields)
    .map(field => ({ ...field, value: UNESCAPABLE.escapedValue(lookup(match, pythonStr(field['value'])) ?? null) }));
}
