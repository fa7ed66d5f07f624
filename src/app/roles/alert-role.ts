import { join } from 'node:path';
import type { AlertEngineDependencies } from '../../alerts/engine.ts';
import { FileStateStore } from '../../alerts/file-state.ts';
import type { Rule } from '../../alerts/rules/rule.ts';
import { Connection } from '../../buffer/redis/connection.ts';
import type { RedisBufferOptions } from '../../buffer/redis/options.ts';
import type { AlertsApi } from '../../core/api/alerts.ts';
import type { Lifecycle } from '../../core/contracts.ts';
import { ruleViews } from '../../definitions/rule-views.ts';
import type { UserContent } from '../../definitions/user-content.ts';
import { AlertEvaluator } from '../../evaluator/evaluator.ts';
import { EvaluatorView } from '../../evaluator/evaluator-view.ts';
import { type Hits, LocalHits, SharedHits } from '../../evaluator/hits.ts';
import type { Settings } from '../settings.ts';
import type { Roles } from './roles.ts';

/** Everything of alerts that a process has, by its roles and by whether Redis lies between the processes. */
export interface Alerting {
  /** Where intake's hits go; undefined without intake. */
  readonly hits: Hits | undefined;
  /** Undefined where nobody can be asked. */
  readonly views: AlertsApi | undefined;
  /** In the order in which they start. */
  readonly parts: readonly Lifecycle[];
  replaceRules(rules: readonly Rule[]): void;
}

export interface AlertingDeps {
  readonly settings: Settings;
  readonly roles: Roles;
  readonly dataDir: string;
  readonly node: string;
  /** What runs. */
  readonly content: () => Pick<UserContent, 'rules' | 'rulesOff' | 'skippedRules'>;
  readonly fill: AlertEngineDependencies['fill'];
}

export function makeAlerting(deps: AlertingDeps): Alerting {
  const { settings, roles } = deps;
  if (settings.buffer.type === 'redis') return overRedis(deps, settings.buffer);
  const hits = new LocalHits({ ...deps, settings: settings.alerts, rules: deps.content().rules });
  const { engine } = hits;
  return {
    hits,
    views: roles.has('web')
      ? { recent: limit => engine.recent(limit), rules: () => ruleViews(engine.rulesStatus(), deps.content()) }
      : undefined,
    parts: [hits],
    replaceRules: rules => engine.replaceRules(rules),
  };
}

function overRedis(deps: AlertingDeps, options: RedisBufferOptions): Alerting {
  const { settings, roles, dataDir, node, fill, content } = deps;
  let rules: readonly Rule[] = content().rules;
  const hits = roles.has('ingest') ? new SharedHits(options) : undefined;
  const evaluator = roles.has('alert')
    ? new AlertEvaluator({
        options,
        node,
        rules,
        settings: settings.alerts,
        // Of a time without Redis.
        seed: () => new FileStateStore(join(dataDir, 'alerts')).read(),
        ...(fill === undefined ? {} : { fill }),
      })
    : undefined;
  const view = evaluator === undefined && roles.has('web') ? new ViewOverRedis(options) : undefined;
  return {
    hits,
    views:
      evaluator !== undefined
        ? {
            recent: limit => evaluator.recent(limit),
            rules: async () => ruleViews(await evaluator.rulesStatus(), content()),
          }
        : view && {
            recent: limit => view.view.recent(limit),
            rules: async () => ruleViews(await view.view.rulesStatus(rules, Date.now()), content()),
          },
    parts: [hits, evaluator, view].filter(part => part !== undefined),
    replaceRules: next => {
      rules = next;
      evaluator?.replaceRules(next);
    },
  };
}

/** What the evaluator elsewhere has written. */
class ViewOverRedis implements Lifecycle {
  readonly view: EvaluatorView;
  readonly #connection: Connection;

  constructor(options: RedisBufferOptions) {
    this.#connection = new Connection(options, 'commands');
    this.view = new EvaluatorView(this.#connection, options.queue);
  }

  async start(): Promise<void> {
    this.#connection.open();
  }

  async stop(): Promise<void> {
    this.#connection.close();
  }
}
