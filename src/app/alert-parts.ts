import { hostname } from 'node:os';
import { join } from 'node:path';
import type { AlertEngineDependencies } from '../alerts/engine.ts';
import { FileStateStore } from '../alerts/file-state.ts';
import { alertsAnswer } from '../alerts/instances/view.ts';
import { type Linker, linker } from '../alerts/links.ts';
import { Alertmanager, type Routing } from '../alerts/manager/alertmanager.ts';
import { RuleFeed } from '../alerts/manager/rule-feed.ts';
import { newest } from '../alerts/notifications.ts';
import { FILL_PAGE } from '../alerts/past.ts';
import { NO_ROUTING } from '../alerts/routing/config/read-config.ts';
import { SilenceFile } from '../alerts/silence-file.ts';
import { silencesApi } from '../alerts/silences-api.ts';
import { UserSilences } from '../alerts/user-silences.ts';
import { Semaphore } from '../base/flow/semaphore.ts';
import { lifecycle } from '../base/process/parts.ts';
import { Connection } from '../buffer/redis/connection.ts';
import { ruleViews } from '../definitions/rule-views.ts';
import type { UserContent } from '../definitions/user-content.ts';
import { incidentsOf } from '../dora/dora.ts';
import { AlertEvaluator } from '../evaluator/evaluator.ts';
import { deliveredElsewhere, EvaluatorView } from '../evaluator/evaluator-view.ts';
import { LocalHits } from '../evaluator/hits.ts';
import { HitsStream } from '../evaluator/hits-stream.ts';
import { SharedSilences } from '../evaluator/shared-silences.ts';
import type { Searcher } from '../store/search.ts';
import { pastCounts } from './past-counts.ts';
import type { Process, ProcessSpec } from './process-parts.ts';
import type { Roles } from './roles.ts';

/** By the roles, and by whether Redis lies between the processes. */
export function addAlertParts(parts: Process, { settings, roles }: ProcessSpec): void {
  const { buffer, alerts, http } = settings;
  if (roles.has('alert')) addAlertmanager(parts, http);
  // Rules fill their windows from store and tail together, so not before the store has what the last run left.
  const searchable = Promise.withResolvers<Searcher>();
  const fill: NonNullable<AlertEngineDependencies['fill']> = async (_rule, query, from, to) =>
    (await searchable.promise).newest(query, from, to, FILL_PAGE);
  const isIncident = incidentsOf(settings.dora);
  const turn = new Semaphore(1);
  const askPast: AlertEngineDependencies['askPast'] = question =>
    turn.run(async () => pastCounts(await searchable.promise, question));
  const linksOf = (silences: UserSilences): Linker | undefined =>
    http.public_url === undefined ? undefined : linker(http.public_url, instance => silences.tokenOf(instance));
  addSilences(parts, buffer, roles);
  if (buffer.type !== 'redis') {
    parts.add('hits', ['data', 'definitions', 'silences'], ({ data, definitions, silences: kept }) => {
      const { rules } = definitions.current;
      const silences = kept!.store;
      const links = linksOf(kept!);
      const hits = new LocalHits({
        dataDir: data.dir,
        rules,
        settings: alerts,
        fill,
        askPast,
        isIncident,
        silences,
        links,
      });
      definitions.follow({ apply: async next => hits.engine.replaceRules(next.rules) });
      return lifecycle(hits);
    });
  } else {
    if (roles.has('ingest')) parts.add('hits', ['data'], () => lifecycle(new HitsStream(buffer)));
    if (roles.has('alert')) {
      parts.add('evaluator', ['data', 'definitions', 'silences'], needed => {
        const { dir, node } = needed.data;
        const { definitions } = needed;
        const { rules } = definitions.current;
        const silences = needed.silences!.store;
        const links = linksOf(needed.silences!);
        // Of a time without Redis.
        const seed = () => new FileStateStore(join(dir, 'alerts')).read();
        const evaluator = new AlertEvaluator({
          options: buffer,
          node,
          rules,
          settings: alerts,
          seed,
          fill,
          askPast,
          isIncident,
          silences,
          ...(links && { links }),
        });
        definitions.follow({ apply: async next => evaluator.replaceRules(next.rules) });
        return lifecycle(evaluator);
      });
    } else if (roles.has('web')) {
      parts.add('evaluatorView', [], () => {
        const connection = new Connection(buffer, 'commands');
        const view = new EvaluatorView(connection, buffer.queue);
        return { value: view, start: () => connection.open(), stop: () => connection.close() };
      });
    }
  }
  if (roles.has('alert')) addRuleFeed(parts, http);
  parts.add('fills', ['searcher', 'offers'], ({ searcher, offers }) => {
    if (searcher !== undefined) void offers.done.then(() => searchable.resolve(searcher));
    return { value: true };
  });
  if (!roles.has('web')) return;
  parts.add(
    'alerts',
    ['definitions', 'silences', 'hits', 'evaluator', 'evaluatorView', 'alertmanager'],
    ({ definitions, silences, hits, evaluator, evaluatorView, alertmanager }) => {
      const here = evaluator ?? hits?.engine;
      const rules = () => here?.rulesStatus() ?? evaluatorView!.rulesStatus(definitions.current.rules, Date.now());
      const source = here ?? evaluatorView!;
      return {
        value: {
          list: async query => {
            const [told, instances] = [await source.recent(alerts.recent_alerts), [...(await source.instances())]];
            return alertsAnswer(told, instances, silences!.store, query, Date.now());
          },
          silences: silencesApi(silences!, {
            rules: () => definitions.current.rules,
            instances: async () => [...(await source.instances())],
          }),
          rules: async () => ruleViews(await rules(), definitions.current),
          notifications: async (state, limit) =>
            newest(
              [...(await source.notifications(state, limit)), ...(alertmanager?.notifications() ?? [])],
              state,
              limit,
            ),
          retryNotification: id => {
            if (here === undefined) throw deliveredElsewhere(undefined);
            return here.retryNotification(id);
          },
        },
      };
    },
  );
}

/** In a file, or in Redis for all processes. */
function addSilences(parts: Process, buffer: ProcessSpec['settings']['buffer'], roles: Roles): void {
  if (buffer.type === 'redis' && !roles.has('alert') && !roles.has('web')) return;
  parts.add('silences', ['data'], ({ data }) => {
    const file = new SilenceFile(join(data.dir, 'alerts'));
    if (buffer.type !== 'redis') return lifecycle(new UserSilences(file));
    const connection = new Connection(buffer, 'commands');
    const silences = new UserSilences(new SharedSilences(connection, buffer.queue, () => file.read()));
    return {
      value: silences,
      start: () => {
        connection.open();
        return silences.start();
      },
      stop: async () => {
        await silences.stop();
        connection.close();
      },
    };
  });
}
/** Where alerts are routed: in the process that evaluates rules. */
function addAlertmanager(parts: Process, http: ProcessSpec['settings']['http']): void {
  parts.add('alertmanager', ['data', 'definitions', 'silences'], ({ data, definitions, silences }) => {
    const manager = new Alertmanager({
      dir: join(data.dir, 'alertmanager'),
      silences: silences!,
      ...routingOf(definitions.current),
      externalUrl: () => externalUrl(parts, http),
    });
    definitions.follow({ apply: async next => manager.reload(routingOf(next)) });
    return lifecycle(manager);
  });
}

/** Alerts of rules that say `alert: routes`. */
function addRuleFeed(parts: Process, http: ProcessSpec['settings']['http']): void {
  const needs = ['alertmanager', 'definitions', 'hits', 'evaluator'] as const;
  parts.add('ruleFeed', needs, ({ alertmanager, definitions, hits, evaluator }) => {
    const feed = new RuleFeed({
      source: () => (evaluator === undefined ? hits?.engine : evaluator.engine),
      rules: () => definitions.current.rules,
      links: () => linker(externalUrl(parts, http), () => undefined),
      take: instances => alertmanager!.takeInstances(instances),
      resolveTimeoutMs: () => alertmanager!.config.resolveTimeoutMs,
      now: Date.now,
    });
    return lifecycle(feed);
  });
}

/** Without a slash at its end. */
const externalUrl = (parts: Process, { public_url }: ProcessSpec['settings']['http']): string =>
  (public_url ?? `http://${hostname()}:${parts.get('web')?.port ?? ''}`).replace(/\/+$/, '');

const routingOf = ({ routing }: UserContent): Routing => routing ?? { config: NO_ROUTING, templates: [] };
