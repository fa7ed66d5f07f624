import { addressesOf, attachmentLinks, checkAddresses, checkLinks } from './address.ts';
import type { AlerterKind, AlerterSettings } from './alerter.ts';
import { discoverOptions } from './chat/discover-links.ts';
import { SlackBot } from './chat/slack-bot.ts';
import { ATTACHMENT_OPTIONS, slackPayload } from './chat/slack-message.ts';
import { HttpAlerter } from './http-alerter.ts';
import { textOf, textsOf } from './told.ts';
import { checkWay, wayOptions } from './way.ts';

/** Slack: incoming webhooks, or a bot (`slack_bot_token`) that keeps what belongs together in a thread. */
export const slack: AlerterKind = {
  type: 'slack',
  options: {
    slack_webhook_url: 'text_or_texts',
    ...discoverOptions('slack'),
    slack_bot_token: 'text',
    slack_api_url: 'text',
    slack_channel_override: 'text_or_texts',
    slack_username_override: 'text',
    slack_emoji_override: 'text',
    slack_icon_url_override: 'text',
    slack_msg_color: 'text',
    slack_parse_override: ['none', 'full'],
    slack_text_string: 'text',
    slack_alert_fields: 'list',
    ...Object.fromEntries(Object.keys(ATTACHMENT_OPTIONS).map(name => [name, 'text' as const])),
    ...wayOptions('slack'),
  },
  check: (options, folder) => [
    ...checkAddresses('slack_webhook_url', options['slack_webhook_url']),
    ...checkAddresses('slack_api_url', options['slack_api_url']),
    ...checkLinks(options, attachmentLinks('slack')),
    ...checkWay('slack', options, folder),
  ],
  create: settings => {
    const token = textOf(settings.options, 'slack_bot_token');
    return token === undefined || token.startsWith('$') ? webhooks(settings) : new SlackBot(settings, token);
  },
};

/** One message with one attachment, to each webhook and each channel. */
function webhooks(settings: AlerterSettings): HttpAlerter {
  const addresses = addressesOf(settings.options['slack_webhook_url']);
  const channels = textsOf(settings.options['slack_channel_override'] ?? '');
  return new HttpAlerter({
    type: 'slack',
    settings,
    prefix: 'slack',
    addresses,
    missing: addresses.length === 0 ? 'slack_webhook_url' : undefined,
    render: alert => {
      const payload = slackPayload(alert, settings);
      return addresses.flatMap((_, target) =>
        channels.map(channel => ({ target, body: JSON.stringify({ ...payload, channel }) })),
      );
    },
  });
}
