/*
 * What Alertmanager's receivers are made of. Global settings stand in for options that are not written.
 */

/** `secret`: a text that is never shown. `any`: read as it stands. */
export type OptionType = 'text' | 'secret' | 'boolean' | 'number' | 'duration' | 'texts' | 'map' | 'any';

export type IntegrationName =
  | 'webhook'
  | 'slack'
  | 'email'
  | 'pagerduty'
  | 'opsgenie'
  | 'telegram'
  | 'discord'
  | 'msteams'
  | 'msteamsv2'
  | 'victorops'
  | 'pushover'
  | 'sns'
  | 'wechat'
  | 'webex'
  | 'jira'
  | 'rocketchat'
  | 'mattermost'
  | 'incidentio';

export interface IntegrationKind {
  /** Its list in a receiver. */
  readonly list: string;
  /** As metrics and logs name it. */
  readonly name: IntegrationName;
  /** Whether it tells of what is over when `send_resolved` is not written. */
  readonly sendResolved: boolean;
  readonly options: Readonly<Record<string, OptionType>>;
  /** Of each list one is needed. */
  readonly needs?: readonly (readonly string[])[];
  /** Names of global settings, by the option that they stand in for. */
  readonly globals?: Readonly<Record<string, string>>;
  /** Options that keep a global setting away where they are written, by the option that it stands in for. */
  readonly instead?: Readonly<Record<string, readonly string[]>>;
}

const texts = (names: string): Record<string, OptionType> => ofType(names, 'text');
const secrets = (names: string): Record<string, OptionType> => ofType(names, 'secret');

function ofType(names: string, type: OptionType): Record<string, OptionType> {
  return Object.fromEntries(names.split(' ').map(name => [name, type]));
}

export const INTEGRATIONS: readonly IntegrationKind[] = [
  {
    list: 'webhook_configs',
    name: 'webhook',
    sendResolved: true,
    options: {
      ...secrets('url'),
      ...texts('url_file'),
      http_config: 'any',
      max_alerts: 'number',
      timeout: 'duration',
      payload: 'any',
    },
    needs: [['url', 'url_file']],
  },
  {
    list: 'slack_configs',
    name: 'slack',
    sendResolved: false,
    options: {
      ...secrets('api_url app_token'),
      ...texts(
        'api_url_file app_token_file app_url channel username color title title_link pretext text footer fallback',
      ),
      ...texts('callback_id icon_emoji icon_url image_url thumb_url message_text'),
      ...{ http_config: 'any', fields: 'any', actions: 'any', mrkdwn_in: 'texts', timeout: 'duration' },
      ...ofType('short_fields link_names update_message threads', 'boolean'),
    },
    needs: [['api_url', 'api_url_file', 'app_token', 'app_token_file']],
    globals: {
      ...{ api_url: 'slack_api_url', api_url_file: 'slack_api_url_file', app_url: 'slack_app_url' },
      ...{ app_token: 'slack_app_token', app_token_file: 'slack_app_token_file' },
    },
    instead: {
      app_token: ['api_url', 'api_url_file'],
      app_token_file: ['api_url', 'api_url_file'],
      api_url: ['app_token', 'app_token_file'],
      api_url_file: ['app_token', 'app_token_file'],
    },
  },
  {
    list: 'email_configs',
    name: 'email',
    sendResolved: false,
    options: {
      ...texts('to from hello smarthost auth_username auth_password_file auth_secret_file auth_identity html text'),
      ...secrets('auth_password auth_secret'),
      ...{ headers: 'map', require_tls: 'boolean', tls_config: 'any', force_implicit_tls: 'boolean', threading: 'any' },
    },
    needs: [['to'], ['from'], ['smarthost']],
    globals: {
      ...{ from: 'smtp_from', hello: 'smtp_hello', smarthost: 'smtp_smarthost', require_tls: 'smtp_require_tls' },
      ...{ auth_username: 'smtp_auth_username', auth_password: 'smtp_auth_password', auth_secret: 'smtp_auth_secret' },
      ...{ auth_password_file: 'smtp_auth_password_file', auth_identity: 'smtp_auth_identity' },
      ...{ auth_secret_file: 'smtp_auth_secret_file', tls_config: 'smtp_tls_config' },
      ...{ force_implicit_tls: 'smtp_force_implicit_tls' },
    },
  },
  {
    list: 'pagerduty_configs',
    name: 'pagerduty',
    sendResolved: true,
    options: {
      ...secrets('service_key routing_key'),
      ...texts(
        'service_key_file routing_key_file url client client_url description severity class component group source',
      ),
      ...{ http_config: 'any', details: 'any', images: 'any', links: 'any', timeout: 'duration' },
    },
    needs: [['routing_key', 'routing_key_file', 'service_key', 'service_key_file']],
    globals: { url: 'pagerduty_url' },
  },
  {
    list: 'opsgenie_configs',
    name: 'opsgenie',
    sendResolved: true,
    options: {
      ...secrets('api_key'),
      ...texts('api_key_file api_url message description source entity actions tags note priority'),
      ...{ http_config: 'any', details: 'map', responders: 'any', update_alerts: 'boolean' },
    },
    needs: [['api_key', 'api_key_file']],
    globals: { api_key: 'opsgenie_api_key', api_key_file: 'opsgenie_api_key_file', api_url: 'opsgenie_api_url' },
  },
  {
    list: 'telegram_configs',
    name: 'telegram',
    sendResolved: true,
    options: {
      ...secrets('bot_token'),
      ...texts('api_url bot_token_file chat_id chat_id_file message parse_mode message_thread_id'),
      ...{ http_config: 'any', disable_notifications: 'boolean' },
    },
    needs: [
      ['bot_token', 'bot_token_file'],
      ['chat_id', 'chat_id_file'],
    ],
    globals: {
      api_url: 'telegram_api_url',
      bot_token: 'telegram_bot_token',
      bot_token_file: 'telegram_bot_token_file',
    },
  },
  {
    list: 'discord_configs',
    name: 'discord',
    sendResolved: true,
    options: {
      ...secrets('webhook_url'),
      ...texts('webhook_url_file title message content username avatar_url'),
      http_config: 'any',
    },
    needs: [['webhook_url', 'webhook_url_file']],
  },
  {
    list: 'msteams_configs',
    name: 'msteams',
    sendResolved: true,
    options: { ...secrets('webhook_url'), ...texts('webhook_url_file title summary text'), http_config: 'any' },
    needs: [['webhook_url', 'webhook_url_file']],
  },
  {
    list: 'msteamsv2_configs',
    name: 'msteamsv2',
    sendResolved: true,
    options: { ...secrets('webhook_url'), ...texts('webhook_url_file title text'), http_config: 'any' },
    needs: [['webhook_url', 'webhook_url_file']],
  },
  {
    list: 'victorops_configs',
    name: 'victorops',
    sendResolved: true,
    options: {
      ...secrets('api_key'),
      ...texts('api_key_file api_url routing_key message_type state_message entity_display_name monitoring_tool'),
      ...{ http_config: 'any', custom_fields: 'map' },
    },
    needs: [['api_key', 'api_key_file'], ['routing_key']],
    globals: { api_key: 'victorops_api_key', api_key_file: 'victorops_api_key_file', api_url: 'victorops_api_url' },
  },
  {
    list: 'pushover_configs',
    name: 'pushover',
    sendResolved: true,
    options: {
      ...secrets('user_key token'),
      ...texts('user_key_file token_file title message url url_title device sound priority'),
      ...{
        http_config: 'any',
        retry: 'duration',
        expire: 'duration',
        ttl: 'duration',
        html: 'boolean',
        monospace: 'boolean',
      },
    },
    needs: [
      ['user_key', 'user_key_file'],
      ['token', 'token_file'],
    ],
  },
  {
    list: 'sns_configs',
    name: 'sns',
    sendResolved: true,
    options: {
      ...texts('api_url topic_arn phone_number target_arn subject message'),
      ...{ http_config: 'any', sigv4: 'any', attributes: 'map', use_aws_http_client: 'boolean' },
    },
    needs: [['topic_arn', 'phone_number', 'target_arn']],
  },
  {
    list: 'wechat_configs',
    name: 'wechat',
    sendResolved: false,
    options: {
      ...secrets('api_secret'),
      ...texts('api_secret_file corp_id message api_url to_user to_party to_tag agent_id message_type'),
      http_config: 'any',
    },
    needs: [['api_secret', 'api_secret_file'], ['corp_id'], ['api_url']],
    globals: {
      api_secret: 'wechat_api_secret',
      api_secret_file: 'wechat_api_secret_file',
      corp_id: 'wechat_api_corp_id',
      api_url: 'wechat_api_url',
    },
  },
  {
    list: 'webex_configs',
    name: 'webex',
    sendResolved: true,
    options: { ...texts('api_url room_id message'), http_config: 'any' },
    needs: [['room_id']],
    globals: { api_url: 'webex_api_url' },
  },
  {
    list: 'jira_configs',
    name: 'jira',
    sendResolved: true,
    options: {
      ...texts('api_url api_type project priority issue_type reopen_transition resolve_transition wont_fix_resolution'),
      ...{
        http_config: 'any',
        summary: 'any',
        description: 'any',
        labels: 'texts',
        reopen_duration: 'duration',
        fields: 'any',
      },
    },
    needs: [['project'], ['issue_type'], ['api_url']],
    globals: { api_url: 'jira_api_url' },
  },
  {
    list: 'rocketchat_configs',
    name: 'rocketchat',
    sendResolved: false,
    options: {
      ...secrets('token token_id'),
      ...texts(
        'api_url token_file token_id_file channel color title title_link text emoji icon_url image_url thumb_url',
      ),
      ...{ http_config: 'any', fields: 'any', actions: 'any', short_fields: 'boolean', link_names: 'boolean' },
    },
    needs: [
      ['token', 'token_file'],
      ['token_id', 'token_id_file'],
    ],
    globals: {
      ...{ api_url: 'rocketchat_api_url', token: 'rocketchat_token', token_id: 'rocketchat_token_id' },
      ...{ token_file: 'rocketchat_token_file', token_id_file: 'rocketchat_token_id_file' },
    },
  },
  {
    list: 'mattermost_configs',
    name: 'mattermost',
    sendResolved: true,
    options: {
      ...secrets('webhook_url'),
      ...texts(
        'webhook_url_file channel username text fallback color pretext author_name author_link author_icon title',
      ),
      ...texts('title_link thumb_url footer footer_icon image_url icon_url icon_emoji type'),
      ...{ http_config: 'any', attachments: 'any', props: 'any', priority: 'any', fields: 'any' },
    },
    needs: [['webhook_url', 'webhook_url_file']],
    globals: { webhook_url: 'mattermost_webhook_url', webhook_url_file: 'mattermost_webhook_url_file' },
  },
  {
    list: 'incidentio_configs',
    name: 'incidentio',
    sendResolved: true,
    options: {
      ...secrets('alert_source_token'),
      ...texts('url url_file alert_source_token_file'),
      ...{ http_config: 'any', max_alerts: 'number', timeout: 'duration' },
    },
    needs: [['url', 'url_file']],
  },
];

export const GLOBAL_OPTIONS: Readonly<Record<string, OptionType>> = {
  ...{ resolve_timeout: 'duration', http_config: 'any', smtp_tls_config: 'any' },
  ...ofType('smtp_require_tls smtp_force_implicit_tls', 'boolean'),
  ...texts('smtp_from smtp_hello smtp_smarthost smtp_auth_username smtp_auth_password_file smtp_auth_secret_file'),
  ...texts('smtp_auth_identity slack_api_url_file slack_app_token_file slack_app_url pagerduty_url opsgenie_api_url'),
  ...texts('opsgenie_api_key_file wechat_api_url wechat_api_secret_file wechat_api_corp_id victorops_api_url'),
  ...texts('victorops_api_key_file telegram_api_url telegram_bot_token_file webex_api_url rocketchat_api_url'),
  ...texts('rocketchat_token_file rocketchat_token_id_file jira_api_url mattermost_webhook_url_file'),
  ...secrets('smtp_auth_password smtp_auth_secret slack_api_url slack_app_token opsgenie_api_key wechat_api_secret'),
  ...secrets('victorops_api_key telegram_bot_token rocketchat_token rocketchat_token_id mattermost_webhook_url'),
};

/** Of options that neither a receiver nor `global` has. */
export const GLOBAL_DEFAULTS: Readonly<Record<string, unknown>> = {
  smtp_hello: 'localhost',
  smtp_require_tls: true,
  pagerduty_url: 'https://events.pagerduty.com/v2/enqueue',
  opsgenie_api_url: 'https://api.opsgenie.com/',
  wechat_api_url: 'https://qyapi.weixin.qq.com/cgi-bin/',
  victorops_api_url: 'https://alert.victorops.com/integrations/generic/20131114/alert/',
  telegram_api_url: 'https://api.telegram.org',
  webex_api_url: 'https://webexapis.com/v1/messages',
};

/** `http_config`, of `global` and of receivers. */
export const HTTP_OPTIONS: Readonly<Record<string, OptionType>> = {
  ...{ basic_auth: 'any', authorization: 'any', oauth2: 'any', tls_config: 'any', proxy_connect_header: 'any' },
  ...{ http_headers: 'any', bearer_token: 'secret', proxy_url: 'secret' },
  ...ofType('follow_redirects enable_http2 proxy_from_environment', 'boolean'),
  ...texts('bearer_token_file no_proxy'),
};
