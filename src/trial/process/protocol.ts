import type { LineBudgetLimits } from '../../base/regexp/line-budgets.ts';
import type { ReadyAnswer } from '../../core/api/parse.ts';
import type { StoredEvent } from '../../core/contracts.ts';
import type { PipelineSettings } from '../../definitions/pipeline-options.ts';
import type { IngestSettings } from '../../ingest/settings.ts';
import type { PipelineFile } from '../../parse/pipelines.ts';

/** What the service asks of the process that tries things. */
export type TrialCalls = {
  configure(settings: TrialSettings): void;
  simulate(request: TrialRequest & { readonly name: string | undefined; readonly isVerbose: boolean }): ReadyAnswer;
  parse(request: TrialRequest & { readonly stored: readonly StoredEvent[] | undefined }): ReadyAnswer;
  suggest(request: Pick<TrialRequest, 'body' | 'timeMs'>): ReadyAnswer;
};

export interface TrialSettings {
  readonly event: IngestSettings['event'];
  readonly join: IngestSettings['join'];
  readonly expressions: LineBudgetLimits;
  readonly pipelines: PipelineSettings;
  readonly tag: string;
}

export interface TrialRequest {
  readonly body: string;
  readonly files: readonly PipelineFile[];
  /** Milliseconds that it may take. */
  readonly timeMs: number;
}
