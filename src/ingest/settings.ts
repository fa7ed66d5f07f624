import type { LineBudgetLimits } from '../base/regexp/line-budgets.ts';
import type { SpoolOptions } from '../buffer/spool/options.ts';
import type { DocumentForm } from '../core/contracts.ts';
import type { JoinLimits } from '../parse/join/joiner.ts';
import type { EventOptions } from '../schema/options.ts';
import type { IndexOptions } from '../store/elasticsearch/options.ts';
import type { LogMetricsOptions } from './log-metrics/options.ts';

/** What intake needs of the configuration. */
export interface IngestSettings {
  readonly form: DocumentForm;
  readonly spool: SpoolOptions;
  /** Where the store is Elasticsearch: how its indices are named. */
  readonly index: IndexOptions | undefined;
  readonly event: EventOptions;
  readonly join: JoinLimits;
  readonly expressions: LineBudgetLimits;
  readonly log_metrics: LogMetricsOptions;
}
