import { MARKDOWN } from '../../text/channels.ts';
import type { MakeIntegration } from '../integration.ts';
import { cut, isYes, listOf, type Options, optionsOf, textOf, without } from '../options.ts';
import { secretOf } from '../secret.ts';
import { oneRequest } from '../sending.ts';
import type { MessageTexts } from '../texts.ts';

/** Mattermost cuts longer ones into several posts. */
const MAX_CHARS = 16_383;
const PRIORITIES = ['urgent', 'important', 'standard'];

const DEFAULTS: Readonly<Record<string, string>> = {
  username: '{{ template "mattermost.default.username" . }}',
  color: '{{ template "mattermost.default.color" . }}',
  text: '{{ template "mattermost.default.text" . }}',
  title: '{{ template "mattermost.default.title" . }}',
  title_link: '{{ template "mattermost.default.titlelink" . }}',
  fallback: '{{ template "mattermost.default.fallback" . }}',
};
/** Of an attachment, in the order in which people meet them. */
const VALUES = ['color', 'author_name', 'author_link', 'author_icon', 'title_link', 'thumb_url', 'footer'];
const MORE_VALUES = ['footer_icon', 'image_url'];

/** `mattermost_configs`: an incoming webhook, with one attachment or those that `attachments` has. */
export const mattermost: MakeIntegration = ({ options }, around) =>
  oneRequest(
    around,
    async texts => {
      const own = { ...DEFAULTS, ...options };
      const value = (name: string): string => texts.value(name, textOf(own, name));
      const attachments = listOf(options['attachments']);
      const card = textOf(optionsOf(options['props']), 'card');
      return {
        address: await secretOf(options, 'webhook_url', around),
        body: without({
          channel: value('channel'),
          username: value('username'),
          icon_url: value('icon_url'),
          icon_emoji: value('icon_emoji'),
          type: value('type'),
          // With attachments of one's own the text stands above them.
          text: attachments.length === 0 ? '' : cut(texts.prose('text', textOf(own, 'text')), MAX_CHARS),
          attachments: (attachments.length === 0 ? [own] : attachments).map(one => attachment(one, texts)),
          props: card === '' ? undefined : { card: texts.prose('props', card) },
          priority: priority(optionsOf(options['priority']), texts),
        }),
      };
    },
    MARKDOWN,
  );

function attachment(options: Options, texts: MessageTexts): Record<string, unknown> {
  const prose = (name: string): string => cut(texts.prose(name, textOf(options, name)), MAX_CHARS);
  return without({
    fallback: texts.title('fallback', textOf(options, 'fallback')),
    pretext: prose('pretext'),
    text: prose('text'),
    title: texts.title('title', textOf(options, 'title')),
    ...Object.fromEntries([...VALUES, ...MORE_VALUES].map(name => [name, texts.value(name, textOf(options, name))])),
    fields: listOf(options['fields']).map(field => ({
      title: texts.title('fields', textOf(field, 'title')),
      value: texts.prose('fields', textOf(field, 'value')),
      ...(field['short'] === undefined ? {} : { short: isYes(field['short']) }),
    })),
  });
}

/** What Mattermost refuses together is taken apart: only what is urgent may insist. */
function priority(options: Options, texts: MessageTexts): Record<string, unknown> | undefined {
  const written = textOf(options, 'priority');
  if (written === '') return undefined;
  const told = texts.value('priority', written).toLowerCase();
  const level = PRIORITIES.includes(told) ? told : 'standard';
  return {
    priority: level,
    ...(isYes(options['requested_ack']) && level !== 'standard' ? { requested_ack: true } : {}),
    ...(isYes(options['persistent_notifications']) && level === 'urgent' ? { persistent_notifications: true } : {}),
  };
}
