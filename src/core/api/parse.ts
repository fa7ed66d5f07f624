import type { StoredEvent } from '../contracts.ts';

/** An answer that is ready to be sent. */
export interface ReadyAnswer {
  readonly status: number;
  /** JSON. */
  readonly body: string;
}

/** `POST /_ingest/pipeline/_simulate` and `/_ingest/pipeline/<name>/_simulate`, as Elasticsearch has them. */
export interface SimulateRequest {
  /** The body as it came: JSON. */
  readonly body: string;
  /** A pipeline of the service; undefined: the body brings one. */
  readonly name: string | undefined;
  readonly isVerbose: boolean;
}

/** What would become of lines, without storing them. Each request runs in a process that it cannot hang or fill for others. */
export interface ParseApi {
  simulate(request: SimulateRequest, signal: AbortSignal): Promise<ReadyAnswer>;
  /** `POST /api/parse`. Throws LongshoreErrors: LS_TRIAL_REQUEST, LS_TRIAL_BUSY (retryable), LS_TRIAL_FAILED, and mistakes of pipelines. */
  parse(body: string, signal: AbortSignal, stored?: readonly StoredEvent[]): Promise<ReadyAnswer>;
  /** `POST /api/parse/suggest`: patterns of grok for lines. */
  suggest(body: string, signal: AbortSignal): Promise<ReadyAnswer>;
  /** The definitions of the pipelines that run, by name, as Elasticsearch would show them. */
  definitions(): Readonly<Record<string, unknown>>;
}
