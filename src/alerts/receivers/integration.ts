import type { SendResult } from '../alerters/alerter.ts';
import type { TemplateLibrary } from '../go-template/go-template.ts';
import type { IntegrationConfig } from '../routing/config/read-receivers.ts';
import type { ToldAlert } from '../routing/dispatcher.ts';
import type { GroupData, GroupLinks } from '../routing/group-data.ts';
import type { HttpClient } from './http/client.ts';
import type { ReadFile } from './secret.ts';

/** What is to be told. */
export interface Message {
  readonly receiver: string;
  readonly groupKey: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly ToldAlert[];
  /** Where people can look, and silence its alerts. */
  readonly links?: GroupLinks | undefined;
  /** Of this receiver and these alerts, or of the first so many of them. */
  data(most?: number): GroupData;
  /** The same for each try. */
  readonly idempotencyKey: string;
  /** `SendResult.remember` of the last message on the same group through the same integration. */
  readonly remembered?: string | undefined;
}

/** Where messages go to, over which way, and what fills their texts. */
export interface Surroundings {
  readonly fetch: typeof fetch;
  readonly readFile: ReadFile;
  /** Those that texts may call by name. */
  readonly templates: TemplateLibrary;
  /** Epoch milliseconds; default: the clock. */
  readonly now?: (() => number) | undefined;
}

/** `Surroundings`, with what the entry's `http_config` makes of them. */
export interface Around extends Surroundings {
  readonly http: HttpClient;
}

/** One entry of `slack_configs` or another such list, ready to send. */
export interface Integration {
  /** One try. Never rejects. A result with the scope `message` is not tried again for this flush. */
  send(message: Message, signal: AbortSignal): Promise<SendResult>;
}

export type MakeIntegration = (config: IntegrationConfig, around: Around) => Integration;
