import type { RedisBufferOptions } from '../buffer/redis/options.ts';
import type { DefinitionSettings } from '../definitions/user-content.ts';
import type { IngestSettings } from '../ingest/settings.ts';
import type { SocketInputOptions } from '../inputs/inputs.ts';
import type { ForwardOutOptions } from '../senders/forward/options.ts';
import type { ElasticsearchStoreSettings } from '../store/elasticsearch/options.ts';

/** What a worker needs of the configuration; it comes from the primary. */
export interface WorkerSettings {
  readonly data_dir: string;
  readonly log_level: string;
  readonly inputs: SocketInputOptions;
  readonly definitions: DefinitionSettings;
  readonly ingest: IngestSettings;
  readonly sink: SinkSettings;
  readonly hasCopies: boolean;
}

/** Where its chunks go. */
export type SinkSettings =
  | { type: 'primary' }
  | { type: 'redis'; options: RedisBufferOptions }
  | { type: 'forward'; options: ForwardOutOptions }
  | { type: 'elasticsearch'; options: ElasticsearchStoreSettings };
