import type { FastifyInstance } from 'fastify';
import type { TestAlertsApi } from '../core/api/test-alerts.ts';
import { LongshoreError } from '../core/errors.ts';
import { isFields, newFields } from '../core/event.ts';
import { refuse, refuseError } from './refusal.ts';

const TIME_LIMIT_MS = 30_000;

/** `POST /api/alerters/test`: `{"name": "slack"}`, an alerter or a rule; `options` of the alerter try others.
 * `{"receiver": "ops"}`: one of `alertmanager.yml`. */
export function testAlertRoutes(app: FastifyInstance, testAlerts: TestAlertsApi): void {
  app.post('/api/alerters/test', { config: { scope: 'admin' } }, async (request, reply) => {
    const { name, options, receiver } = isFields(request.body) ? request.body : newFields();
    try {
      if (typeof receiver === 'string' && receiver !== '')
        return await testAlerts.sendToReceiver(receiver, AbortSignal.timeout(TIME_LIMIT_MS));
      if (typeof name !== 'string' || name === '')
        throw new LongshoreError('LS_ALERTS_TEST_ALERT', 'nothing says through what to send.', {
          fix: 'Send {"name": "slack"}, or the name of a rule.',
        });
      if (options !== undefined && !isFields(options))
        throw new LongshoreError('LS_ALERTS_TEST_ALERT', 'options are not names and values.', {
          fix: 'Send {"name": "slack", "options": {"slack_webhook_url": "https://..."}}.',
        });
      return await testAlerts.send(name, options, AbortSignal.timeout(TIME_LIMIT_MS));
    } catch (error) {
      if (error instanceof LongshoreError && error.code === 'LS_ALERTS_TEST_ALERT')
        return refuse(reply, 400, error.code, error.message);
      return refuseError(reply, error);
    }
  });
}
