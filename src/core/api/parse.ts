import type { StoredEvent } from '../contracts.ts';
import type { Fields } from '../event.ts';

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

/** The answer of `POST /api/parse`. */
export interface ParseAnswer {
  readonly results: readonly ParsedLine[];
  /** The lines, where they came from the store; the first has the number 1. */
  readonly stored?: readonly StoredLine[];
  readonly compared?: ParseComparison;
  readonly tests?: readonly ParseTest[];
}

/** What became of one record, or of several that were joined. */
export interface ParsedLine {
  /** Null: no pipeline took it. */
  readonly pipeline: string | null;
  /** Numbers of the records, from 1. */
  readonly lines: readonly number[];
  /** As it would be stored; null: dropped. */
  readonly event: Fields | null;
  /** What each grok saw, in order. */
  readonly parts?: readonly GrokParts[];
  readonly trace?: ParseTrace;
}

/** Offsets are those of characters in `text`. */
export interface GrokParts {
  /** `file:line` of the processor. */
  readonly where: string;
  readonly text: string;
  readonly match?: {
    readonly pattern: number;
    readonly start: number;
    readonly end: number;
    readonly captures: readonly { readonly field: string; readonly start: number; readonly end: number }[];
  };
  /** How far the pattern that fits best does, and what it wants next. */
  readonly mismatch?: {
    readonly pattern: number;
    readonly start: number;
    readonly end: number;
    readonly wanted?: string | undefined;
    readonly inside: readonly string[];
  };
}

export interface ParseChange {
  readonly field: string;
  readonly kind: 'added' | 'changed' | 'removed';
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Times are microseconds. */
export interface ParseTrace {
  readonly asked: readonly {
    readonly pipeline: string;
    readonly where: string;
    readonly isTaken: boolean;
    readonly why?: { readonly name: string; readonly wanted: string; readonly value: unknown };
  }[];
  readonly pipelines: readonly {
    readonly pipeline: string;
    readonly path: string;
    readonly steps: readonly ParseStep[];
    readonly isPassed: boolean;
    readonly isDropped: boolean;
    readonly failure?: { readonly message: string };
    readonly took_us: number;
  }[];
  readonly automatic: readonly ParseChange[];
  readonly schema: readonly ParseChange[];
}

export interface ParseStep {
  readonly type: string;
  readonly tag?: string;
  readonly description?: string;
  readonly where: string;
  readonly role: 'processor' | 'handler' | 'inner';
  readonly condition?: { readonly text: string; readonly holds?: boolean };
  readonly status: 'skipped' | 'success' | 'failure' | 'failure_ignored' | 'dropped' | 'ended' | 'late';
  readonly failure?: string;
  readonly grok?: {
    readonly patterns: readonly { readonly pattern: string; readonly outcome: string; readonly took_us: number }[];
  };
  readonly changes: readonly ParseChange[];
  readonly took_us: number;
  readonly steps: readonly ParseStep[];
}

export interface StoredLine {
  readonly id: string;
  readonly at: string;
  readonly container?: string | undefined;
  readonly line: string;
}

export interface ParseTest {
  readonly name: string;
  /** `file:line` */
  readonly where: string;
  readonly passed: boolean;
  readonly differences: readonly string[];
}

/** What an edited file changes. */
export interface ParseComparison {
  readonly events: number;
  readonly differing: number;
  /** Stored events that hold more than their line gives. */
  readonly unlike: number;
  readonly groups: readonly {
    readonly kind: string;
    readonly what: string;
    readonly count: number;
    readonly example: { readonly before?: unknown; readonly after?: unknown };
  }[];
  /** The first that differ. */
  readonly changed: readonly { readonly lines: readonly number[]; readonly differences: readonly ParseDifference[] }[];
}

export interface ParseDifference {
  /** `added`, `changed`, `removed`, `fails`, `fails no more`, `dropped`, `dropped no more`, `taken`, `joined otherwise` */
  readonly kind: string;
  readonly what: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** The answer of `POST /api/parse/suggest`. */
export interface SuggestAnswer {
  readonly lines: number;
  readonly suggestions: readonly {
    readonly pattern: string;
    readonly lines: number;
    readonly example: { readonly line: string; readonly fields: Fields };
  }[];
}
