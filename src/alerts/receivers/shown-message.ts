import type { TemplateLibrary } from '../go-template/go-template.ts';
import type { IntegrationConfig } from '../routing/config/read-receivers.ts';
import type { Message } from './integration.ts';
import { cut, textOf } from './options.ts';
import { MessageTexts } from './texts.ts';

const MAX_CHARS = 8000;

/** What people read first, and what after it: the options of a kind, with what stands there when they are not written. */
const TEXTS: Readonly<Record<string, readonly [title: string, text: string, template: string]>> = {
  discord: ['title', 'message', 'discord.default.message'],
  email: ['subject', 'html', 'email.default.html'],
  msteams: ['title', 'text', 'msteams.default.text'],
  msteamsv2: ['title', 'text', 'msteams.default.text'],
  opsgenie: ['message', 'description', 'opsgenie.default.description'],
  pagerduty: ['description', 'details', '__text_both'],
  slack: ['title', 'text', 'slack.default.text'],
  telegram: ['', 'message', 'telegram.default.message'],
  victorops: ['entity_display_name', 'state_message', 'victorops.default.state_message'],
  webex: ['', 'message', 'webex.default.message'],
};
const OTHERS = ['title', 'message', '__text_both'] as const;

/** A message as it would read, without sending it: a webhook's payload, or the texts of another kind. */
export function shownMessage({ kind, options }: IntegrationConfig, message: Message, library: TemplateLibrary): string {
  if (kind === 'webhook')
    return cut(JSON.stringify({ ...message.data(), version: '4', groupKey: message.groupKey }), MAX_CHARS);
  const texts = new MessageTexts(library, message);
  const [title, text, template] = TEXTS[kind] ?? OTHERS;
  const parts = [
    title === '' ? '' : texts.title(title, textOf(options, title, '{{ template "__subject" . }}')),
    texts.prose(text, textOf(options, text, `{{ template "${template}" . }}`), kind === 'email'),
  ];
  return cut(
    parts
      .filter(part => part.trim() !== '')
      .join('\n')
      .trim(),
    MAX_CHARS,
  );
}
