import { isFields } from '../../core/event.ts';
import type { RoutedAlert } from '../routing/alert-book.ts';
import type { Told } from '../routing/notify-log.ts';

/*
 * A line of the journal:
 *
 *   {"alert":{"labels":{...},"annotations":{...},"startsAt":...,"endsAt":...,...}}   an alert as it is known now
 *   {"gone":"<fingerprint>"}                            nobody has to be told of it any more
 *   {"key":"[...]","told":{"at":...,"firing":[...],"resolved":[...],"expiresAt":...}}   the last word to a receiver of a group
 *   {"forgotten":"[...]"}                               a key of that kind
 */

export type StateRecord =
  | { readonly alert: RoutedAlert }
  | { readonly gone: string }
  | { readonly told: Told; readonly key: string }
  | { readonly forgotten: string };

/** What the lines of a journal come to. */
export class SavedState {
  readonly alerts = new Map<string, RoutedAlert>();
  readonly told = new Map<string, Told>();

  /** What is none of ours is passed over: a newer version may write more. */
  take(record: unknown): void {
    if (!isFields(record)) return;
    const { alert, gone, told, key, forgotten } = record as Record<string, unknown>;
    if (isFields(alert) && isFields(alert['labels']))
      this.alerts.set(String(alert['fingerprint']), alert as unknown as RoutedAlert);
    else if (typeof gone === 'string') this.alerts.delete(gone);
    else if (isFields(told) && typeof key === 'string') this.told.set(key, told as unknown as Told);
    else if (typeof forgotten === 'string') this.told.delete(forgotten);
  }
}
