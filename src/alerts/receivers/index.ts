import type { IntegrationConfig } from '../routing/config/read-receivers.ts';
import { discord, msteams, telegram, webex } from './chat.ts';
import { email } from './email.ts';
import { opsgenie, pagerduty, victorops } from './incidents.ts';
import type { Integration, MakeIntegration, Surroundings } from './integration.ts';
import { slack } from './slack.ts';
import { webhook } from './webhook.ts';

const KINDS: Readonly<Record<string, MakeIntegration>> = {
  ...{ webhook, slack, email, discord, telegram, webex, msteams, pagerduty, opsgenie, victorops },
};

/** Undefined for a kind that is not built. */
export function makeIntegration(config: IntegrationConfig, around: Surroundings): Integration | undefined {
  return KINDS[config.kind]?.(config, around);
}
