/**
 * An alert with a life: what a rule here, or another program, says of one thing, from when on, and until when. It is
 * known by its labels. Names and meaning are those of Prometheus' Alertmanager.
 */
export interface AlertInstance {
  /** What it is known by; `alertname` is among them: a rule's name. */
  readonly labels: Readonly<Record<string, string>>;
  /** What people read; may change while it fires. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly startsAt: number;
  /** Epoch milliseconds; undefined while it fires with no end in sight. Past: it is resolved. */
  readonly endsAt: number | undefined;
  /** When this was said, epoch milliseconds. */
  readonly updatedAt: number;
  /** Where it comes from, for people to open; `` where there is none. */
  readonly generatorUrl: string;
  /** Of the labels alone: 16 hexadecimal digits, the same as Alertmanager's. */
  readonly fingerprint: string;
}
