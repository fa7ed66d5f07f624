import { createHash } from 'node:crypto';
import { secretOf } from './http-config.ts';
import type { MakeIntegration, Message } from './integration.ts';
import { cut, textOf } from './options.ts';
import { postJson } from './post-json.ts';
import { MessageTexts } from './texts.ts';

/** What the group is known by there: the same as long as it is the same group. */
const keyOf = ({ groupKey }: Message): string => createHash('sha256').update(groupKey).digest('hex');
const isFiring = ({ alerts }: Message): boolean => alerts.some(({ endsAt }) => endsAt === undefined);
const isSet = ([, value]: [string, unknown]): boolean => value !== '' && value !== undefined;

function filledMap(value: unknown, texts: MessageTexts, option: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries((value ?? {}) as Record<string, unknown>).map(([name, text]) => [
      name,
      texts.prose(`${option}.${name}`, String(text)),
    ]),
  );
}

const DETAILS = {
  firing: '{{ template "pagerduty.default.instances" .Alerts.Firing }}',
  resolved: '{{ template "pagerduty.default.instances" .Alerts.Resolved }}',
  num_firing: '{{ .Alerts.Firing | len }}',
  num_resolved: '{{ .Alerts.Resolved | len }}',
};

/** `pagerduty_configs`: Events API v2. */
export const pagerduty: MakeIntegration = ({ options }, around) => ({
  send: (message, signal) =>
    postJson(
      async () => {
        const texts = new MessageTexts(around.templates, message);
        const value = (name: string, fallback: string): string => texts.value(name, textOf(options, name, fallback));
        const client = value('client', '{{ template "pagerduty.default.client" . }}');
        const key =
          (await secretOf(options, 'routing_key', around)) || (await secretOf(options, 'service_key', around));
        const details = { ...DETAILS, ...((options['details'] ?? {}) as Record<string, string>) };
        const optional = ['class', 'component', 'group'].map((name): [string, string] => [name, value(name, '')]);
        return {
          address: textOf(options, 'url', ''),
          body: {
            routing_key: texts.value('routing_key', key),
            dedup_key: keyOf(message),
            event_action: isFiring(message) ? 'trigger' : 'resolve',
            payload: {
              summary: cut(
                texts.title(
                  'description',
                  textOf(options, 'description', '{{ template "pagerduty.default.description" . }}'),
                ),
                1024,
              ),
              source: value('source', client),
              severity: value('severity', 'error') || 'error',
              custom_details: filledMap(details, texts, 'details'),
              ...Object.fromEntries(optional.filter(isSet)),
            },
            client,
            client_url: value('client_url', '{{ template "pagerduty.default.clientURL" . }}'),
          },
          httpConfig: options['http_config'],
        };
      },
      message,
      around,
      signal,
    ),
});

/** `opsgenie_configs`: an alert is made, or closed. */
export const opsgenie: MakeIntegration = ({ options }, around) => ({
  send: (message, signal) =>
    postJson(
      async () => {
        const texts = new MessageTexts(around.templates, message);
        const value = (name: string, fallback: string): string => texts.value(name, textOf(options, name, fallback));
        const alias = keyOf(message);
        const base = textOf(options, 'api_url', '').replace(/\/*$/, '/');
        const source = value('source', '{{ template "opsgenie.default.source" . }}');
        const rest: [string, unknown][] = [
          ...['entity', 'note', 'priority'].map((name): [string, unknown] => [name, value(name, '')]),
          ...['tags', 'actions'].map((name): [string, unknown] => [name, listed(value(name, ''))]),
          ['responders', responders(options['responders'], texts)],
        ];
        const made = {
          alias,
          message: cut(
            texts.title('message', textOf(options, 'message', '{{ template "opsgenie.default.message" . }}')),
            130,
          ),
          description: cut(
            texts.prose(
              'description',
              textOf(options, 'description', '{{ template "opsgenie.default.description" . }}'),
            ),
            15_000,
          ),
          details: { ...message.data().commonLabels, ...filledMap(options['details'], texts, 'details') },
          source,
          ...Object.fromEntries(rest.filter(isSet)),
        };
        return {
          address: isFiring(message) ? `${base}v2/alerts` : `${base}v2/alerts/${alias}/close?identifierType=alias`,
          body: isFiring(message) ? made : { source },
          headers: { Authorization: `GenieKey ${texts.value('api_key', await secretOf(options, 'api_key', around))}` },
          httpConfig: options['http_config'],
        };
      },
      message,
      around,
      signal,
    ),
});

function listed(text: string): string[] | undefined {
  const items = text
    .trim()
    .split(',')
    .filter(item => item.trim() !== '');
  return items.length === 0 ? undefined : items;
}

function responders(value: unknown, texts: MessageTexts): unknown {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return value.map(one => filledMap(one, texts, 'responders'));
}

/** `victorops_configs` */
export const victorops: MakeIntegration = ({ options }, around) => ({
  send: (message, signal) =>
    postJson(
      async () => {
        const texts = new MessageTexts(around.templates, message);
        const value = (name: string, fallback: string): string => texts.value(name, textOf(options, name, fallback));
        const key = encodeURIComponent(await secretOf(options, 'api_key', around));
        return {
          address: `${textOf(options, 'api_url', '').replace(/\/*$/, '/')}${key}/${encodeURIComponent(value('routing_key', ''))}`,
          body: {
            message_type: isFiring(message) ? value('message_type', 'CRITICAL') : 'RECOVERY',
            entity_id: keyOf(message),
            entity_display_name: texts.title(
              'entity_display_name',
              textOf(options, 'entity_display_name', '{{ template "victorops.default.entity_display_name" . }}'),
            ),
            state_message: cut(
              texts.prose(
                'state_message',
                textOf(options, 'state_message', '{{ template "victorops.default.state_message" . }}'),
              ),
              20_480,
            ),
            monitoring_tool: value('monitoring_tool', '{{ template "victorops.default.monitoring_tool" . }}'),
            ...filledMap(options['custom_fields'], texts, 'custom_fields'),
          },
          httpConfig: options['http_config'],
        };
      },
      message,
      around,
      signal,
    ),
});
