import { alertmanagerApi } from '../alerts/manager/api.ts';
import { testReceiver, testRoutes } from '../alerts/manager/test-message.ts';
import type { Labels } from '../alerts/silencing/matcher.ts';
import { sendTestAlert } from '../alerts/test-alert.ts';
import { Backtests } from '../backtest/backtests.ts';
import { lifecycle } from '../base/process/parts.ts';
import type { BacktestApi } from '../core/api/backtest.ts';
import type { SearchApi } from '../core/api/search.ts';
import type { TestAlertsApi } from '../core/api/test-alerts.ts';
import type { LiveEvents } from '../core/contracts.ts';
import { mergedMetrics, mergedValues } from '../core/metrics.ts';
import { Backups } from '../data/backup.ts';
import { sessionKeyOf } from '../data/session-key.ts';
import { makeReplayer } from '../dead-letters/replay/make-replayer.ts';
import { DefinitionFiles } from '../definitions/files/definition-files.ts';
import { httpInput } from '../inputs/http/http-input.ts';
import { containersOf } from '../store/containers.ts';
import { contextOf } from '../store/context.ts';
import { FollowStore } from '../store/follow-store.ts';
import { Searcher, type SearchOptions } from '../store/search.ts';
import { sampleSize, seenFields } from '../store/seen-fields.ts';
import { localTail, mergedTail } from '../store/tail.ts';
import { Trials } from '../trial/trials.ts';
import { statusOf } from '../web/status.ts';
import { type WebDeps, WebServer } from '../web/web-server.ts';
import { mergedLive } from '../workers/live.ts';
import type { Process, ProcessParts, ProcessSpec } from './process-parts.ts';
import { namesOf, type Roles } from './roles.ts';
import type { Settings } from './settings.ts';
import { eventOf, formOf } from './slices.ts';
import { statusFacts } from './status-facts.ts';
import { version } from './version.ts';

/** So long `/metrics` waits for the figures of DORA. */
const DORA_WAIT_MS = 500;

/** Searches, dead letters on their way back, and everything that answers over HTTP. */
export function addWebParts(parts: Process, { settings, roles }: ProcessSpec): void {
  const isSearchable = settings.store.type !== 'forward';
  parts.add('searcher', ['storeStarted', 'ingest', 'workers'], ({ storeStarted: store, ingest, workers }) => {
    const tails = [ingest && localTail(ingest.spool), workers?.group].filter(tail => tail !== undefined);
    return { value: store && new Searcher(store, mergedTail(tails), settings.search) };
  });
  parts.add(
    'replays',
    ['definitions', 'deadLetters', 'ingest', 'replaySpool', 'searcher', 'offers'],
    ({ definitions, deadLetters, ingest, replaySpool, searcher, offers }) => {
      const spool = ingest?.spool ?? replaySpool;
      if (spool === undefined) return { value: undefined };
      const { replayer, answers } = makeReplayer({
        event: eventOf(settings),
        queue: deadLetters,
        form: formOf(settings),
        spool,
        searcher: isSearchable ? searcher : undefined,
        pipelines: definitions,
      });
      const stopping = new AbortController();
      void offers.done.then(() => replayer.recover(stopping.signal));
      return { value: answers, stop: () => stopping.abort() };
    },
  );
  parts.add(
    'web',
    [
      'data',
      'definitions',
      'storeStarted',
      'ledger',
      'ledgerCounts',
      'alerts',
      'ingest',
      'workers',
      'offers',
      'searcher',
      'replays',
      'alertmanager',
      'dora',
    ],
    needed => {
      const { data, definitions, storeStarted: store, ledger, alerts, ingest, workers, replays, alertmanager } = needed;
      const { dora } = needed;
      const spools = {
        hold: async (ms: number) => {
          await Promise.all([ingest?.spool.gate.shut(ms), workers?.group.hold(ms)]);
        },
        release: async () => {
          ingest?.spool.gate.open();
          workers?.group.release();
        },
      };
      const backups = new Backups(data.dir, store ?? {}, spools);
      const stopping = new AbortController();
      const trials = trialsOf(definitions, settings);
      const server = lifecycle(
        new WebServer(settings.http, {
          ...(roles.has('web') ? searchDeps(needed, settings.search) : {}),
          alerts,
          alertmanager: alertmanager && alertmanagerApi(alertmanager, version()),
          testAlerts: alerts && testAlertsOf(definitions, settings, alertmanager),
          backtests: roles.has('web') ? backtestsOf(needed, settings, stopping.signal) : undefined,
          dora: dora?.figures,
          deadLetters: replays,
          trials,
          files: new DefinitionFiles({ definitions, isEditable: settings.http.edit_definitions }),
          backup: () => backups.take(),
          sessionKey: () => sessionKeyOf(data.dir),
          reload: () => definitions.reload('POST /-/reload'),
          health: () => ({ status: 'ok', version: definitions.version }),
          ready: () => readiness(needed),
          ledger: () => ledger.report(),
          status: async () => {
            const metrics = mergedValues((await workers?.group.metrics()) ?? []);
            const { total, canary, incomplete, processes } = await ledger.report();
            const told = { ...readiness(needed), ledger: total, canary, incomplete, processes, at: Date.now() };
            return statusOf(await metrics, { ...told, ...statusFacts(settings, roles) });
          },
          metrics: async () => {
            await dora?.metrics.refresh(DORA_WAIT_MS);
            return mergedMetrics((await workers?.group.metrics()) ?? []);
          },
          input:
            ingest &&
            httpInput(settings.http, ingest.intake, {
              has: name => definitions.current.pipelines.names.includes(name),
            }),
          elsewhere: elsewhere(roles),
        }),
      );
      return {
        ...server,
        stop: (signal, msLeft) => {
          stopping.abort();
          trials.stop();
          return server.stop?.(signal, msLeft);
        },
      };
    },
  );
}

type Searching = Pick<ProcessParts, 'storeStarted' | 'ingest' | 'workers' | 'offers' | 'searcher'>;

/** What the last run left is in the store a moment after the start; an answer without it would be wrong. */
function searchDeps(
  { storeStarted: store, ingest, workers, offers, searcher }: Searching,
  limits: SearchOptions,
): Partial<WebDeps> {
  if (store === undefined || searcher === undefined) return {};
  const web: SearchApi = {
    limits: { max: limits.max_searches, timeoutMs: 3 * limits.timeout_ms },
    search: async (params, signal, onRows) => {
      await offers.done;
      return searcher.search(params, Date.now(), signal, onRows);
    },
    histogram: async (params, signal) => {
      await offers.done;
      return searcher.histogram(params, Date.now(), signal);
    },
    stats: async (params, signal) => {
      await offers.done;
      return searcher.statistics.stats(params, Date.now(), signal);
    },
    containers: async (params, signal) => {
      await offers.done;
      const now = Date.now();
      return containersOf(asked => searcher.statistics.stats(asked, now, signal), params, now);
    },
    context: async (params, signal) => {
      await offers.done;
      const now = Date.now();
      return contextOf(asked => searcher.search(asked, now, signal), params, now);
    },
    seenFields: async (params, signal) => {
      await offers.done;
      const asked = { ...params, size: sampleSize(params.size), total: 'false' };
      return seenFields((await searcher.search(asked, Date.now(), signal)).hits);
    },
    predicate: query => searcher.predicate(query),
  };
  const here = [ingest?.live, workers?.group.live].filter(events => events !== undefined);
  const live: LiveEvents = here.length === 0 ? new FollowStore(web) : mergedLive(here);
  return { searcher: web, live, days: () => store.days(), fieldNames: signal => store.fieldNames(signal) };
}

function trialsOf(definitions: ProcessParts['definitions'], settings: Settings): Trials {
  const { join, expressions, timezone, geoip, http } = settings;
  return new Trials({
    settings: { event: eventOf(settings), join, expressions, pipelines: { timezone, geoip }, tag: http.tag },
    files: () => definitions.current.texts.pipelines,
  });
}

function testAlertsOf(
  definitions: ProcessParts['definitions'],
  { alerters, alerts }: Settings,
  manager: ProcessParts['alertmanager'],
): TestAlertsApi {
  return {
    send: (name, options, signal) => {
      const { rules } = definitions.current;
      const throughRoutes = manager && ((labels: Labels) => testRoutes(labels, { manager, signal }));
      return sendTestAlert(name, { rules, alerters, alerts, fetch, now: Date.now(), signal, options, throughRoutes });
    },
    sendToReceiver: async (name, signal) => ({
      name,
      results: await testReceiver(name, { manager: manager!, signal }),
    }),
  };
}

/** Undefined where there is nothing to search. */
function backtestsOf(
  { searcher, definitions, offers }: Searching & Pick<ProcessParts, 'definitions'>,
  { store, alerters, alerts, rule_defaults }: Settings,
  stopping: AbortSignal,
): BacktestApi | undefined {
  if (searcher === undefined || store.type === 'forward') return undefined;
  const backtests = new Backtests({
    searcher,
    running: () => definitions.current.texts,
    alerterDefaults: alerters,
    ruleDefaults: rule_defaults,
    settings: alerts,
    env: process.env,
  });
  return {
    run: async (params, client, signal) => {
      await offers.done;
      return backtests.run(params, client, AbortSignal.any([signal, stopping]));
    },
  };
}

/** Why not everything can be taken in, or found. */
function readiness({ storeStarted: store, ingest, workers, offers }: Searching): { ready: boolean; reasons: string[] } {
  const reasons: string[] = [];
  if (!offers.isDone) reasons.push('the store is still taking over what the last run left');
  if (ingest?.spool.trouble !== undefined) reasons.push(ingest.spool.trouble);
  reasons.push(...(workers?.group.reasons() ?? []));
  if (store?.ready() === false) reasons.push(store.alarm ?? 'the store process is starting');
  return { ready: reasons.length === 0, reasons };
}

/** Why a route is not here, for who asks for it; undefined: it is no route of a role. */
function elsewhere(roles: Roles): (method: string, path: string) => string | undefined {
  return (method, path) => {
    if (path.startsWith('/api/dead-letters') && !roles.has('ingest') && !roles.has('index')) {
      return `This longshore has the role ${namesOf(roles)}; dead letters are kept by those with the roles ingest and index, each its own.`;
    }
    if (path.startsWith('/api/v2/') && namesOf(roles) === 'index')
      return `This longshore has the role index; ${method} ${path} is answered by one with the role alert, web or ingest.`;
    const isSearch =
      /^\/(api\/(search|histogram|tail|days|fields|alerts|rules|dora|silences(\/.*)?|backtest|alerters\/test)|silence\/.*|ui\/.*)?$/.test(
        path,
      );
    const role = isSearch ? 'web' : method === 'POST' && !path.startsWith('/-/') ? 'ingest' : undefined;
    if (role === undefined || roles.has(role)) return undefined;
    return `This longshore has the role ${namesOf(roles)}; ${method} ${path} is answered by one with the role ${role}.`;
  };
}
