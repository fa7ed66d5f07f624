import type { Fields } from '../event.ts';

/** `POST /api/alerters/test`: what came of one test alert. */
export interface TestAlertAnswer {
  /** The rule, the alerter or the receiver. */
  readonly name: string;
  /** One for each address. */
  readonly results: readonly TestAlertResult[];
}

export interface TestAlertResult {
  readonly alerter: string;
  readonly outcome: 'sent' | 'failed' | 'not_configured';
  /** Why it failed, with the status of the answer; without addresses and secrets. */
  readonly reason?: string | undefined;
  /** The option without which it cannot send. */
  readonly missing?: string | undefined;
  readonly duration_ms: number;
}

export interface TestAlertsApi {
  /** `name`: a rule or an alerter; `options`: those of the alerter, in place of the configuration's. Throws LS_ALERTS_TEST_ALERT. */
  send(name: string, options: Fields | undefined, signal: AbortSignal): Promise<TestAlertAnswer>;
  /** Through all that a receiver of `alertmanager.yml` has. Throws LS_ALERTS_TEST_ALERT. */
  sendToReceiver(name: string, signal: AbortSignal): Promise<TestAlertAnswer>;
}
