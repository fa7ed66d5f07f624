import { type Fields, isFields } from '../../../core/event.ts';
import { lookup } from '../../lookup.ts';
import { pythonFormat } from '../../python/format.ts';
import { pythonStr } from '../../python/str.ts';
import { MARKDOWN } from '../../text/channels.ts';
import { addressesOf, attachmentLinks, checkAddresses, checkLinks } from '../address.ts';
import type { Alert, AlerterKind, AlerterSettings } from '../alerter.ts';
import { HttpAlerter } from '../http-alerter.ts';
import { cropped, firstOf, renamed, textOf, textsOf, told } from '../told.ts';
import { checkWay, wayOptions } from '../way.ts';
import { discoverAttachments, discoverOptions } from './discover-links.ts';

const STYLE = { tableWidth: 75, fenced: true, marks: MARKDOWN };
/** Of a post, less what stands around the text. */
const MAX_CHARS = 16_000;

const ATTACHMENT_OPTIONS = {
  mattermost_title: 'title',
  mattermost_title_link: 'title_link',
  mattermost_footer: 'footer',
  mattermost_footer_icon: 'footer_icon',
  mattermost_image_url: 'image_url',
  mattermost_thumb_url: 'thumb_url',
  mattermost_author_name: 'author_name',
  mattermost_author_link: 'author_link',
  mattermost_author_icon: 'author_icon',
} as const;

/** Mattermost's incoming webhooks. */
export const mattermost: AlerterKind = {
  type: 'mattermost',
  options: {
    mattermost_webhook_url: 'text_or_texts',
    ...discoverOptions('mattermost'),
    mattermost_channel_override: 'text_or_texts',
    mattermost_username_override: 'text',
    mattermost_emoji_override: 'text',
    mattermost_icon_url_override: 'text',
    mattermost_msg_pretext: 'text',
    mattermost_msg_color: 'text',
    mattermost_msg_fields: 'list',
    ...Object.fromEntries(Object.keys(ATTACHMENT_OPTIONS).map(name => [name, 'text' as const])),
    ...wayOptions('mattermost'),
  },
  check: (options, folder) => [
    ...checkAddresses('mattermost_webhook_url', options['mattermost_webhook_url']),
    ...checkLinks(options, attachmentLinks('mattermost')),
    ...checkWay('mattermost', options, folder),
  ],
  create: settings => {
    const addresses = addressesOf(settings.options['mattermost_webhook_url']);
    const channels = textsOf(settings.options['mattermost_channel_override'] ?? '');
    return new HttpAlerter({
      type: 'mattermost',
      settings,
      prefix: 'mattermost',
      addresses,
      missing: addresses.length === 0 ? 'mattermost_webhook_url' : undefined,
      render: alert => {
        const payload = mattermostPayload(alert, settings);
        return addresses.flatMap((_, target) =>
          channels.map(channel => ({ target, body: JSON.stringify({ ...payload, channel }) })),
        );
      },
    });
  },
};

function mattermostPayload(alert: Alert, settings: AlerterSettings): Record<string, unknown> {
  const { options } = settings;
  const { title, body } = told(alert, settings, STYLE);
  const text = cropped(body, MAX_CHARS, MAX_CHARS, '\n[cut]');
  const pretext = options['mattermost_msg_pretext'] ?? '';
  const isOver = alert.resolved !== undefined;
  const inAttachment = isOver || options['alert_text_type'] === 'alert_text_only';
  const own = renamed(options, ATTACHMENT_OPTIONS);
  const attachment = {
    fallback: `${title}: ${pythonStr(pretext)}`,
    color: isOver ? 'good' : (options['mattermost_msg_color'] ?? 'danger'),
    title,
    pretext,
    fields: fieldsOf(options, firstOf(alert)),
    ...own,
    ...(isOver ? { title } : {}),
    ...(inAttachment ? { text } : {}),
  };
  const icon = textOf(options, 'mattermost_icon_url_override');
  return {
    username: options['mattermost_username_override'] ?? 'elastalert',
    attachments: [attachment, ...discoverAttachments(options, 'mattermost', firstOf(alert))],
    ...(inAttachment ? {} : { text }),
    ...(icon === undefined ? { icon_emoji: options['mattermost_emoji_override'] ?? ':ghost:' } : { icon_url: icon }),
  };
}

/** `{title, short, args, value}` each: `args` name fields that fill `value`, or stand below each other. */
function fieldsOf(options: Fields, match: Fields): unknown[] {
  const wanted = options['mattermost_msg_fields'];
  if (!Array.isArray(wanted)) return [];
  const missing = options['alert_missing_value'] ?? '<MISSING VALUE>';
  return wanted.filter(isFields).map(field => {
    const { args, ...shown } = field;
    if (!Array.isArray(args)) return { ...field };
    const values = args.map(name => {
      const found = lookup(match, pythonStr(name));
      const isNothing = found === undefined || found === null || found === '' || found === 0 || found === false;
      return isNothing ? missing : MARKDOWN.escapedValue(found);
    });
    const { value } = shown;
    const text =
      value === undefined ? values.map(pythonStr).join('\n') : pythonFormat(pythonStr(value), { positional: values });
    return { ...shown, value: text };
  });
}
