import type { Located } from '../../../base/yaml/located.ts';
import { checkAddress } from './check-address.ts';
import type { IntegrationKind } from './integrations.ts';
import type { Reading } from './reading.ts';

const ADDRESSES = ['url', 'api_url', 'webhook_url', 'app_url'];
/** Of these an option with that name is no address of our own: it is a text of the message. */
const WITHOUT_ADDRESS = ['pushover'];
/** Texts that Alertmanager takes for one of these only. */
const WORDS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  telegram: { parse_mode: ['Markdown', 'MarkdownV2', 'HTML'] },
  wechat: { message_type: ['text', 'markdown'] },
  jira: { api_type: ['auto', 'cloud', 'datacenter'] },
};
const RESPONDERS = ['team', 'teams', 'user', 'escalation', 'schedule'];
const OF_VICTOROPS = ['routing_key', 'message_type', 'state_message', 'entity_display_name', 'monitoring_tool'];
const ACTIONS = ['type', 'text', 'url', 'style', 'name', 'value', 'confirm'];

type Options = Readonly<Record<string, unknown>>;
type Written = ReadonlyMap<string, Located>;

/** What Alertmanager demands of single options beyond their types. */
export function checkIntegration(
  { name, list }: IntegrationKind,
  options: Options,
  written: Written,
  reading: Reading,
): void {
  if (!WITHOUT_ADDRESS.includes(name))
    for (const option of ADDRESSES)
      if (written.has(option)) checkAddress(`${list}: ${option}`, options[option], written.get(option)!.where, reading);
  for (const [option, at] of written)
    if (written.has(`${option}_file`))
      reading.mistake(at.keyWhere, `an entry of ${list} has both ${option} and ${option}_file.`, 'Remove one of them.');
  for (const [option, words] of Object.entries(WORDS[name] ?? {})) {
    const text = reading.text(written.get(option), option);
    if (text !== '' && !words.includes(text))
      reading.mistake(
        written.get(option)!.where,
        `${list}: ${option} is ${JSON.stringify(text.slice(0, 100))}.`,
        `Write one of ${words.join(', ')}.`,
      );
  }
  CHECKS[name]?.(options, written, reading);
}

type Check = (options: Options, written: Written, reading: Reading) => void;

const CHECKS: Readonly<Record<string, Check>> = {
  slack: checkSlack,
  email: checkEmail,
  rocketchat: (_, written, reading) => checkFields(written, reading),
  mattermost: checkMattermost,
  telegram: (options, written, reading) => {
    for (const name of ['chat_id', 'message_thread_id']) {
      const value = options[name];
      if (typeof value === 'string' && value !== '' && !/^-?\d{1,19}$/.test(value))
        reading.mistake(
          written.get(name)!.where,
          `telegram_configs: ${name} must be a whole number.`,
          'Ask Telegram for the number of the chat: names of channels are not taken here.',
        );
    }
  },
  pushover: (options, written, reading) => {
    if (options['html'] === true && options['monospace'] === true)
      reading.mistake(
        written.get('html')!.keyWhere,
        'pushover_configs: html and monospace exclude each other.',
        'Remove one of them.',
      );
  },
  webex: (options, written, reading) => {
    const http = options['http_config'] as Options | undefined;
    if (http?.['authorization'] === undefined && http?.['bearer_token'] === undefined)
      reading.mistake(
        written.get('room_id')?.where ?? '',
        'an entry of webex_configs has no http_config.authorization.',
        "Write http_config: { authorization: { credentials: '...' } } with the token of the bot.",
      );
  },
  opsgenie: (_, written, reading) => {
    for (const one of reading.list(written.get('responders'), 'responders')) {
      const options = reading.mapping(one, 'an entry of responders', ['id', 'name', 'username', 'type']);
      demand(options, [['id', 'username', 'name']], one, 'an entry of responders', reading);
      const type = reading.text(options.get('type'), 'type');
      if (!type.includes('{{') && !RESPONDERS.includes(type.toLowerCase()))
        reading.mistake(one.where, 'responders: type is unknown.', `Write one of ${RESPONDERS.join(', ')}.`);
    }
  },
  victorops: (options, written, reading) => {
    for (const name of Object.keys((options['custom_fields'] ?? {}) as Options))
      if ([...OF_VICTOROPS, 'entity_id', 'entity_state'].includes(name))
        reading.mistake(
          written.get('custom_fields')!.where,
          `victorops_configs: custom_fields cannot have ${name}, which messages have anyway.`,
          'Choose another name.',
        );
  },
  incidentio: (options, written, reading) => {
    const http = options['http_config'] as Options | undefined;
    const hasToken = written.has('alert_source_token') || written.has('alert_source_token_file');
    const at = (written.get('url') ?? written.get('url_file'))?.where ?? '';
    if (!hasToken && http?.['authorization'] === undefined)
      reading.mistake(at, 'an entry of incidentio_configs has no alert_source_token.', 'Add it, or its file.');
    if (hasToken && http?.['authorization'] !== undefined)
      reading.mistake(
        at,
        'an entry of incidentio_configs has both alert_source_token and http_config.authorization.',
        'Remove one of them.',
      );
  },
  jira: (options, written, reading) => {
    for (const name of ['summary', 'description'])
      if (typeof options[name] === 'object') reading.mapping(written.get(name), name, ['template', 'enable_update']);
  },
};

function checkFields(written: Written, reading: Reading): void {
  for (const field of reading.list(written.get('fields'), 'fields')) {
    const options = reading.mapping(field, 'an entry of fields', ['title', 'value', 'short']);
    demand(options, [['title'], ['value']], field, 'an entry of fields', reading);
  }
}

function checkMattermost(_: Options, written: Written, reading: Reading): void {
  checkFields(written, reading);
  for (const attachment of reading.list(written.get('attachments'), 'attachments'))
    checkFields(reading.entries(attachment, 'an entry of attachments'), reading);
  reading.mapping(written.get('props'), 'props', ['card']);
  reading.mapping(written.get('priority'), 'priority', [...['priority', 'requested_ack', 'persistent_notifications']]);
}

function checkSlack(options: Options, written: Written, reading: Reading): void {
  checkFields(written, reading);
  for (const action of reading.list(written.get('actions'), 'actions')) {
    const one = reading.mapping(action, 'an entry of actions', ACTIONS);
    demand(one, [['type'], ['text'], ['url', 'name']], action, 'an entry of actions', reading);
  }
  const isOf = (names: readonly string[]): boolean => names.some(name => written.has(name));
  if (isOf(['api_url', 'api_url_file']) && isOf(['app_token', 'app_token_file']))
    reading.mistake(
      (written.get('api_url') ?? written.get('api_url_file'))!.keyWhere,
      'an entry of slack_configs has both an api_url and an app_token.',
      'Remove one of them: the token speaks to app_url.',
    );
  const api = options['app_token'] ?? options['app_token_file'] ?? options['api_url_file'];
  const url = String(options['api_url'] ?? '');
  for (const name of ['update_message', 'threads'])
    if (options[name] === true && api === undefined && !/\/chat\.postMessage\/?$/.test(url))
      reading.mistake(
        written.get(name)!.keyWhere,
        `slack_configs: ${name} needs a bot: incoming webhooks cannot come back to a message.`,
        'Write app_token, or api_url: https://slack.com/api/chat.postMessage with http_config.authorization.',
      );
}

function demand(
  options: Written,
  needs: readonly (readonly string[])[],
  at: Located,
  name: string,
  reading: Reading,
): void {
  for (const needed of needs)
    if (!needed.some(option => reading.text(options.get(option), option) !== ''))
      reading.mistake(at.where, `${name} has no ${needed.join(' and no ')}.`, `Add ${needed.join(' or ')}.`);
}

function checkEmail(options: Options, written: Written, reading: Reading): void {
  const smarthost = options['smarthost'];
  if (typeof smarthost === 'string' && smarthost !== '' && !/^(?:\[[^\]]+\]|[^:]*):\w+$/.test(smarthost))
    reading.mistake(
      written.get('smarthost')?.where ?? 'global.smtp_smarthost',
      `smarthost has no port: ${JSON.stringify(smarthost)}.`,
      'Write it as host:port, for example mail.example.org:587.',
    );
  const seen = new Set<string>();
  const headers = written.get('headers');
  for (const name of Object.keys(options['headers'] ?? {})) {
    const plain = name.toLowerCase();
    if (seen.has(plain))
      reading.mistake(headers!.where, `headers has '${name}' twice.`, 'Names of headers are the same in any case.');
    seen.add(plain);
  }
  const threading = written.get('threading');
  const threads = reading.mapping(threading, 'threading', ['enabled', 'thread_by_date']);
  if (reading.boolean(threads.get('enabled'), 'enabled') !== true) return;
  if (!['none', 'daily'].includes(reading.text(threads.get('thread_by_date'), 'thread_by_date')))
    reading.mistake(threading!.where, 'threading.thread_by_date must be none or daily.');
  for (const name of ['references', 'in-reply-to'])
    if (seen.has(name))
      reading.mistake(headers!.where, `headers has ${name}, which threading sets.`, 'Remove one of them.');
}
