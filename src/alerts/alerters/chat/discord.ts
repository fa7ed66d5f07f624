import { MARKDOWN } from '../../text/channels.ts';
import { addressesOf, checkAddresses, checkLinks } from '../address.ts';
import type { Alert, AlerterKind, AlerterSettings } from '../alerter.ts';
import { HttpAlerter } from '../http-alerter.ts';
import { cropped, textOf, told } from '../told.ts';
import { checkWay, wayOptions } from '../way.ts';

const STYLE = { tableWidth: 80, fenced: false, marks: MARKDOWN };
const GREEN = 0x2ecc71;
/** Of the description of an embed, and what is left of a longer one. */
const MAX_CHARS = 2047;
const KEPT_CHARS = 1950;
/** Of the title: a message of more than 2,000 characters is refused. */
const MAX_TITLE_CHARS = 1800;
const CROPPED = '\n *message was cropped according to discord embed description limits!*';

/** Discord's webhooks: the title as the message, the text as an embed. */
export const discord: AlerterKind = {
  type: 'discord',
  options: {
    discord_webhook_url: 'text_or_texts',
    discord_emoji_title: 'text',
    discord_embed_color: 'integer',
    discord_embed_footer: 'text',
    discord_embed_icon_url: 'text',
    ...wayOptions('discord'),
  },
  check: (options, folder) => [
    ...checkAddresses('discord_webhook_url', options['discord_webhook_url']),
    ...checkLinks(options, ['discord_embed_icon_url']),
    ...checkWay('discord', options, folder),
  ],
  create: settings => {
    const addresses = addressesOf(settings.options['discord_webhook_url']);
    return new HttpAlerter({
      type: 'discord',
      settings,
      prefix: 'discord',
      addresses,
      missing: addresses.length === 0 ? 'discord_webhook_url' : undefined,
      render: alert => {
        const body = JSON.stringify(discordPayload(alert, settings));
        return addresses.map((_, target) => ({ target, body }));
      },
    });
  },
};

function discordPayload(alert: Alert, settings: AlerterSettings): Record<string, unknown> {
  const { options } = settings;
  const { title, body } = told(alert, settings, STYLE);
  const emoji = alert.resolved === undefined ? (options['discord_emoji_title'] ?? ':warning:') : ':white_check_mark:';
  const footer = textOf(options, 'discord_embed_footer');
  const icon = textOf(options, 'discord_embed_icon_url') ?? null;
  return {
    content: `${emoji} ${cropped(title, MAX_TITLE_CHARS, MAX_TITLE_CHARS, '...')} ${emoji}`,
    embeds: [
      {
        description: cropped(body, MAX_CHARS, KEPT_CHARS, CROPPED),
        color: alert.resolved === undefined ? (options['discord_embed_color'] ?? 0xffffff) : GREEN,
        ...(footer === undefined ? {} : { footer: { text: footer, icon_url: icon } }),
      },
    ],
  };
}
