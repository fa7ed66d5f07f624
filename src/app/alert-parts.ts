import { join } from 'node:path';
import type { AlertEngineDependencies } from '../alerts/engine.ts';
import { FileStateStore } from '../alerts/file-state.ts';
import type { Instance } from '../alerts/instances/instance.ts';
import { alertsAnswer } from '../alerts/instances/view.ts';
import { type Linker, linker, searchText } from '../alerts/links.ts';
import { withRouted } from '../alerts/manager/deliveries.ts';
import { postedAlerts } from '../alerts/manager/posted.ts';
import { newest } from '../alerts/notifications.ts';
import { FILL_PAGE } from '../alerts/past.ts';
import { silencesApi } from '../alerts/silences-api.ts';
import type { UserSilences } from '../alerts/user-silences.ts';
import { Semaphore } from '../base/flow/semaphore.ts';
import { lifecycle } from '../base/process/parts.ts';
import { Connection } from '../buffer/redis/connection.ts';
import { ruleViews } from '../definitions/rule-views.ts';
import { incidentsOf } from '../dora/dora.ts';
import { AlertEvaluator } from '../evaluator/evaluator.ts';
import { deliveredElsewhere, EvaluatorView } from '../evaluator/evaluator-view.ts';
import { LocalHits } from '../evaluator/hits.ts';
import { HitsStream } from '../evaluator/hits-stream.ts';
import { RoutingDuty } from '../evaluator/routing-duty.ts';
import type { Searcher } from '../store/search.ts';
import { pastCounts } from './past-counts.ts';
import type { Process, ProcessSpec } from './process-parts.ts';
import { addRouting, addRuleFeed, addSilences } from './routing-parts.ts';

/** By the roles, and by whether Redis lies between the processes. */
export function addAlertParts(parts: Process, { settings, roles }: ProcessSpec): void {
  const { buffer, alerts, http } = settings;
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
  addRouting(parts, { buffer, http }, roles);
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
      parts.add('evaluator', ['data', 'definitions', 'silences', 'alertmanager', 'sharedRouting'], needed => {
        const { dir, node } = needed.data;
        const { definitions, alertmanager, sharedRouting } = needed;
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
          beside: lease => new RoutingDuty(alertmanager!, sharedRouting!, lease),
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
    ({ definitions, silences, hits, evaluator, evaluatorView, alertmanager: routed }) => {
      const here = evaluator ?? hits?.engine;
      const rules = () => here?.rulesStatus() ?? evaluatorView!.rulesStatus(definitions.current.rules, Date.now());
      const source = here ?? evaluatorView!;
      return {
        value: {
          list: async query => {
            const instances = [...(await source.instances())];
            const told = await withRouted(await source.recent(alerts.recent_alerts), instances, routed);
            const queryOf = ({ rule, keyLabels }: Instance) => {
              const own = definitions.current.rules.find(({ name }) => name === rule);
              return own && searchText(own, keyLabels);
            };
            const answer = alertsAnswer(told, instances, silences!.store, query, Date.now(), queryOf);
            if (routed === undefined) return answer;
            const own = new Set(instances.map(({ fingerprint }) => fingerprint));
            return { ...answer, posted: await postedAlerts(routed, own, silences!.store, query) };
          },
          silences: silencesApi(silences!, {
            rules: () => definitions.current.rules,
            instances: async () => [...(await source.instances())],
          }),
          rules: async () => ruleViews(await rules(), definitions.current),
          notifications: async (state, limit) =>
            newest(
              [...(await source.notifications(state, limit)), ...((await routed?.notifications()) ?? [])],
              state,
              limit,
            ),
          retryNotification: async id => {
            if ((await routed?.retry(id)) === true) return true;
            if (here === undefined) throw deliveredElsewhere(undefined);
            return here.retryNotification(id);
          },
        },
      };
    },
  );
}
