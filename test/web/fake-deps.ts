import { withDefaults } from '../../src/base/options.ts';
import type {
  AlertsQuery,
  AlertView,
  NotificationState,
  NotificationView,
  RuleView,
} from '../../src/core/api/alerts.ts';
import type { LedgerReport } from '../../src/core/api/ledger.ts';
import type { BackupAnswer } from '../../src/core/api/operations.ts';
import type {
  HistogramAnswer,
  HistogramParams,
  SearchAnswer,
  SearchParams,
  SearchRows,
  StatsAnswer,
  StatsParams,
} from '../../src/core/api/search.ts';
import type { StatusAnswer } from '../../src/core/api/status.ts';
import type { LiveListener, StoredEvent } from '../../src/core/contracts.ts';
import { LongshoreError } from '../../src/core/errors.ts';
import type { WebDeps } from '../../src/web/deps.ts';
import { type WebOptions, webSchema } from '../../src/web/options.ts';
import type { TailLimits } from '../../src/web/tail.ts';

type Options = WebOptions & Partial<TailLimits>;

/** The defaults of the schema, so that tests use what users get. */
export function optionsOf(overrides: Partial<Options> = {}): Options {
  return { ...withDefaults(webSchema, {}), address: '127.0.0.1:0', ...overrides };
}

export const eventOf = (n: number, more: Record<string, unknown> = {}): StoredEvent => ({
  _id: `id-${n}`,
  _index: 'docker-logs-2026.11.20',
  seq: n,
  '@timestamp': new Date(Date.UTC(2026, 10, 20, 12) + n * 1000).toISOString(),
  level: 'INFO',
  message: `event ${n}`,
  ...more,
});

/** Everything behind the server, in memory; each part can be replaced by the test. */
export class FakeDeps implements WebDeps {
  readonly listeners = new Set<LiveListener>();
  readonly searches: SearchParams[] = [];
  readonly histograms: HistogramParams[] = [];
  readonly statistics: StatsParams[] = [];
  hits: StoredEvent[] = [eventOf(3), eventOf(2), eventOf(1)];
  input: WebDeps['input'];
  isReady = true;
  readonly sessionKey = () => Buffer.alloc(32, 7);

  readonly searcher = {
    limits: { max: 16, timeoutMs: 30_000 },
    search: async (
      params: SearchParams,
      _signal?: AbortSignal,
      _onRows?: (rows: SearchRows) => void,
    ): Promise<SearchAnswer> => {
      this.searches.push(params);
      if (params.query === 'level:(') throw syntaxError();
      const hits = this.hits.slice(0, Number(params.size ?? 100));
      return { total: { value: this.hits.length, relation: 'eq' }, hits, took_ms: 1 };
    },
    histogram: async (params: HistogramParams): Promise<HistogramAnswer> => {
      this.histograms.push(params);
      return { interval_ms: 60_000, buckets: [{ at: 0, count: 3, by: { INFO: 3 } }] };
    },
    stats: async (params: StatsParams): Promise<StatsAnswer> => {
      this.statistics.push(params);
      return { from: '', to: '', by: [], metrics: ['count'], events: 3, rows: [{ values: { count: 3 } }], took_ms: 1 };
    },
    containers: async () => ({ from: '', to: '', times: [], interval_ms: 1, containers: [], more: false }),
    context: async () => ({ same: {}, before: [], event: this.hits[0]!, after: [] }),
    seenFields: async (params: SearchParams) => ({ sampled: Number(params.size), seen: [] }),
    predicate: (query: string) => {
      if (query === 'level:(') throw syntaxError();
      return (event: Record<string, unknown>) => query === '' || String(event['message']).includes(query);
    },
  };
  readonly live = {
    subscribe: (listener: LiveListener) => {
      this.listeners.add(listener);
      return () => this.listeners.delete(listener);
    },
  };
  readonly alerts = {
    list: (query: AlertsQuery) => ({
      alerts: [{ ...query, rule: query.rule ?? 'burst' }] as unknown as AlertView[],
      active: [],
      resolved: [],
    }),
    silences: {
      list: async () => [],
      get: async () => undefined,
      add: async (request: Readonly<Record<string, unknown>>, author: string) =>
        ({ ...request, created_by: author }) as never,
      expire: async (id: string) => ({ id }) as never,
      offer: async () => undefined,
      accept: async () => undefined,
    },
    rules: () => [{ name: 'burst' } as RuleView],
    notifications: (state: NotificationState | undefined, limit: number) =>
      [{ id: 'x', state, limit }] as unknown as NotificationView[],
    retryNotification: (id: string) => id === 'x',
  };
  reload = async () => ({ ok: true, message: 'Reloaded.' });
  health = () => ({ status: 'ok', version: 1 });
  ready = () => ({ ready: this.isReady, reasons: this.isReady ? [] : ['store: starting'] });
  ledger = async () => ({ at: 1, containers: {}, total: { received: 0 } }) as LedgerReport;
  status = async () => ({ at: 1 }) as StatusAnswer;
  backup = async (): Promise<BackupAnswer> => {
    throw new LongshoreError('LS_BACKUP_FAILED', 'there is nothing here.');
  };
  metrics = async () => '# HELP x\nx_total 1\n';
  fieldNames = async () => ['level', 'message', 'verb'];
  days = async () => [{ day: '2026.11.20', events: 3, bytes: 300 }];

  publish(hit: StoredEvent): void {
    for (const listener of this.listeners) listener(hit);
  }
}

function syntaxError(): LongshoreError {
  return new LongshoreError('LS_QUERY_SYNTAX', 'A bracket is not closed.', { position: 6 });
}
