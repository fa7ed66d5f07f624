/** A condition on a label, as Alertmanager writes it. */
export interface MatcherView {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  readonly isEqual: boolean;
}

/** One of `GET /api/silences`. Times are ISO. */
export interface SilenceView {
  readonly id: string;
  readonly state: 'pending' | 'active' | 'expired';
  readonly matchers: readonly MatcherView[];
  /** The same as a text: `{service="api"}`. */
  readonly text: string;
  readonly starts_at: string;
  /** It does not hold any more at this instant. */
  readonly ends_at: string;
  readonly updated_at: string;
  readonly created_by: string;
  readonly comment: string;
}

/** What the confirm page of a link in a message shows. */
export interface SilenceOffer {
  readonly rule: string;
  /** What the silence would hold for: `{alertname="Error burst",service="api"}`. */
  readonly text: string;
  readonly title: string;
  /** `firing`, `resolved`, ... */
  readonly state: string;
}

export interface SilencesApi {
  /** The newest first; `state` is one of `pending`, `active`, `expired`. */
  list(state?: string | undefined): Promise<SilenceView[]>;
  get(id: string): Promise<SilenceView | undefined>;
  /** @throws LongshoreError LS_ALERTS_SILENCE, LS_ALERTS_SILENCE_UNKNOWN, LS_ALERTS_MATCHER; retryable ones while Redis is away. */
  add(request: Readonly<Record<string, unknown>>, author: string): Promise<SilenceView>;
  /** @throws LongshoreError LS_ALERTS_SILENCE_UNKNOWN */
  expire(id: string): Promise<SilenceView>;
  /** What the link of a message would silence; undefined: it is not one of ours, its time is over, or the alert is forgotten. */
  offer(token: string): Promise<SilenceOffer | undefined>;
  /** Silences that, with `duration`, `created_by` and `comment` of the request. Undefined and @throws as above. */
  accept(token: string, request: Readonly<Record<string, unknown>>): Promise<SilenceView | undefined>;
}
