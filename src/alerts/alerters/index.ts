import type { AlerterKind } from './alerter.ts';
import { debug } from './debug.ts';
import { post } from './post.ts';
import { post2 } from './post2.ts';
import { slack } from './slack.ts';

/** The alerters that run here. */
export const ALERTER_KINDS: readonly AlerterKind[] = [slack, post, post2, debug];

/** Alerters that ElastAlert 2 has and this version does not have yet. */
export const ALERTERS_TO_COME: readonly string[] = [
  ...['email', 'hivealerter', 'command', 'opsgenie', 'pagerduty', 'telegram', 'discord', 'ms_power_automate', 'jira'],
  ...['alertmanager', 'mattermost', 'googlechat', 'sns', 'victorops', 'servicenow', 'rocketchat', 'alerta', 'ses'],
  ...['dingtalk', 'lark', 'workwechat', 'iris', 'gelf', 'indexer', 'zabbix', 'datadog', 'matrixhookshot', 'twilio'],
  ...['exotel', 'tencent_sms', 'smseagle', 'sqs', 'stomp', 'gitter', 'chatwork', 'linenotify', 'line', 'pagertree'],
  ...['webex_webhook', 'yzj', 'flashduty', 'ms_teams'],
];
