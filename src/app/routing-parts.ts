import { hostname } from 'node:os';
import { join } from 'node:path';
import { linker } from '../alerts/links.ts';
import { Alertmanager, type Routing } from '../alerts/manager/alertmanager.ts';
import { groupLinks } from '../alerts/manager/group-links.ts';
import { RuleFeed } from '../alerts/manager/rule-feed.ts';
import { NO_ROUTING } from '../alerts/routing/config/read-config.ts';
import { SilenceFile } from '../alerts/silence-file.ts';
import { UserSilences } from '../alerts/user-silences.ts';
import { lifecycle } from '../base/process/parts.ts';
import { Connection } from '../buffer/redis/connection.ts';
import type { UserContent } from '../definitions/user-content.ts';
import { SharedRouting } from '../evaluator/shared-routing.ts';
import { SharedSilences } from '../evaluator/shared-silences.ts';
import type { Process, ProcessSpec } from './process-parts.ts';
import type { Roles } from './roles.ts';

type Settings = Pick<ProcessSpec['settings'], 'buffer' | 'http'>;

/** Who answers Alertmanager's API: where Redis lies between the processes, all that people and programs speak to. */
const answers = (buffer: Settings['buffer'], roles: Roles): boolean =>
  roles.has('alert') || (buffer.type === 'redis' && (roles.has('web') || roles.has('ingest')));

/** In a file, or in Redis for all processes. */
export function addSilences(parts: Process, buffer: Settings['buffer'], roles: Roles): void {
  if (buffer.type === 'redis' && !answers(buffer, roles)) return;
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

/** Alerts are routed by the process that evaluates rules; others pass on what they are given, and answer as that one does. */
export function addRouting(parts: Process, { buffer, http }: Settings, roles: Roles): void {
  if (!answers(buffer, roles)) return;
  if (buffer.type === 'redis')
    parts.add('sharedRouting', [], () => {
      const connection = new Connection(buffer, 'commands');
      const shared = new SharedRouting(connection, buffer);
      return { value: shared, start: () => connection.open(), stop: () => connection.close() };
    });
  parts.add('alertmanager', ['data', 'definitions', 'silences', 'sharedRouting'], needed => {
    const { data, definitions, silences, sharedRouting } = needed;
    const manager = new Alertmanager({
      home: sharedRouting ?? join(data.dir, 'alertmanager'),
      silences: silences!,
      ...routingOf(definitions.current),
      externalUrl: () => externalUrl(parts, http),
      links: group =>
        groupLinks(group, {
          rules: () => definitions.current.rules,
          links: () => linker(externalUrl(parts, http), () => undefined),
          publicUrl: () => externalUrl(parts, http),
          tokenOf: labels => silences!.tokenOfLabels(labels),
        }),
    });
    definitions.follow({ apply: async next => manager.reload(routingOf(next)) });
    return lifecycle(manager);
  });
}

/** Alerts of rules that say `alert: routes`. */
export function addRuleFeed(parts: Process, http: Settings['http']): void {
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
const externalUrl = (parts: Process, { public_url }: Settings['http']): string =>
  (public_url ?? `http://${hostname()}:${parts.get('web')?.port ?? ''}`).replace(/\/+$/, '');

const routingOf = ({ routing }: UserContent): Routing => routing ?? { config: NO_ROUTING, templates: [] };
