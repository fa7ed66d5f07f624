import type { Container } from './container.ts';
import { ContainerLog, type LogDeps } from './container-log.ts';
import * as metrics from './metrics.ts';
import { sinceText } from './position.ts';
import { newLogState } from './state.ts';

/** More at a time are not followed. */
const MAX_FOLLOWED = 4000;
/** A container that is gone is remembered for so long: another engine may have answered meanwhile. */
const REMEMBER_MS = 24 * 3_600_000;
const LOOKED = 'looked';

/** The containers whose logs are followed. */
export class FollowedLogs {
  readonly #deps: LogDeps;
  readonly #logs = new Map<string, ContainerLog>();

  constructor(deps: LogDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#logs.size;
  }

  /** All that the engine has and that are read. */
  reconcile(containers: readonly Container[], now: number): void {
    const { checkpoints, options } = this.#deps;
    const isFirst = !checkpoints.knows(LOOKED);
    const from = isFirst && options.start_at === 'end' ? sinceText(now) : undefined;
    for (const container of containers) this.follow(container, from);
    if (isFirst) checkpoints.remember(LOOKED);
    const ids = new Set(containers.map(({ id }) => id));
    for (const [id, log] of this.#logs) if (!ids.has(id)) log.look();
    for (const state of [...checkpoints.logs()]) {
      if (ids.has(state.key) || this.#logs.has(state.key)) continue;
      if (state.goneAt === undefined) {
        state.goneAt = now;
        checkpoints.note(state);
      } else if (now - state.goneAt >= REMEMBER_MS) checkpoints.forget(state);
    }
  }

  /** `from`: `since` of one that is seen for the first time. `hasStarted`: it was started right now. */
  follow(container: Container, from?: string, hasStarted = false): void {
    const { checkpoints, log, throttle } = this.#deps;
    const known = this.#logs.get(container.id);
    if (known !== undefined && !known.isGone) {
      known.look(hasStarted);
      return;
    }
    if (known === undefined && this.#logs.size >= MAX_FOLLOWED) {
      metrics.errors.inc({ reason: 'too_many' });
      if (throttle.allows('too_many')) log.error({ most: MAX_FOLLOWED }, 'there are too many containers to follow');
      return;
    }
    const state = checkpoints.log(container.id) ?? newLogState(container.id, container.name, from);
    state.goneAt = undefined;
    checkpoints.note(state);
    const fresh = new ContainerLog(state, this.#deps);
    this.#logs.set(container.id, fresh);
    fresh.start();
  }

  /** It is called otherwise now, or is not known any more. */
  look(id: string, name?: string): void {
    const log = this.#logs.get(id);
    if (name !== undefined) log?.rename(name);
    log?.look();
  }

  /** Takes out those that are gone, and counts. */
  count(): void {
    const unreadable = { driver: 0, sent: 0 };
    let followed = 0;
    for (const [id, log] of this.#logs) {
      if (log.isFollowed) followed++;
      if (log.unreadable !== undefined) unreadable[log.unreadable]++;
      if (!log.isGone) continue;
      this.#logs.delete(id);
      if (log.wasRead) continue;
      metrics.missed.inc();
      if (this.#deps.throttle.allows('missed'))
        this.#deps.log.warn(
          { container: log.state.name },
          'a container was removed before its log could be read; more of this kind are only counted for a minute',
        );
    }
    metrics.followed.set(followed);
    for (const reason of ['driver', 'sent'] as const) metrics.unreadable.set({ reason }, unreadable[reason]);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#logs.values()].map(log => log.stop()));
  }
}
