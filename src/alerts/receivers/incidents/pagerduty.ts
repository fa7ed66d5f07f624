import { deepFilled } from '../deep.ts';
import { isFiring, keyOf } from '../group.ts';
import type { OutRequest } from '../http/client.ts';
import type { Around, MakeIntegration, Message } from '../integration.ts';
import { cut, listOf, type Options, optionsOf, textOf, without } from '../options.ts';
import { secretOf } from '../secret.ts';
import { oneRequest } from '../sending.ts';
import type { MessageTexts } from '../texts.ts';

const V1_URL = 'https://events.pagerduty.com/generic/2010-04-15/create_event.json';
/** PagerDuty refuses larger events. */
const MAX_BYTES = 512_000;
const TOO_LARGE = {
  error: 'Custom details have been removed because the original event exceeds the maximum size of 512KB',
};
const DETAILS = {
  firing: '{{ template "pagerduty.default.instances" .Alerts.Firing }}',
  resolved: '{{ template "pagerduty.default.instances" .Alerts.Resolved }}',
  num_firing: '{{ .Alerts.Firing | len }}',
  num_resolved: '{{ .Alerts.Resolved | len }}',
};

/** `pagerduty_configs`: an incident a group. `routing_key` is for Events API v2, `service_key` for the older one. */
export const pagerduty: MakeIntegration = ({ options }, around) =>
  oneRequest(around, async (texts, message) => {
    const isV1 = ['service_key', 'service_key_file'].some(name => textOf(options, name) !== '');
    const details = Object.fromEntries(
      Object.entries({ ...DETAILS, ...optionsOf(options['details']) }).map(([name, value]) => [
        name,
        typeof value === 'string' ? texts.prose(`details.${name}`, value) : deepFilled(value, `details.${name}`, texts),
      ]),
    );
    const make = isV1 ? eventV1 : eventV2;
    const request = await make(options, texts, message, details, around);
    if (Buffer.byteLength(JSON.stringify(request.body)) <= MAX_BYTES) return request;
    return make(options, texts, message, TOO_LARGE, around);
  });

const actionOf = (message: Message): string => (isFiring(message) ? 'trigger' : 'resolve');

const summaryOf = (options: Options, texts: MessageTexts): string =>
  cut(
    texts.title('description', textOf(options, 'description', '{{ template "pagerduty.default.description" . }}')),
    1024,
  );

/** `client` and `client_url`. */
function clientOf(options: Options, texts: MessageTexts): Record<string, string> {
  const client = textOf(options, 'client', '{{ template "pagerduty.default.client" . }}');
  const url = textOf(options, 'client_url', '{{ template "pagerduty.default.clientURL" . }}');
  return { client: texts.value('client', client), client_url: texts.value('client_url', url) };
}

async function eventV1(
  options: Options,
  texts: MessageTexts,
  message: Message,
  details: object,
  around: Around,
): Promise<OutRequest> {
  const key = texts.value('service_key', await secretOf(options, 'service_key', around));
  return {
    address: V1_URL,
    body: {
      service_key: key,
      incident_key: keyOf(message),
      event_type: actionOf(message),
      description: summaryOf(options, texts),
      // Of the other version; written by both.
      event_action: '',
      payload: null,
      ...(isFiring(message) ? without(clientOf(options, texts)) : {}),
      ...(Object.keys(details).length === 0 ? {} : { details }),
    },
    secrets: [key],
    timeoutMs: options['timeout'] as number | undefined,
  };
}

async function eventV2(
  options: Options,
  texts: MessageTexts,
  message: Message,
  details: object,
  around: Around,
): Promise<OutRequest> {
  const value = (name: string, fallback = ''): string => texts.value(name, textOf(options, name, fallback));
  const key = texts.value('routing_key', await secretOf(options, 'routing_key', around));
  const client = clientOf(options, texts);
  const filled = (item: Options, names: readonly string[], option: string): Record<string, string> =>
    Object.fromEntries(names.map(name => [name, texts.value(option, textOf(item, name))]));
  return {
    address: textOf(options, 'url', ''),
    body: {
      routing_key: key,
      dedup_key: keyOf(message),
      event_action: actionOf(message),
      payload: {
        summary: summaryOf(options, texts),
        source: value('source') || client['client'],
        severity: value('severity', 'error') || 'error',
        ...(Object.keys(details).length === 0 ? {} : { custom_details: details }),
        ...without(Object.fromEntries(['class', 'component', 'group'].map(name => [name, value(name)]))),
      },
      ...without({
        ...client,
        images: listOf(options['images'])
          .map(image => filled(image, ['src', 'alt', 'href'], 'images'))
          .filter(({ src }) => src !== ''),
        links: listOf(options['links'])
          .map(link => filled(link, ['href', 'text'], 'links'))
          .filter(({ href }) => href !== ''),
      }),
    },
    secrets: [key],
    timeoutMs: options['timeout'] as number | undefined,
  };
}
