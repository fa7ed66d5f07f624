import type { AlertView } from '../core/api/alerts.ts';
import type { DeliveryOutcome, OutboxItem } from './outbox.ts';

const MAX_BODY_CHARS = 4000;
const STATES = { sent: 'sent', retried: 'retrying', dead: 'dead', dropped: 'dropped' } as const;

/** The latest alerts with what became of them. */
export class RecentAlerts {
  readonly #views: AlertView[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(view: AlertView): AlertView {
    const { body } = view;
    const kept =
      body.length > MAX_BODY_CHARS ? { ...view, body: `${body.slice(0, MAX_BODY_CHARS).toWellFormed()}...` } : view;
    this.#views.push(kept);
    if (this.#views.length > this.#limit) this.#views.shift();
    return kept;
  }

  outcome(item: OutboxItem, outcome: DeliveryOutcome, reason: string | undefined): void {
    const delivery = this.#views.findLast(view => view.id === item.alert)?.deliveries[item.slot];
    if (delivery === undefined) return;
    delivery.state = STATES[outcome];
    delivery.attempts = item.attempts + (outcome === 'sent' ? 1 : 0);
    delivery.last_error = reason;
  }

  /** It is on its way once more. */
  again(item: OutboxItem): void {
    const delivery = this.#views.findLast(view => view.id === item.alert)?.deliveries[item.slot];
    if (delivery !== undefined) delivery.state = 'pending';
  }

  /** Newest first. */
  list(limit: number): AlertView[] {
    return this.#views.slice(-Math.max(1, limit)).reverse();
  }

  save(): readonly AlertView[] {
    return this.#views;
  }

  restore(saved: readonly AlertView[]): void {
    this.#views.push(...saved.slice(-this.#limit));
  }
}
