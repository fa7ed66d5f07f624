import type { MakeIntegration, Message } from '../integration.ts';
import { secretOf } from '../secret.ts';
import { oneRequest } from '../sending.ts';

/** incident.io refuses more. */
const MAX_BYTES = 512 * 1024;
const MOST_ALERTS = 10_000;

/** `incidentio_configs`: an HTTP alert source. */
export const incidentio: MakeIntegration = ({ options }, around) =>
  oneRequest(around, async (_, message) => {
    const token = await secretOf(options, 'alert_source_token', around);
    return {
      address: await secretOf(options, 'url', around),
      body: fitting(message, Number(options['max_alerts'] ?? 0) || MOST_ALERTS),
      headers: token === '' ? {} : { Authorization: `Bearer ${token}` },
      timeoutMs: options['timeout'] as number | undefined,
    };
  });

function payload(message: Message, most: number): Record<string, unknown> {
  return {
    ...message.data(most),
    version: '1',
    groupKey: message.groupKey,
    truncatedAlerts: Math.max(0, message.alerts.length - most),
  };
}

/** With so many alerts as fit, and the number of the others. */
function fitting(message: Message, most: number): Record<string, unknown> {
  for (let count = Math.min(most, message.alerts.length); ; count = Math.floor(count / 2)) {
    const body = payload(message, count);
    if (count <= 1 || Buffer.byteLength(JSON.stringify(body)) <= MAX_BYTES) return body;
  }
}
