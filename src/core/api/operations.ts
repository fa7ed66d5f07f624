import type { ErrorCode } from '../codes.ts';
import type { DefinitionFileMistake } from './definition-files.ts';

/** `GET /healthz`. */
export interface Health {
  status: string;
  /** Of the pipelines and rules that are active; grows with each reload. */
  version: number;
}

/** `GET /readyz`. */
export interface Readiness {
  ready: boolean;
  reasons: string[];
}

/** `POST /-/reload`; with mistakes in files the message says which. */
export interface ReloadAnswer {
  ok: boolean;
  message: string;
}

/** `POST /api/backup`. */
export interface BackupAnswer {
  /** Absolute. */
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
  readonly contents: BackupContents;
}

/** Events that lie in a folder of data: sealed, waiting for the store, or just taken in. */
export interface BackupContents {
  readonly events: number;
  /** Sorted; those without an event are missing. */
  readonly days: readonly { readonly day: string; readonly events: number }[];
}

/** What every refusal answers. */
export interface ErrorAnswer {
  error: {
    code: ErrorCode;
    message: string;
    /** Of the mistake in a query, in characters. */
    position?: number;
    /** Those that there are, where the path of the request is none. */
    paths?: readonly string[];
    /** Of a file of a pipeline or of rules. */
    mistakes?: readonly DefinitionFileMistake[];
  };
}
