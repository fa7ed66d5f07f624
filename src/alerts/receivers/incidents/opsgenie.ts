import { isFiring, keyOf } from '../group.ts';
import type { OutRequest } from '../http/client.ts';
import type { MakeIntegration, Message } from '../integration.ts';
import { cut, listOf, type Options, optionsOf, textOf, without } from '../options.ts';
import { secretOf } from '../secret.ts';
import { result } from '../sending.ts';
import { MessageTexts } from '../texts.ts';

/** `opsgenie_configs`: an alert is made or closed; with `update_alerts` its texts follow what is told later. */
export const opsgenie: MakeIntegration = ({ options }, around) => ({
  send: (message, signal) =>
    result(async () => {
      const texts = new MessageTexts(around.templates, message);
      const key = texts.value('api_key', await secretOf(options, 'api_key', around));
      const base = textOf(options, 'api_url', '').replace(/\/*$/, '/v2/alerts');
      for (const { address, ...request } of requests(options, texts, message)) {
        const headers = { 'Content-Type': 'application/json', Authorization: `GenieKey ${key}` };
        const sent = await around.http.send(
          { ...request, address: base + address, headers, secrets: [key] },
          message.idempotencyKey,
          signal,
        );
        if (!sent.ok) return sent;
      }
      return { ok: true };
    }),
});

/** Addresses are what follows that of all alerts. */
function requests(options: Options, texts: MessageTexts, message: Message): OutRequest[] {
  const alias = keyOf(message);
  const value = (name: string, fallback = ''): string => texts.value(name, textOf(options, name, fallback));
  const source = value('source', '{{ template "opsgenie.default.source" . }}');
  const byAlias = (action: string): string => `/${alias}/${action}?identifierType=alias`;
  if (!isFiring(message)) return [{ address: byAlias('close'), body: { source } }];
  const title = cut(
    texts.title('message', textOf(options, 'message', '{{ template "opsgenie.default.message" . }}')),
    130,
  );
  const description = cut(
    texts.prose('description', textOf(options, 'description', '{{ template "opsgenie.default.description" . }}')),
    15_000,
  );
  const details = Object.entries(optionsOf(options['details'])).map(([name, text]) => [
    name,
    texts.prose(`details.${name}`, String(text)),
  ]);
  const made = {
    alias,
    message: title,
    details: { ...message.data().commonLabels, ...Object.fromEntries(details) },
    source,
    ...without({
      description,
      responders: responders(options['responders'], texts),
      tags: listed(value('tags')),
      note: value('note'),
      priority: value('priority'),
      entity: value('entity'),
      actions: listed(value('actions')),
    }),
  };
  const all: OutRequest[] = [{ address: '', body: made }];
  if (options['update_alerts'] === true)
    all.push(
      { address: byAlias('message'), method: 'PUT', body: without({ message: title }) },
      { address: byAlias('description'), method: 'PUT', body: without({ description }) },
    );
  return all;
}

function listed(text: string): string[] {
  return text
    .trim()
    .split(',')
    .filter(item => item !== '');
}

/** `type: teams` is a list of names with commas between them. */
function responders(value: unknown, texts: MessageTexts): Record<string, string>[] {
  return listOf(value).flatMap(one => {
    const filled = Object.fromEntries(
      ['id', 'name', 'username', 'type'].map(name => [name, texts.value('responders', textOf(one, name))]),
    );
    const { type } = filled;
    if (type === 'teams') return listed(filled['name']!).map(name => ({ name, type: 'team' }));
    const { id, name, username } = filled;
    if (id === '' && name === '' && username === '') return [];
    return [{ ...(without({ id, name, username }) as Record<string, string>), type: type! }];
  });
}
