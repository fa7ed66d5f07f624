import type { Fields } from '../../core/event.ts';
import type { OptionTable } from '../rules/options.ts';
import type { Texts } from '../text/texts.ts';
import type { OptionMistake } from './address.ts';

/** What happened, ready to be told. */
export interface Alert {
  readonly rule: string;
  readonly matches: readonly Fields[];
  /** Further matches that are only counted. */
  readonly leftOut?: number | undefined;
  /** The same in all messages on one alert from its first match until it is resolved: for threads, updates and incidents. */
  readonly instance?: string | undefined;
  /** What was told before is over. */
  readonly resolved?: ResolvedAlert | undefined;
  /** Where people can look, where `http.public_url` is set. */
  readonly links?: AlertLinks | undefined;
}

/** Addresses for people. */
export interface AlertLinks {
  /** The page's search around it. */
  readonly search: string;
  /** The page with the events and alerts of the rule. */
  readonly rule: string;
  /** A page that asks whether to silence it; undefined where that cannot be. */
  readonly silence?: string | undefined;
}

export interface ResolvedAlert {
  /** Epoch milliseconds. */
  readonly startsAt: number;
  readonly endsAt: number;
  /** Matches between the two. */
  readonly matches: number;
}

/** One message to one place. Plain JSON: it waits in the outbox until it is delivered. */
export interface Notification {
  /** Which of the alerter's addresses: addresses are secrets and stay out of files. */
  readonly target: number;
  readonly body: string;
  /** Only what was filled in from the match; fixed headers are added when sending. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Names of the fixed headers that go with it. */
  readonly fixedHeaders?: readonly string[] | undefined;
  /** Goes behind the address: `/alias/close?by=alias`. */
  readonly path?: string | undefined;
  /** Instead of the address of `target`, where the match names one: only addresses of the internet. */
  readonly url?: string | undefined;
  /** `Alert.instance`. */
  readonly instance?: string | undefined;
  readonly isResolved?: true | undefined;
}

export interface SendContext {
  readonly fetch: typeof fetch;
  /** The same for each try of one notification. */
  readonly idempotencyKey: string;
  /** Aborts at shutdown. */
  readonly signal: AbortSignal;
  /** Only addresses of the internet may be connected to; `fetch` sees to it, other connections have to. */
  readonly isGuarded?: boolean | undefined;
  /** What the last message of the same instance to the same place left behind: see `SendResult.remember`. */
  readonly remembered?: string | undefined;
}

export type SendResult =
  | {
      readonly ok: true;
      /** For the next messages of the same instance to the same place: the id of a thread or a ticket. At most 500 characters. */
      readonly remember?: string | undefined;
    }
  | {
      readonly ok: false;
      /** Without address or secrets. */
      readonly reason: string;
      /** `place`: nothing gets through there now, all that waits for it backs off. `message`: only this one is refused. */
      readonly scope: 'place' | 'message';
      /** It would be refused again: it is not tried again by itself. */
      readonly isFinal?: boolean | undefined;
      /** Of the answer, where there was one. */
      readonly status?: number | undefined;
      /** When the peer says how long to wait, milliseconds. */
      readonly retryAfterMs?: number | undefined;
    };

/** A configured alerter of one rule. */
export interface Alerter {
  readonly type: string;
  /** The option without which it cannot send, or that names what cannot run here; alerts then stay in the log and in the list of alerts. */
  readonly missing: string | undefined;
  /** It wants to be told when what it told of is over. */
  readonly sendResolved?: boolean | undefined;
  /** Each match is a message of its own. */
  readonly isPerMatch?: boolean | undefined;
  /** Plain JSON in; nothing in it is a secret: it waits in a file. Told too when `alert.resolved` is set. */
  render(alert: Alert): Notification[];
  /** Same text, same queue: what hangs at one place delays nobody else. */
  queue(target: number): string;
  /** Never rejects. */
  send(notification: Notification, context: SendContext): Promise<SendResult>;
}

export interface AlerterSettings {
  /** The rule's options, those of the configuration below them and those of this alerter above. */
  readonly options: Fields;
  readonly texts: Texts;
  /** Where files that options name are looked for; the folder of the rule. */
  readonly folder?: string | undefined;
  /** `alerts.allow_commands` of the configuration. */
  readonly allowsCommands?: boolean | undefined;
}

/** A kind of alerter: one file, one entry in `alerters/index.ts`. */
export interface AlerterKind {
  readonly type: string;
  readonly options: OptionTable;
  /** Mistakes that the form of the options does not show: addresses and headers that cannot be sent. */
  check(options: Fields, folder?: string): OptionMistake[];
  /** Throws TemplateError when a template of it cannot be read. */
  create(settings: AlerterSettings): Alerter;
}

/** Says, before the text of an alert, that it does not list all its matches; `` when it does. */
export function leftOutNote(listed: number, leftOut: number): string {
  if (leftOut === 0) return '';
  return `${(listed + leftOut).toLocaleString('en')} matches, of which ${listed.toLocaleString('en')} ${listed === 1 ? 'is' : 'are'} shown:\n\n`;
}
