import { isFields } from '../../../core/event.ts';
import type { SendResult } from '../../alerters/alerter.ts';
import { UNESCAPABLE } from '../../text/channels.ts';
import type { MakeIntegration } from '../integration.ts';
import { cut, isYes, listOf, textOf, without } from '../options.ts';
import { secretOf } from '../secret.ts';
import { oneRequest } from '../sending.ts';

const MAX_TITLE_CHARS = 1024;
const MAX_TEXT_CHARS = 38_000;
const API_URL = 'https://open.rocket.chat/';

const DEFAULTS: Readonly<Record<string, string>> = {
  color: '{{ if eq .Status "firing" }}red{{ else }}green{{ end }}',
  emoji: '{{ template "rocketchat.default.emoji" . }}',
  icon_url: '{{ template "rocketchat.default.iconurl" . }}',
  text: '{{ template "rocketchat.default.text" . }}',
  title: '{{ template "rocketchat.default.title" . }}',
  title_link: '{{ template "rocketchat.default.titlelink" . }}',
};

/** `rocketchat_configs`: a message of a user, by an access token. */
export const rocketchat: MakeIntegration = ({ options }, around) =>
  oneRequest(
    around,
    async texts => {
      const value = (name: string): string => texts.value(name, String(options[name] ?? DEFAULTS[name] ?? ''));
      const [token, user] = await Promise.all(['token', 'token_id'].map(name => secretOf(options, name, around)));
      const attachment = without({
        title: cut(texts.title('title', String(options['title'] ?? DEFAULTS['title'])), MAX_TITLE_CHARS),
        title_link: value('title_link'),
        text: cut(texts.prose('text', String(options['text'] ?? DEFAULTS['text'])), MAX_TEXT_CHARS),
        image_url: value('image_url'),
        thumb_url: value('thumb_url'),
        color: value('color'),
        fields: listOf(options['fields']).map(field => ({
          short: field['short'] === undefined ? options['short_fields'] === true : isYes(field['short']),
          ...without({
            title: texts.title('fields', textOf(field, 'title')),
            value: texts.prose('fields', textOf(field, 'value')),
          }),
        })),
        // There are none but buttons.
        actions: listOf(options['actions']).map(action => ({
          type: 'button',
          ...without(
            Object.fromEntries(
              ['text', 'url', 'msg'].map(name => [name, texts.value('actions', textOf(action, name))]),
            ),
          ),
          is_webview: false,
          msg_in_chat_window: false,
        })),
      });
      return {
        address: `${(textOf(options, 'api_url') || API_URL).replace(/\/+$/, '')}/api/v1/chat.postMessage`,
        headers: { 'X-Auth-Token': token!, 'X-User-Id': user! },
        secrets: [token!, user!],
        judge,
        body: {
          ...without({ channel: value('channel'), emoji: value('emoji'), avatar: value('icon_url') }),
          attachments: [attachment],
        },
      };
    },
    UNESCAPABLE,
  );

/** Rocket.Chat says `success: false` with the status 200. */
function judge(answer: string): SendResult {
  try {
    const told: unknown = JSON.parse(answer);
    if (!isFields(told)) return { ok: false, scope: 'place', reason: 'the answer is no JSON object' };
    if (told['success'] === true) return { ok: true };
    return { ok: false, scope: 'message', isFinal: true, reason: `Rocket.Chat says ${String(told['error'])}` };
  } catch {
    return { ok: false, scope: 'place', reason: 'the answer is no JSON' };
  }
}
