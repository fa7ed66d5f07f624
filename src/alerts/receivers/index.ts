import { resolve } from 'node:path';
import type { IntegrationName } from '../routing/config/integrations.ts';
import type { IntegrationConfig } from '../routing/config/read-receivers.ts';
import { discord, msteams, msteamsv2, telegram, webex } from './chat/chat.ts';
import { mattermost } from './chat/mattermost.ts';
import { rocketchat } from './chat/rocketchat.ts';
import { slack } from './chat/slack.ts';
import { email } from './email.ts';
import { HttpClient } from './http/client.ts';
import { incidentio } from './incidents/incidentio.ts';
import { jira } from './incidents/jira.ts';
import { opsgenie } from './incidents/opsgenie.ts';
import { pagerduty } from './incidents/pagerduty.ts';
import { victorops } from './incidents/victorops.ts';
import type { Integration, MakeIntegration, Surroundings } from './integration.ts';
import { pushover } from './pushover.ts';
import { sns } from './sns.ts';
import { webhook } from './webhook.ts';
import { wechat } from './wechat.ts';

const KINDS: Readonly<Record<IntegrationName, MakeIntegration>> = {
  ...{ webhook, slack, email, discord, telegram, webex, msteams, msteamsv2, mattermost, rocketchat },
  ...{ pagerduty, opsgenie, victorops, jira, incidentio, pushover, wechat, sns },
};

export function makeIntegration(config: IntegrationConfig, around: Surroundings): Integration {
  const files = { ...around, readFile: (path: string) => around.readFile(resolve(config.folder, path)) };
  return KINDS[config.kind](config, { ...files, http: new HttpClient(config.options['http_config'], files) });
}
