import { hasFixedHost, webhookAddress } from './address.ts';
import { deepFilled } from './deep.ts';
import type { MakeIntegration } from './integration.ts';
import { secretOf } from './secret.ts';
import { oneRequest } from './sending.ts';

/** Alerts in one message when `max_alerts` does not say; `truncatedAlerts` has the number of the others. */
const MOST_ALERTS = 10_000;

/** `webhook_configs`: payload version 4, or one's own. */
export const webhook: MakeIntegration = ({ options }, around) =>
  oneRequest(around, async (texts, message) => {
    const most = Number(options['max_alerts'] ?? 0) || MOST_ALERTS;
    const written = await secretOf(options, 'url', around);
    const { payload } = options;
    return {
      address: webhookAddress(written, texts),
      isGuarded: !hasFixedHost(written),
      body:
        payload === undefined
          ? {
              ...message.data(most),
              version: '4',
              groupKey: message.groupKey,
              truncatedAlerts: Math.max(0, message.alerts.length - most),
            }
          : JSON.stringify(deepFilled(payload, 'payload', texts)),
      ...(payload === undefined ? {} : { headers: { 'Content-Type': 'application/json' } }),
      timeoutMs: options['timeout'] as number | undefined,
    };
  });
