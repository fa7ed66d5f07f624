import type { Alertmanager } from '../alerts/manager/alertmanager.ts';
import type { RuleFeed } from '../alerts/manager/rule-feed.ts';
import type { UserSilences } from '../alerts/user-silences.ts';
import type { FolderLock } from '../base/disk/folder-lock.ts';
import type { Parts } from '../base/process/parts.ts';
import type { RedisLedger } from '../buffer/redis/redis-ledger.ts';
import type { RedisQueue } from '../buffer/redis/redis-queue.ts';
import type { RedisWorker } from '../buffer/redis/redis-worker.ts';
import type { Spool } from '../buffer/spool/spool.ts';
import type { Canary } from '../canary/canary.ts';
import type { AlertsApi } from '../core/api/alerts.ts';
import type { DeadLettersApi } from '../core/api/dead-letters.ts';
import type { DoraApi } from '../core/api/dora.ts';
import type { Store } from '../core/contracts.ts';
import type { Holder } from '../data/backup.ts';
import type { DeadLetterQueue } from '../dead-letters/queue.ts';
import type { Definitions } from '../definitions/definitions.ts';
import type { DoraMetrics } from '../dora/metrics.ts';
import type { AlertEvaluator } from '../evaluator/evaluator.ts';
import type { EvaluatorView } from '../evaluator/evaluator-view.ts';
import type { Hits } from '../evaluator/hits.ts';
import type { SharedRouting } from '../evaluator/shared-routing.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { DockerInput } from '../inputs/docker/docker-input.ts';
import type { FilesInput } from '../inputs/files/files-input.ts';
import type { InputPorts } from '../inputs/inputs.ts';
import type { JournaldInput } from '../inputs/journald/journald-input.ts';
import type { Ledger } from '../ledger/keeper.ts';
import type { Copies } from '../senders/copies.ts';
import type { ElasticsearchStore } from '../store/elasticsearch/elasticsearch-store.ts';
import type { Searcher } from '../store/search.ts';
import type { WebServer } from '../web/web-server.ts';
import type { WorkerGroup } from '../workers/group.ts';
import type { OrphanSpools } from '../workers/orphans.ts';
import type { PrimarySink } from '../workers/protocol.ts';
import type { Roles } from './roles.ts';
import type { Settings } from './settings.ts';

/** A store that says when it answers. */
export type ServiceStore = Store &
  Holder &
  Partial<Pick<ElasticsearchStore, 'write' | 'wrote'>> & { ready(): boolean; readonly alarm?: string | undefined };

/** Where the chunks of spools go. */
export interface Sink extends PrimarySink {
  /** Chunks that may be offered at the same time. */
  readonly concurrency: number;
}

/** What there can be in a process; the optional parts depend on its roles and on the settings. */
export interface ProcessParts {
  /** Pipelines and rules. */
  definitions: Definitions;
  lock: FolderLock;
  /** data_dir, ready to be used. `node` is its random name. */
  data: { readonly dir: string; readonly node: string };
  deadLetters: DeadLetterQueue;
  /** Its start has begun; `started` tells how it went. */
  store?: { readonly store: ServiceStore; readonly started: Promise<void> };
  /** Takes chunks out of Redis. */
  indexWorker?: RedisWorker;
  queue?: RedisQueue;
  copies?: Copies;
  sink?: Sink;
  /** Those that people made. */
  silences?: UserSilences;
  /** Where the hits of intake go. */
  hits?: Hits;
  /** Alerts on their way to the receivers of alertmanager.yml. */
  alertmanager?: Alertmanager;
  /** What they all know of routed alerts, where Redis lies between the processes. */
  sharedRouting?: SharedRouting;
  /** Own alerts on their way there. */
  ruleFeed?: RuleFeed;
  evaluator?: AlertEvaluator;
  /** What an evaluator elsewhere has written. */
  evaluatorView?: EvaluatorView;
  /** Windows of rules can be filled. */
  fills: true;
  /** Alerts and rules as they are shown. */
  alerts?: AlertsApi;
  /** Says nothing before `canaryRounds`. */
  canary?: Canary;
  ledgerExchange?: RedisLedger;
  ledger: Ledger;
  /** Spools of workers that are no longer configured. */
  oldSpools?: OrphanSpools;
  /** Their start has begun; `opened` tells how it went. */
  workers?: { readonly group: WorkerGroup; readonly opened: Promise<void> };
  /** The spool of this process, with its intake. */
  ingest?: Ingest;
  /** The spool of a process that takes nothing in: dead letters go back through it. */
  replaySpool?: Spool;
  /** Pieces of long lines are with those who join them now. */
  handover?: true;
  /** The ledger tells what these count. */
  ledgerCounts: true;
  storeStarted?: ServiceStore;
  /** Chunks are offered. */
  offers: Adoption;
  searcher?: Searcher;
  dora?: { readonly figures: DoraApi; readonly metrics: DoraMetrics };
  replays?: DeadLettersApi;
  web: WebServer;
  /** Tells the evaluator how far intake has come. */
  watermark?: NodeJS.Timeout;
  inputs?: { readonly ports: InputPorts };
  /** Files that are followed. */
  files?: FilesInput;
  /** The Docker engine that is read. */
  docker?: DockerInput;
  journald?: JournaldInput;
  canaryRounds?: Canary;
  watch: Definitions;
}

/** Of what the last run left. */
export interface Adoption {
  /** Resolves when the store has it. */
  readonly done: Promise<unknown>;
  readonly isDone: boolean;
}

/** What decides on the parts of a process. */
export interface ProcessSpec {
  readonly settings: Settings;
  readonly env: NodeJS.ProcessEnv;
  readonly roles: Roles;
}

export type Process = Parts<ProcessParts>;
