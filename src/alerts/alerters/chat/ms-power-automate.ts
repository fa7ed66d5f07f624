import { type Fields, isFields } from '../../../core/event.ts';
import { lookup } from '../../lookup.ts';
import { pythonStr } from '../../python/str.ts';
import { CARD_MARKDOWN } from '../../text/channels.ts';
import { addressesOf, checkAddresses } from '../address.ts';
import type { Alert, AlerterKind, AlerterSettings, Notification } from '../alerter.ts';
import { HttpAlerter } from '../http-alerter.ts';
import { cropped, croppedBytes, firstOf, textOf, told } from '../told.ts';
import { checkWay, wayOptions } from '../way.ts';

const APPS = [
  { name: 'kibana', title: 'Discover in Kibana' },
  { name: 'opensearch', title: 'Discover in opensearch' },
] as const;
const FROM_FIELD = 'ms_power_automate_webhook_url_from_field';
const SIZES = ['default', 'small', 'medium', 'large', 'extraLarge'];
const STYLE = { tableWidth: 80, fenced: false, marks: CARD_MARKDOWN };
/** A card of 28 KB and more is refused. */
const MAX_BODY_BYTES = 20_000;
const MAX_FACT_CHARS = 500;
const MAX_FIELD_ADDRESSES = 10;

/** Teams by way of Power Automate: an adaptive card. */
export const msPowerAutomate: AlerterKind = {
  type: 'ms_power_automate',
  options: {
    ms_power_automate_webhook_url: 'text_or_texts',
    ...Object.fromEntries(
      APPS.flatMap(({ name }) => [
        [`ms_power_automate_${name}_discover_attach_url`, 'boolean' as const],
        [`ms_power_automate_${name}_discover_title`, 'text' as const],
        [`ms_power_automate_${name}_discover_color`, ['default', 'positive', 'destructive']],
      ]),
    ),
    [FROM_FIELD]: 'text',
    ms_power_automate_alert_summary: 'text',
    ms_power_automate_summary_text_size: SIZES,
    ms_power_automate_body_text_size: SIZES,
    ms_power_automate_teams_card_width_full: 'boolean',
    ms_power_automate_alert_facts: 'list',
    ...wayOptions('ms_power_automate'),
  },
  check: (options, folder) => [
    ...checkAddresses('ms_power_automate_webhook_url', options['ms_power_automate_webhook_url']),
    ...checkWay('ms_power_automate', options, folder),
  ],
  create: settings => {
    const addresses = addressesOf(settings.options['ms_power_automate_webhook_url']);
    const hasAddress = addresses.length > 0 || textOf(settings.options, FROM_FIELD) !== undefined;
    return new HttpAlerter({
      type: 'ms_power_automate',
      settings,
      prefix: 'ms_power_automate',
      addresses,
      missing: hasAddress ? undefined : 'ms_power_automate_webhook_url',
      render: alert => placesOf(alert, settings.options, addresses.length, JSON.stringify(card(alert, settings))),
    });
  },
};

/** To the addresses of the option, or to those that a field of the match names. */
function placesOf(alert: Alert, options: Fields, addresses: number, body: string): Notification[] {
  const field = textOf(options, FROM_FIELD);
  const value = field === undefined ? undefined : lookup(firstOf(alert), field);
  const urls = typeof value === 'string' ? value.split(',').filter(url => URL.canParse(url)) : [];
  if (urls.length > 0) return urls.slice(0, MAX_FIELD_ADDRESSES).map(url => ({ target: 0, url, body }));
  return Array.from({ length: addresses }, (_, target) => ({ target, body }));
}

function card(alert: Alert, settings: AlerterSettings): Record<string, unknown> {
  const { options } = settings;
  const { title, body } = told(alert, settings, STYLE);
  const size = textOf(options, 'ms_power_automate_body_text_size');
  const facts = options['ms_power_automate_alert_facts'];
  const summary = alert.resolved === undefined ? options['ms_power_automate_alert_summary'] : undefined;
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            {
              type: 'TextBlock',
              text: summary ?? title,
              weight: 'Bolder',
              wrap: true,
              size: options['ms_power_automate_summary_text_size'] ?? 'large',
              ...(alert.resolved === undefined ? {} : { color: 'Good' }),
            },
            {
              type: 'TextBlock',
              text: croppedBytes(body, MAX_BODY_BYTES, '\n[cut]'),
              spacing: 'Large',
              wrap: true,
              ...(size === undefined ? {} : { size }),
            },
            ...(Array.isArray(facts) ? [{ type: 'FactSet', facts: factsOf(facts, firstOf(alert)) }] : []),
          ],
          actions: actionsOf(options, firstOf(alert)),
          ...(options['ms_power_automate_teams_card_width_full'] === true ? { msteams: { width: 'Full' } } : {}),
        },
      },
    ],
  };
}

/** Buttons with the links that `generate_kibana_discover_url` made. */
function actionsOf(options: Fields, match: Fields): object[] {
  return APPS.flatMap(({ name, title }) => {
    const url = lookup(match, `${name}_discover_url`);
    const prefix = `ms_power_automate_${name}_discover`;
    if (options[`${prefix}_attach_url`] !== true || typeof url !== 'string') return [];
    const shown = options[`${prefix}_title`] ?? title;
    return [{ type: 'Action.OpenUrl', title: shown, url, style: options[`${prefix}_color`] ?? 'default' }];
  });
}

/** `{name, value}` each, where `value` names a field of the first match or is itself the text. */
function factsOf(facts: readonly unknown[], match: Fields): unknown[] {
  return facts.filter(isFields).map(fact => {
    const found = lookup(match, pythonStr(fact['value'])) ?? undefined;
    const value = found === undefined ? fact['value'] : CARD_MARKDOWN.escapedValue(found);
    const shown = typeof value === 'string' ? cropped(value, MAX_FACT_CHARS, MAX_FACT_CHARS, '...') : value;
    return { title: fact['name'], value: shown };
  });
}
