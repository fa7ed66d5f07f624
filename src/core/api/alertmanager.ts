/*
 * Alertmanager's HTTP API, version 2: names, forms and meaning are those of its openapi.yaml. Times are RFC 3339.
 */

export interface AlertQuery {
  readonly active: boolean;
  readonly silenced: boolean;
  readonly inhibited: boolean;
  /** Matchers; all have to hold. */
  readonly filter: readonly string[];
  /** An expression that has to hold for the whole name of a receiver. */
  readonly receiver: string | undefined;
}

export interface AlertView {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly updatedAt: string;
  readonly generatorURL: string;
  readonly fingerprint: string;
  readonly receivers: readonly { readonly name: string }[];
  readonly status: {
    readonly state: 'unprocessed' | 'active' | 'suppressed';
    readonly silencedBy: readonly string[];
    readonly inhibitedBy: readonly string[];
    readonly mutedBy: readonly string[];
  };
}

export interface AlertGroupView {
  readonly labels: Readonly<Record<string, string>>;
  readonly receiver: { readonly name: string };
  readonly alerts: readonly AlertView[];
}

export interface SilenceView {
  readonly id: string;
  readonly status: { readonly state: 'pending' | 'active' | 'expired' };
  readonly matchers: readonly SilenceMatcherView[];
  readonly startsAt: string;
  readonly endsAt: string;
  readonly updatedAt: string;
  readonly createdBy: string;
  readonly comment: string;
}

export interface SilenceMatcherView {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  readonly isEqual: boolean;
}

export interface AlertmanagerStatus {
  readonly cluster: { readonly status: 'ready' | 'settling' | 'disabled'; readonly peers: readonly never[] };
  readonly versionInfo: Readonly<
    Record<'version' | 'revision' | 'branch' | 'buildUser' | 'buildDate' | 'goVersion', string>
  >;
  readonly config: { readonly original: string };
  /** Since when it runs. */
  readonly uptime: string;
}

/** What a request asks for and cannot have. */
export interface Refused {
  readonly status: 400 | 404;
  readonly message: string;
}

export type Answer<T> = { readonly value: T } | { readonly refused: Refused };

export interface AlertmanagerApi {
  status(): AlertmanagerStatus;
  receivers(): readonly { readonly name: string }[];
  alerts(query: AlertQuery): Promise<Answer<readonly AlertView[]>>;
  groups(query: AlertQuery): Promise<Answer<readonly AlertGroupView[]>>;
  /** Takes what is right of a list of alerts, durably. */
  post(body: unknown): Promise<Answer<undefined>>;
  silences(filter: readonly string[]): Answer<readonly SilenceView[]>;
  silence(id: string): Answer<SilenceView>;
  setSilence(body: unknown): Promise<Answer<{ readonly silenceID: string }>>;
  expireSilence(id: string): Promise<Answer<undefined>>;
}
