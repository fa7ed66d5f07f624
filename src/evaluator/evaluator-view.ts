import type { Instance } from '../alerts/instances/instance.ts';
import { instancesOf } from '../alerts/instances/instances.ts';
import { Notifications } from '../alerts/notifications.ts';
import { outboxOf } from '../alerts/outbox.ts';
import { recentOf } from '../alerts/recent.ts';
import type { Rule } from '../alerts/rules/rule.ts';
import { alertSettings } from '../alerts/settings.ts';
import { type AlertState, parseState } from '../alerts/state.ts';
import { statusOfState } from '../alerts/views.ts';
import type { Connection } from '../buffer/redis/connection.ts';
import type { AlertView, NotificationState, NotificationView, RuleStatus } from '../core/api/alerts.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import { readPages, readSavedState } from './fenced-state.ts';

const log = logger('evaluator');

/** Many who look at the page at once are one question. */
const MAX_AGE_MS = 1000;

/** Alerts and rules as the active evaluator last wrote them, for processes that do not evaluate. */
export class EvaluatorView {
  readonly #connection: Connection;
  readonly #queue: string;
  #state: Promise<AlertState | undefined> | undefined;
  #askedAt = 0;

  constructor(connection: Connection, queue: string) {
    this.#connection = connection;
    this.#queue = queue;
  }

  /** The latest alerts, newest first. @throws LongshoreError (retryable) while Redis is away. */
  async recent(limit: number): Promise<AlertView[]> {
    const state = await this.#read();
    return recentOf(state ?? NOTHING)
      .slice(-Math.max(1, limit))
      .reverse();
  }

  async notifications(state: NotificationState | undefined, limit: number): Promise<NotificationView[]> {
    const saved = (await this.#read()) ?? NOTHING;
    const log = new Notifications(alertSettings());
    log.restore(saved.parts, saved);
    return log.list(outboxOf(saved), state, limit);
  }

  async rulesStatus(rules: readonly Rule[], now: number): Promise<RuleStatus[]> {
    const state = await this.#read();
    const active = new Map<string, number>();
    for (const { rule, endsAt } of await this.instances())
      if (endsAt === undefined) active.set(rule, (active.get(rule) ?? 0) + 1);
    return statusOfState(rules, state ?? NOTHING, active, now);
  }

  /** The alerts that there are, then those that are over, the latest last. @throws as `recent`. */
  async instances(): Promise<Instance[]> {
    return instancesOf((await this.#read())?.parts);
  }

  #read(): Promise<AlertState | undefined> {
    if (this.#state === undefined || performance.now() - this.#askedAt > MAX_AGE_MS) {
      this.#askedAt = performance.now();
      this.#state = this.#readNow();
      this.#state.catch(() => {
        this.#state = undefined;
      });
    }
    return this.#state;
  }

  async #readNow(): Promise<AlertState | undefined> {
    const saved = await readSavedState(this.#connection, this.#queue);
    if (saved === undefined) return undefined;
    try {
      return { ...parseState(saved.text), parts: await readPages(this.#connection, this.#queue) };
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'cannot read the alert state in Redis');
      return undefined;
    }
  }
}

/** Only the process that evaluates can send again. */
export function deliveredElsewhere(holder: string | undefined): LongshoreError {
  const name = holder === undefined || holder === '' ? 'another process' : holder;
  return new LongshoreError('LS_ALERTS_ELSEWHERE', `${name} evaluates alert rules and delivers, not this process.`, {
    fix: 'Ask that one.',
  });
}

const NOTHING: AlertState = { version: 4, positions: {}, watermark: 0, savedAt: 0, parts: {}, behind: {}, held: [] };
