import { CARD_MARKDOWN, MARKDOWN, TELEGRAM_BOLD, TELEGRAM_V2, UNESCAPABLE } from '../../text/channels.ts';
import type { Marks } from '../../text/marks.ts';
import { basicColors } from '../group.ts';
import type { MakeIntegration } from '../integration.ts';
import { cut, cutBytes, textOf } from '../options.ts';
import { secretOf } from '../secret.ts';
import { oneRequest } from '../sending.ts';

const DISCORD = basicColors(0x992d22, 0x2ecc71);
const CONNECTOR = basicColors('8C1A1A', '2DC72D');
const CARD = basicColors('Attention', 'Good');

/** `discord_configs` */
export const discord: MakeIntegration = ({ options }, around) =>
  oneRequest(
    around,
    async (texts, message) => {
      const embed = {
        title: cut(texts.title('title', textOf(options, 'title', '{{ template "discord.default.title" . }}')), 256),
        description: cut(
          texts.prose('message', textOf(options, 'message', '{{ template "discord.default.message" . }}')),
          4096,
        ),
        color: DISCORD(message),
      };
      const [content, username, avatar] = ['content', 'username', 'avatar_url'].map(name =>
        texts.value(name, textOf(options, name, '')),
      );
      return {
        address: await secretOf(options, 'webhook_url', around),
        body: {
          content: cut(content!, 2000),
          embeds: [embed],
          ...(username === '' ? {} : { username }),
          ...(avatar === '' ? {} : { avatar_url: avatar }),
        },
      };
    },
    MARKDOWN,
  );

/** By `parse_mode`; HTML is escaped by the templates. */
const TELEGRAM: Readonly<Record<string, Marks>> = { Markdown: TELEGRAM_BOLD, MarkdownV2: TELEGRAM_V2 };

/** `telegram_configs` */
export const telegram: MakeIntegration = ({ options }, around) =>
  oneRequest(
    around,
    async texts => {
      const mode = textOf(options, 'parse_mode', 'HTML');
      const text = texts.prose(
        'message',
        textOf(options, 'message', '{{ template "telegram.default.message" . }}'),
        mode === 'HTML',
      );
      const thread = textOf(options, 'message_thread_id', '0');
      const token = await secretOf(options, 'bot_token', around);
      return {
        address: `${textOf(options, 'api_url', '').replace(/\/+$/, '')}/bot${token}/sendMessage`,
        body: {
          chat_id: await secretOf(options, 'chat_id', around),
          text: cut(text, 4096),
          disable_web_page_preview: 'true',
          ...(mode === '' ? {} : { parse_mode: mode }),
          ...(options['disable_notifications'] === true ? { disable_notification: 'true' } : {}),
          ...(Number(thread) > 0 ? { message_thread_id: thread } : {}),
        },
        secrets: [token],
      };
    },
    TELEGRAM[textOf(options, 'parse_mode', 'HTML')],
  );

/** `webex_configs` */
export const webex: MakeIntegration = ({ options }, around) =>
  oneRequest(
    around,
    async texts => ({
      address: textOf(options, 'api_url', ''),
      body: {
        markdown: cutBytes(
          texts.prose('message', textOf(options, 'message', '{{ template "webex.default.message" . }}')),
          7439,
        ),
        roomId: texts.value('room_id', textOf(options, 'room_id', '')),
      },
    }),
    UNESCAPABLE,
  );

/** `msteams_configs`: a card of the older connectors. */
export const msteams: MakeIntegration = ({ options }, around) =>
  oneRequest(
    around,
    async (texts, message) => ({
      address: await secretOf(options, 'webhook_url', around),
      body: {
        '@context': 'http://schema.org/extensions',
        '@type': 'MessageCard',
        title: texts.title('title', textOf(options, 'title', '{{ template "msteams.default.title" . }}')),
        summary: texts.title('summary', textOf(options, 'summary', '{{ template "msteams.default.summary" . }}')),
        text: cut(texts.prose('text', textOf(options, 'text', '{{ template "msteams.default.text" . }}')), 20_000),
        themeColor: CONNECTOR(message),
      },
    }),
    CARD_MARKDOWN,
  );

/** `msteamsv2_configs`: an adaptive card for a workflow. */
export const msteamsv2: MakeIntegration = ({ options }, around) =>
  oneRequest(
    around,
    async (texts, message) => {
      const title = texts.title('title', textOf(options, 'title', '{{ template "msteamsv2.default.title" . }}'));
      const text = texts.prose('text', textOf(options, 'text', '{{ template "msteamsv2.default.text" . }}'));
      const content = {
        $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
        type: 'AdaptiveCard',
        version: '1.2',
        body: [
          {
            type: 'TextBlock',
            text: title,
            weight: 'Bolder',
            size: 'Medium',
            wrap: true,
            style: 'heading',
            color: CARD(message),
          },
          { type: 'TextBlock', text: cut(text, 20_000), wrap: true },
        ],
        msteams: { width: 'full' },
      };
      return {
        address: await secretOf(options, 'webhook_url', around),
        body: {
          type: 'message',
          attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
        },
      };
    },
    CARD_MARKDOWN,
  );
