import type { AlertDelivery, AlertView } from '../core/api/alerts.ts';
import { isFields } from '../core/event.ts';
import type { DeliveryOutcome, OutboxItem } from './outbox.ts';
import { Pages } from './pages.ts';
import type { AlertState } from './state.ts';
import type { SavedParts } from './state-parts.ts';

const PER_PAGE = 4;
const MAX_BODY_CHARS = 4000;
const STATES = { sent: 'sent', retried: 'retrying', dead: 'dead', dropped: 'dropped' } as const;

const pagesOfViews = (): Pages<AlertView> => new Pages('recent', PER_PAGE, { isOrdered: true });

/** The latest alerts with what became of them. */
export class RecentAlerts {
  readonly #views: AlertView[] = [];
  readonly #limit: number;
  readonly pages = pagesOfViews();

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(view: AlertView): AlertView {
    const { body } = view;
    const kept =
      body.length > MAX_BODY_CHARS ? { ...view, body: `${body.slice(0, MAX_BODY_CHARS).toWellFormed()}...` } : view;
    this.#put(kept);
    return kept;
  }

  outcome(item: OutboxItem, outcome: DeliveryOutcome, reason: string | undefined): void {
    this.#change(item, delivery => {
      delivery.state = STATES[outcome];
      delivery.attempts = item.attempts + (outcome === 'sent' ? 1 : 0);
      delivery.last_error = reason;
    });
  }

  /** It is on its way once more. */
  again(item: OutboxItem): void {
    this.#change(item, delivery => {
      delivery.state = 'pending';
    });
  }

  /** Newest first. */
  list(limit: number): AlertView[] {
    return this.#views.slice(-Math.max(1, limit)).reverse();
  }

  /** `former`: those of a state that had them all in one list. */
  restore(parts: SavedParts, former: readonly AlertView[] = []): void {
    this.#views.push(...this.pages.restore(parts, viewOf));
    for (const view of former) this.#put(view);
    this.#prune();
  }

  #put(view: AlertView): void {
    this.#views.push(view);
    this.pages.add(view);
    this.#prune();
  }

  #prune(): void {
    while (this.#views.length > this.#limit) this.pages.remove(this.#views.shift()!);
  }

  #change({ alert, slot }: OutboxItem, change: (delivery: AlertDelivery) => void): void {
    const view = this.#views.findLast(one => one.id === alert);
    const delivery = view?.deliveries[slot];
    if (view === undefined || delivery === undefined) return;
    change(delivery);
    this.pages.changed(view);
  }
}

/** All that a state has, the latest last. */
export function recentOf({ recent = [], parts }: Pick<AlertState, 'recent' | 'parts'>): AlertView[] {
  return [...pagesOfViews().restore(parts, viewOf), ...recent];
}

/** One as it was written; undefined for something else. */
function viewOf(value: unknown): AlertView | undefined {
  if (!isFields(value) || typeof value['id'] !== 'string' || typeof value['rule'] !== 'string') return undefined;
  return Array.isArray(value['deliveries']) ? (value as unknown as AlertView) : undefined;
}
