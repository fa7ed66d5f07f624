import { secretOf } from './http-config.ts';
import type { MakeIntegration } from './integration.ts';
import { postJson } from './post-json.ts';

/** Alerts in one message when `max_alerts` does not say; `truncatedAlerts` has the number of the others. */
const MOST_ALERTS = 10_000;

/** `webhook_configs`: payload version 4. */
export const webhook: MakeIntegration = ({ options }, around) => ({
  send: (message, signal) =>
    postJson(
      async () => {
        const most = Number(options['max_alerts'] ?? 0) || MOST_ALERTS;
        return {
          address: await secretOf(options, 'url', around),
          body: {
            ...message.data(most),
            version: '4',
            groupKey: message.groupKey,
            truncatedAlerts: Math.max(0, message.alerts.length - most),
          },
          httpConfig: options['http_config'],
          timeoutMs: options['timeout'] as number | undefined,
        };
      },
      message,
      around,
      signal,
    ),
});
