import type { AlertInstance } from '../../core/alert.ts';
import type { Lifecycle } from '../../core/contracts.ts';
import { messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import type { Instance } from '../instances/instance.ts';

const log = logger('alertmanager');

export interface RuleFeedDependencies {
  /** The alerts of rules as they are now; undefined while another process evaluates. */
  readonly instances: () => Promise<Iterable<Instance>> | Iterable<Instance> | undefined;
  /** Names of the rules that say `alert: routes`. */
  readonly routedRules: () => ReadonlySet<string>;
  readonly take: (instances: readonly AlertInstance[]) => Promise<void>;
  /** An alert that lasts is said again before this time is over, milliseconds. */
  readonly resolveTimeoutMs: () => number;
  readonly now: () => number;
}

const LOOK_MS = 250;

interface Said {
  readonly at: number;
  readonly updatedAt: number;
}

/** Brings the alerts of this process's own rules to the routes: what is new, what is over, and now and then what lasts. */
export class RuleFeed implements Lifecycle {
  readonly #deps: RuleFeedDependencies;
  readonly #said = new Map<string, Said>();
  /** Ids of alerts that are over, and of which that was said. */
  #ended = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(deps: RuleFeedDependencies) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    this.#timer = setInterval(() => {
      this.#looking ??= this.look().finally(() => {
        this.#looking = undefined;
      });
    }, LOOK_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  /** Never rejects: what could not be said is said with the next look. */
  async look(): Promise<void> {
    try {
      const all = await this.#deps.instances();
      if (all !== undefined) await this.#say([...all]);
    } catch (error) {
      log.debug({ error: messageOf(error) }, 'alerts of rules could not be routed for a moment');
    }
  }

  async #say(all: readonly Instance[]): Promise<void> {
    const now = this.#deps.now();
    const routedRules = this.#deps.routedRules();
    const again = this.#deps.resolveTimeoutMs() / 3;
    const lasting = all.filter(one => one.endsAt === undefined && one.isFiring && routedRules.has(one.rule));
    const ended = all.filter(one => one.endsAt !== undefined);
    const active = new Set(lasting.map(({ fingerprint }) => fingerprint));
    const due = lasting.filter(one => {
      const said = this.#said.get(one.id);
      return said === undefined || said.updatedAt !== one.updatedAt || now - said.at >= again;
    });
    // Of a rule that is gone, only what was said before is of interest.
    const over = ended.filter(
      one =>
        !this.#ended.has(one.id) &&
        !active.has(one.fingerprint) &&
        (this.#said.has(one.id) || routedRules.has(one.rule)),
    );
    if (due.length + over.length > 0) await this.#deps.take([...due, ...over].map(routed));
    for (const { id, updatedAt } of due) this.#said.set(id, { at: now, updatedAt });
    const known = new Set(lasting.map(({ id }) => id));
    for (const id of this.#said.keys()) if (!known.has(id)) this.#said.delete(id);
    this.#ended = new Set(ended.map(({ id }) => id));
  }
}

function routed({ labels, fingerprint, annotations, startsAt, endsAt, updatedAt, samples }: Instance): AlertInstance {
  const message = samples[0]?.message;
  return {
    labels: { ...labels },
    annotations: { ...annotations, ...(message === undefined ? {} : { message }) },
    startsAt,
    endsAt,
    updatedAt,
    generatorUrl: '',
    fingerprint,
  };
}
