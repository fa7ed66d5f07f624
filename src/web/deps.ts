import type { FastifyPluginAsync } from 'fastify';
import type { AlertmanagerApi } from '../core/api/alertmanager.ts';
import type { AlertsApi } from '../core/api/alerts.ts';
import type { BacktestApi } from '../core/api/backtest.ts';
import type { DeadLettersApi } from '../core/api/dead-letters.ts';
import type { DefinitionFilesApi } from '../core/api/definition-files.ts';
import type { DoraApi } from '../core/api/dora.ts';
import type { LedgerReport } from '../core/api/ledger.ts';
import type { BackupAnswer, Health, Readiness, ReloadAnswer } from '../core/api/operations.ts';
import type { ParseApi } from '../core/api/parse.ts';
import type { SearchApi } from '../core/api/search.ts';
import type { StatusAnswer } from '../core/api/status.ts';
import type { TestAlertsApi } from '../core/api/test-alerts.ts';
import type { DayInfo, LiveEvents } from '../core/contracts.ts';

/** Everything that the server shows or starts; the wiring gives it. */
export interface WebDeps {
  /** Undefined, as `live`, `days` and `fieldNames`: this process does not search. */
  readonly searcher?: SearchApi | undefined;
  readonly live?: LiveEvents | undefined;
  readonly alerts?: AlertsApi | undefined;
  readonly alertmanager?: AlertmanagerApi | undefined;
  readonly testAlerts?: TestAlertsApi | undefined;
  readonly backtests?: BacktestApi | undefined;
  readonly dora?: DoraApi | undefined;
  readonly deadLetters?: DeadLettersApi | undefined;
  readonly trials?: ParseApi | undefined;
  readonly files?: DefinitionFilesApi | undefined;
  /** What logins on the page are sealed with; asked for when somebody can log in. */
  sessionKey(): Uint8Array;
  reload(): Promise<ReloadAnswer>;
  health(): Health;
  ready(): Readiness;
  ledger(): Promise<LedgerReport>;
  status(): Promise<StatusAnswer>;
  /** The text of `/metrics`. */
  metrics(): Promise<string>;
  days?(): Promise<DayInfo[]>;
  /** Names of the fields that stored events have, declared ones among them. */
  fieldNames?(signal?: AbortSignal): Promise<string[]>;
  /** A sentence for a route that processes with other roles have; undefined where there is no such route. */
  elsewhere?(method: string, path: string): string | undefined;
  /** Takes a backup and says where it is. Throws LongshoreErrors. */
  backup(): Promise<BackupAnswer>;
  /** Routes that take events in. */
  readonly input?: FastifyPluginAsync | undefined;
}
