import type { DeadLetterCounts } from '../contracts.ts';
import type { Fields } from '../event.ts';

/** `replaying`: its document is on its way through the spool, or was when the process ended. */
export type DeadLetterStatus = 'open' | 'replaying' | 'replayed' | 'discarded';

export interface DeadLetterListRequest {
  type?: string | undefined;
  container?: string | undefined;
  query?: string | undefined;
  /** Undefined: whatever became of them. */
  status?: DeadLetterStatus | undefined;
  size: number;
  /** From the page before. */
  cursor?: string | undefined;
}

/** Newest first. */
export interface DeadLetterList {
  /** Events of open ones. */
  open: number;
  types: DeadLetterTypeCounts[];
  letters: DeadLetterSummary[];
  /** There may be more: ask again with it. */
  cursor?: string;
}

/** Events of one type. */
export interface DeadLetterTypeCounts extends DeadLetterCounts {
  type: string;
  open: number;
}

export interface DeadLetterSummary {
  id: string;
  status: DeadLetterStatus;
  /** When it was refused: ISO. */
  at: string;
  type: string;
  reason: string;
  container: string;
  source: string;
  index?: string | undefined;
  day: string;
  kind: string;
  event: string;
  chunk: string;
  line?: number | undefined;
  events: number;
  /** The one that was replayed and came back as this one. */
  forerunner?: string | undefined;
  bytes: number;
  excerpt: string;
}

export interface DeadLetterDetails extends DeadLetterSummary {
  came_back_as: string[];
  document?: string;
  /** In place of `document` when it is no UTF-8. */
  document_base64?: string;
}

/** Which dead letters; without `ids` all open ones that match, oldest first. */
export interface DeadLetterSelection {
  ids?: readonly string[] | undefined;
  type?: string | undefined;
  container?: string | undefined;
  /** Over the fields of the document. */
  query?: string | undefined;
  limit?: number | undefined;
  /** From the answer before: goes on behind what that one has done, and never to what came since the first. */
  cursor?: string | undefined;
}

/** A pipeline file that is given instead of those of the service. */
export interface GivenPipeline {
  readonly path: string;
  readonly text: string;
}

export interface ReplayPreview {
  id: string;
  outcome: 'document' | 'dropped' | 'impossible';
  why?: string | undefined;
  before: Fields;
  after?: Fields | undefined;
}

export interface ReplayAnswer {
  replayed: number;
  /** By the pipelines; they count as replayed, and as dropped by rule. */
  dropped: number;
  skipped: SkippedDeadLetter[];
  /** The files of pipelines are not what is running: the letters went through what is running. */
  files_differ: boolean;
  /** There may be more: ask again with it. */
  cursor?: string;
}

export interface SkippedDeadLetter {
  id: string;
  why: string;
}

export interface DiscardAnswer {
  discarded: number;
  cursor?: string;
}

/**
 * `GET /api/dead-letters`, `GET /api/dead-letters/<id>`, `POST /api/dead-letters/preview|replay|discard`. They throw
 * LongshoreErrors; for mistakes in pipelines an AggregateError of them.
 */
export interface DeadLettersApi {
  list(request: DeadLetterListRequest): Promise<DeadLetterList>;
  get(id: string): Promise<DeadLetterDetails | undefined>;
  preview(
    selection: DeadLetterSelection,
    asIs: boolean,
    pipelines?: readonly GivenPipeline[],
  ): Promise<ReplayPreview[]>;
  replay(selection: DeadLetterSelection, asIs: boolean): Promise<ReplayAnswer>;
  discard(selection: DeadLetterSelection): Promise<DiscardAnswer>;
}
