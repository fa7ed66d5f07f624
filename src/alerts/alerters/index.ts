import type { AlerterKind } from './alerter.ts';
import { dingtalk, lark, webexWebhook, workwechat } from './chat/bots.ts';
import { discord } from './chat/discord.ts';
import { googlechat } from './chat/googlechat.ts';
import { matrixhookshot } from './chat/matrixhookshot.ts';
import { mattermost } from './chat/mattermost.ts';
import { msPowerAutomate } from './chat/ms-power-automate.ts';
import { rocketchat } from './chat/rocketchat.ts';
import { telegram } from './chat/telegram.ts';
import { command } from './command.ts';
import { debug } from './debug.ts';
import { email } from './email/email.ts';
import { alertmanager } from './incidents/alertmanager.ts';
import { hivealerter } from './incidents/hive.ts';
import { jira } from './incidents/jira.ts';
import { opsgenie } from './incidents/opsgenie.ts';
import { pagerduty } from './incidents/pagerduty.ts';
import { servicenow } from './incidents/servicenow.ts';
import { victorops } from './incidents/victorops.ts';
import { post } from './post.ts';
import { post2 } from './post2.ts';
import { routes } from './routes.ts';
import { slack } from './slack.ts';

/** The alerters that run here. */
export const ALERTER_KINDS: readonly AlerterKind[] = [
  ...[slack, email, post, post2, routes, debug, command],
  ...[discord, telegram, msPowerAutomate, mattermost, rocketchat, googlechat],
  ...[matrixhookshot, webexWebhook, lark, dingtalk, workwechat],
  ...[pagerduty, opsgenie, victorops, alertmanager, jira, servicenow, hivealerter],
];

/** Alerters that ElastAlert 2 has and this version does not have yet. */
export const ALERTERS_TO_COME: readonly string[] = [
  ...['sns', 'alerta', 'ses', 'iris', 'gelf', 'indexer', 'zabbix', 'datadog', 'twilio'],
  ...['exotel', 'tencent_sms', 'smseagle', 'sqs', 'stomp', 'gitter', 'chatwork', 'linenotify', 'line', 'pagertree'],
  ...['yzj', 'flashduty', 'ms_teams'],
];
