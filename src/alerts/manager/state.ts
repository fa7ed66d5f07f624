import { isFields } from '../../core/event.ts';
import type { RoutedAlert } from '../routing/alert-book.ts';
import type { Told } from '../routing/notify-log.ts';
import type { SavedNotification } from './routed-notifications.ts';

/*
 * A record of the state, one line of JSON:
 *
 *   {"alert":{"labels":{...},"annotations":{...},"startsAt":...,"endsAt":...,...}}   an alert as it is known now
 *   {"gone":"<fingerprint>"}                            nobody has to be told of it any more
 *   {"key":"[...]","told":{"at":...,"firing":[...],"resolved":[...],"expiresAt":...}}   the last word to a receiver of a group
 *   {"forgotten":"[...]"}                               a key of that kind
 *   {"notification":{"id":"...","state":"dead",...}}    what became of a message
 *   {"dropped":"<id>"}                                  of one that is not listed any more
 */

export type StateRecord =
  | { readonly alert: RoutedAlert }
  | { readonly gone: string }
  | { readonly told: Told; readonly key: string }
  | { readonly forgotten: string }
  | { readonly notification: SavedNotification }
  | { readonly dropped: string };

/** Where what is known of routed alerts is kept between two runs, or for all processes. */
export interface StateKeeper {
  /** Durable after the next `flush`. */
  append(record: StateRecord): void;
  /** Resolves when everything appended so far is durable; rejects when it cannot be written, which is tried again with the next. */
  flush(): Promise<void>;
  /** Writes what can be written. */
  close(): Promise<void>;
}

/** What somebody said to a process that does not route: for the one that does. */
export type PostedWord =
  | { readonly alerts: readonly RoutedAlert[] }
  /** A dead message is to be sent again. */
  | { readonly retry: string };

/** What processes know together, of whom one routes. */
export interface SharedState {
  /**
   * What was written since this was called last, in its order. `isAnew`: everything that there is instead. `isLost`: there is
   * nothing, though there was something.
   * @throws while it cannot be read
   */
  read(): Promise<{ readonly records: readonly unknown[]; readonly isAnew: boolean; readonly isLost: boolean }>;
  /** Resolves when it is durable; the one that routes takes it then. @throws LongshoreError when it is not. */
  post(word: PostedWord): Promise<void>;
}

/** A record as it was read; undefined for what is none of ours: a newer version may write more. */
export function readRecord(record: unknown): StateRecord | undefined {
  if (!isFields(record)) return undefined;
  const { alert, gone, told, key, forgotten, notification, dropped } = record as Record<string, unknown>;
  const isOurs =
    (isFields(alert) && isFields(alert['labels']) && typeof alert['fingerprint'] === 'string') ||
    (isFields(told) && typeof key === 'string') ||
    (isFields(notification) && typeof notification['id'] === 'string') ||
    [gone, forgotten, dropped].some(id => typeof id === 'string');
  return isOurs ? (record as unknown as StateRecord) : undefined;
}
