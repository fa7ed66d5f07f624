import type { AlerterKind } from './alerter.ts';
import { ses, sns, sqs } from './aws/aws.ts';
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
import { alerta, datadog, flashduty, iris, pagertree } from './services/incidents.ts';
import { indexer } from './services/indexer.ts';
import { chatwork, exotel, gitter, line, smseagle, twilio, yzj } from './services/messages.ts';
import { tencentSms } from './services/tencent-sms.ts';
import { slack } from './slack.ts';
import { gelf } from './tcp/gelf.ts';
import { stomp } from './tcp/stomp.ts';
import { zabbix } from './tcp/zabbix.ts';

/** The alerters that run here. */
export const ALERTER_KINDS: readonly AlerterKind[] = [
  ...[slack, email, post, post2, routes, debug, command],
  ...[discord, telegram, msPowerAutomate, mattermost, rocketchat, googlechat],
  ...[matrixhookshot, webexWebhook, lark, dingtalk, workwechat, chatwork, gitter, line, yzj],
  ...[pagerduty, opsgenie, victorops, alertmanager, jira, servicenow, hivealerter],
  ...[alerta, datadog, flashduty, iris, pagertree, gelf, zabbix, stomp, indexer],
  ...[sns, ses, sqs, twilio, exotel, smseagle, tencentSms],
];
