import { didYouMean } from '../../base/text/did-you-mean.ts';
import type { TestAlertResult } from '../../core/api/test-alerts.ts';
import { LongshoreError } from '../../core/errors.ts';
import { fingerprint } from '../instances/fingerprint.ts';
import type { Receiver } from '../routing/config/read-receivers.ts';
import { groupLabelsOf, routesOf } from '../routing/route.ts';
import type { Labels } from '../silencing/matcher.ts';
import { TEST_MARK, testText } from '../test-alert.ts';
import type { Alertmanager } from './alertmanager.ts';
import { messageOfGroup, send } from './delivery.ts';

export interface TestMessageDependencies {
  readonly manager: Pick<Alertmanager, 'config' | 'integration' | 'now' | 'externalUrl'>;
  readonly signal: AbortSignal;
}

const TEST = `${TEST_MARK} Longshore`;

/**
 * Sends one test message through every entry of a receiver, as its texts make it. It is tried once, and nobody is told less
 * for it. @throws LongshoreError LS_ALERTS_TEST_ALERT
 */
export async function testReceiver(name: string, deps: TestMessageDependencies): Promise<TestAlertResult[]> {
  const { receivers } = deps.manager.config;
  const receiver = receivers.get(name);
  if (receiver === undefined) {
    const names = [...receivers.keys()];
    throw new LongshoreError('LS_ALERTS_TEST_ALERT', `there is no receiver ${name.slice(0, 100)}.`, {
      fix: didYouMean(name, names) ?? `alertmanager.yml has ${names.join(', ')}.`,
    });
  }
  const labels = { alertname: TEST };
  return sendTo(receiver, { labels, groupLabels: labels, about: `the receiver "${name}"` }, deps);
}

/** The same through the receivers that an alert with these labels goes to. */
export async function testRoutes(labels: Labels, deps: TestMessageDependencies): Promise<TestAlertResult[]> {
  const { config } = deps.manager;
  const about = `the rule "${labels['alertname']}"`;
  const marked = { ...labels, alertname: `${TEST_MARK} ${labels['alertname']}` };
  const results: TestAlertResult[] = [];
  for (const route of routesOf(config.route, labels)) {
    const receiver = config.receivers.get(route.receiver);
    const test = { labels: marked, groupLabels: groupLabelsOf(route, marked), about };
    if (receiver !== undefined && receiver.integrations.length > 0)
      results.push(...(await sendTo(receiver, test, deps)));
    else
      results.push({
        alerter: route.receiver,
        outcome: 'not_configured',
        missing: 'a list such as slack_configs',
        duration_ms: 0,
      });
  }
  return results;
}

interface TestMessage {
  readonly labels: Labels;
  readonly groupLabels: Labels;
  readonly about: string;
}

async function sendTo(
  { name, integrations }: Receiver,
  { labels, groupLabels, about }: TestMessage,
  { manager, signal }: TestMessageDependencies,
): Promise<TestAlertResult[]> {
  const now = manager.now();
  const text = testText(about);
  const alert = {
    labels,
    annotations: { title: TEST, summary: text, description: text },
    ...{ startsAt: now, endsAt: undefined, updatedAt: now, isTimeout: false, generatorUrl: '' },
    fingerprint: fingerprint(labels),
  };
  return Promise.all(
    integrations.map(async config => {
      const { kind, index } = config;
      const alerter = `${name} ${kind}`;
      const sender = manager.integration(config);
      const begun = performance.now();
      const message = messageOfGroup({
        ...{ receiver: name, groupKey: `test:${now}`, groupLabels, alerts: [alert] },
        ...{ externalUrl: manager.externalUrl(), idempotencyKey: `test-${now.toString(36)}-${kind}-${index}` },
      });
      const result = await send(sender, message, signal);
      const duration_ms = Math.round(performance.now() - begun);
      return result.ok
        ? ({ alerter, outcome: 'sent', duration_ms } as const)
        : ({ alerter, outcome: 'failed', reason: result.reason, duration_ms } as const);
    }),
  );
}
