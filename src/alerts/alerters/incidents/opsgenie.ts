import { type Fields, isFields } from '../../../core/event.ts';
import { logger } from '../../../core/log.ts';
import { lookup } from '../../lookup.ts';
import { pythonFormat } from '../../python/format.ts';
import { pythonStr } from '../../python/str.ts';
import { fillArguments } from '../../text/values.ts';
import { addressesOf, checkAddresses } from '../address.ts';
import type { Alert, AlerterKind, AlerterSettings, Notification } from '../alerter.ts';
import { HttpAlerter, JSON_CONTENT } from '../http-alerter.ts';
import { cropped, defaultTitle, firstOf, resolvedText, textOf, textsOf, told } from '../told.ts';
import { checkWay, wayOptions } from '../way.ts';

const log = logger('alerts');

const URL_OF_ALERTS = 'https://api.opsgenie.com/v2/alerts';
const PLAIN = { tableWidth: 80, fenced: false, marks: undefined };
const PRIORITIES = ['P1', 'P2', 'P3', 'P4', 'P5'];
/** Opsgenie's limits. */
const MAX_MESSAGE_CHARS = 130;
const MAX_DESCRIPTION_CHARS = 15_000;
const MAX_ALIAS_CHARS = 512;

/** Opsgenie's alerts: one an instance, which is closed when the alert is over. */
export const opsgenie: AlerterKind = {
  type: 'opsgenie',
  options: {
    opsgenie_key: 'text',
    opsgenie_account: 'text',
    opsgenie_addr: 'text',
    opsgenie_message: 'text',
    opsgenie_subject: 'text',
    opsgenie_subject_args: 'texts',
    opsgenie_alias: 'text',
    opsgenie_entity: 'text',
    opsgenie_source: 'text',
    opsgenie_description: 'text',
    opsgenie_priority: 'text',
    opsgenie_tags: 'text_or_texts',
    opsgenie_details: 'mapping',
    opsgenie_recipients: 'text_or_texts',
    opsgenie_recipients_args: 'mapping',
    opsgenie_default_recipients: 'text_or_texts',
    opsgenie_default_receipients: 'text_or_texts',
    opsgenie_teams: 'text_or_texts',
    opsgenie_teams_args: 'mapping',
    opsgenie_default_teams: 'text_or_texts',
    ...wayOptions('opsgenie'),
  },
  check: (options, folder) => [
    ...checkAddresses('opsgenie_addr', options['opsgenie_addr']),
    ...checkWay('opsgenie', options, folder),
  ],
  create: settings => {
    const { options } = settings;
    const key = textOf(options, 'opsgenie_key');
    return new HttpAlerter({
      type: 'opsgenie',
      settings,
      prefix: 'opsgenie',
      addresses: addressesOf(options['opsgenie_addr'] ?? URL_OF_ALERTS),
      missing: key === undefined ? 'opsgenie_key' : undefined,
      headers: { ...JSON_CONTENT, Authorization: `GenieKey ${key}` },
      secrets: key === undefined ? [] : [key],
      render: alert => [alert.resolved === undefined ? opening(alert, settings) : closing(alert, options)],
    });
  },
};

function closing(alert: Alert, options: Fields): Notification {
  const alias = encodeURIComponent(aliasOf(alert, options) ?? '');
  const note = resolvedText(alert.resolved!).trim();
  return {
    target: 0,
    path: `/${alias}/close?identifierType=alias`,
    body: JSON.stringify({ source: options['opsgenie_source'] ?? 'ElastAlert', note }),
  };
}

function opening(alert: Alert, settings: AlerterSettings): Notification {
  const { options } = settings;
  const match = firstOf(alert);
  const filled = (name: string): string | undefined => {
    const text = textOf(options, name);
    return text === undefined ? undefined : pythonFormat(text, { named: match });
  };
  const { title, body } = told(alert, settings, PLAIN, titleOf(settings, alert));
  const recipients = responders(options, 'recipients', match);
  const teams = responders(options, 'teams', match);
  const tags = [...textsOf(options['opsgenie_tags']), 'ElastAlert', pythonStr(options['name'])];
  const payload: Record<string, unknown> = {
    message: cropped(filled('opsgenie_message') ?? title, MAX_MESSAGE_CHARS, MAX_MESSAGE_CHARS, ''),
    ...(textOf(options, 'opsgenie_account') === undefined ? {} : { user: options['opsgenie_account'] }),
    ...(recipients.length === 0 ? {} : { responders: recipients.map(username => ({ username, type: 'user' })) }),
    ...(teams.length === 0 ? {} : { teams: teams.map(name => ({ name, type: 'team' })) }),
    description: cropped(
      filled('opsgenie_description') ?? body,
      MAX_DESCRIPTION_CHARS,
      MAX_DESCRIPTION_CHARS - 6,
      '\n[cut]',
    ),
    ...(filled('opsgenie_entity') === undefined ? {} : { entity: filled('opsgenie_entity') }),
    source: filled('opsgenie_source') ?? 'ElastAlert',
    tags: tags.map(tag => pythonFormat(tag, { named: match })),
  };
  const priority = filled('opsgenie_priority') ?? null;
  if (priority === null || PRIORITIES.includes(priority)) payload['priority'] = priority;
  else log.warn({ rule: alert.rule, priority }, 'opsgenie_priority is none of P1 to P5 and is left out');
  const alias = aliasOf(alert, options);
  if (alias !== undefined) payload['alias'] = alias;
  const details = detailsOf(options['opsgenie_details'], match);
  if (Object.keys(details).length > 0) payload['details'] = details;
  return { target: 0, body: JSON.stringify(payload) };
}

/** What opens and closes the same alert. */
function aliasOf(alert: Alert, options: Fields): string | undefined {
  const own = textOf(options, 'opsgenie_alias');
  const alias = own === undefined ? alert.instance : pythonFormat(own, { named: firstOf(alert) });
  return alias?.slice(0, MAX_ALIAS_CHARS);
}

function titleOf(settings: AlerterSettings, alert: Alert): string {
  const { options, texts } = settings;
  const subject = textOf(options, 'opsgenie_subject');
  if (subject === undefined) return defaultTitle(settings, firstOf(alert)) ?? texts.title(alert.matches);
  const names = options['opsgenie_subject_args'];
  return Array.isArray(names) ? fillArguments({ options, marks: undefined }, subject, names, firstOf(alert)) : subject;
}

/** Names with the fields of `_args` filled in; those with a field that is not there give way to the default ones. */
function responders(options: Fields, name: 'recipients' | 'teams', match: Fields): string[] {
  const wanted = textsOf(options[`opsgenie_${name}`]);
  const names = options[`opsgenie_${name}_args`];
  const values: Record<string, unknown> = Object.create(null);
  if (isFields(names))
    for (const [key, field] of Object.entries(names)) {
      const found = lookup(match, pythonStr(field));
      if (found !== undefined && found !== null && found !== '') values[key] = found;
    }
  const formed = wanted
    .filter(text => [...text.matchAll(/\{(\w+)[^}]*\}/g)].every(([, key]) => Object.hasOwn(values, key!)))
    .map(text => pythonFormat(text, { named: values }));
  if (formed.length > 0 || wanted.length === 0) return formed;
  const spare = textsOf(
    options[`opsgenie_default_${name}`] ??
      (name === 'recipients' ? options['opsgenie_default_receipients'] : undefined),
  );
  return spare.length > 0 ? spare : wanted;
}

/** Texts, and `{field}` for the value of a field. */
function detailsOf(wanted: unknown, match: Fields): Record<string, string> {
  const details: Record<string, string> = Object.create(null);
  if (!isFields(wanted)) return details;
  for (const [key, value] of Object.entries(wanted)) {
    if (typeof value === 'string') details[key] = value;
    else if (isFields(value) && value['field'] !== undefined) {
      const found = lookup(match, pythonStr(value['field'])) ?? undefined;
      if (found !== undefined) details[key] = pythonStr(found);
    }
  }
  return details;
}
