import type { AlertInstance } from '../../core/alert.ts';
import type { Lifecycle } from '../../core/contracts.ts';
import { messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import type { Instance } from '../instances/instance.ts';
import type { Linker } from '../links.ts';
import type { Rule } from '../rules/rule.ts';

const log = logger('alertmanager');

/** Alerts of rules that run in this process. */
export interface InstanceSource {
  instances(): Iterable<Instance>;
  /** See `Instances.takeChanged`. */
  takeChangedInstances(): Iterable<Instance>;
}

export interface RuleFeedDependencies {
  /** Undefined while another process evaluates; another object after that. */
  readonly source: () => InstanceSource | undefined;
  /** All that run; another list when one was edited. */
  readonly rules: () => readonly Rule[];
  readonly links: () => Linker;
  readonly take: (instances: readonly AlertInstance[]) => Promise<void>;
  /** An alert that lasts is said again before this time is over, milliseconds. */
  readonly resolveTimeoutMs: () => number;
  readonly now: () => number;
}

const LOOK_MS = 250;

/** Of those that last so many are said again at a time. */
const MAX_AGAIN = 500;

/** What was said of an alert that lasts. */
interface Said extends Pick<Instance, 'fingerprint' | 'annotations'> {
  readonly at: number;
  readonly instance: Instance;
}

/**
 * Brings the alerts of this process's own rules to the routes: what is new, what is over, and now and then what lasts. A look
 * costs as much as has changed since the last one, however many alerts there are.
 */
export class RuleFeed implements Lifecycle {
  readonly #deps: RuleFeedDependencies;
  /** By id; said longest ago first. */
  readonly #said = new Map<string, Said>();
  /** Those that last, by fingerprint. */
  readonly #lasting = new Map<string, Instance>();
  /** Over, and that was said. */
  #ended = new WeakSet<Instance>();
  /** Looked at with the next look. */
  #changed = new Set<Instance>();
  #source: InstanceSource | undefined;
  #rules: readonly Rule[] = [];
  /** Those that say `alert: routes`, by name. */
  #routed = new Map<string, Rule>();
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
      const source = this.#deps.source();
      if (source === undefined) {
        this.#source = undefined;
        return;
      }
      const rules = this.#deps.rules();
      if (source !== this.#source || rules !== this.#rules) this.#beginAnew(source, rules);
      else for (const instance of source.takeChangedInstances()) this.#changed.add(instance);
      await this.#say();
    } catch (error) {
      log.debug({ error: messageOf(error) }, 'alerts of rules could not be routed for a moment');
    }
  }

  #beginAnew(source: InstanceSource, rules: readonly Rule[]): void {
    this.#source = source;
    this.#rules = rules;
    this.#routed = new Map(
      rules.filter(({ alerters }) => alerters.some(({ type }) => type === 'routes')).map(rule => [rule.name, rule]),
    );
    source.takeChangedInstances();
    this.#changed = new Set(source.instances());
    for (const { instance } of [...this.#said.values()])
      if (!this.#changed.has(instance) || (instance.endsAt === undefined && !this.#routed.has(instance.rule)))
        this.#forget(instance);
  }

  async #say(): Promise<void> {
    const now = this.#deps.now();
    const due = new Set<Instance>();
    for (const instance of this.#changed) if (this.#isNew(instance)) due.add(instance);
    for (const { at, instance } of this.#said.values()) {
      if (now - at < this.#deps.resolveTimeoutMs() / 3 || due.size >= MAX_AGAIN) break;
      if (instance.endsAt === undefined) due.add(instance);
    }
    for (const instance of due) this.#lasting.set(instance.fingerprint, instance);
    const over = [...this.#changed].filter(instance => this.#isNewlyOver(instance));
    const words = [...due, ...over].map(instance => this.#routedAlert(instance));
    const marks = [...due].map(instance => [instance, instance.fingerprint, instance.annotations] as const);
    if (words.length > 0) await this.#deps.take(words);
    this.#changed.clear();
    for (const [instance, fingerprint, annotations] of marks) {
      this.#forget(instance);
      this.#lasting.set(fingerprint, instance);
      this.#said.set(instance.id, { at: now, instance, fingerprint, annotations });
    }
    for (const instance of over) {
      this.#ended.add(instance);
      this.#forget(instance);
    }
  }

  #isNew(instance: Instance): boolean {
    const { id, rule, endsAt, isFiring, fingerprint, annotations } = instance;
    if (endsAt !== undefined || !isFiring || !this.#routed.has(rule)) return false;
    const said = this.#said.get(id);
    return said === undefined || said.fingerprint !== fingerprint || said.annotations !== annotations;
  }

  /** Of a rule that is gone, only what was said before is of interest; of one that fires again, nothing. */
  #isNewlyOver(instance: Instance): boolean {
    if (instance.endsAt === undefined || this.#ended.has(instance)) return false;
    const { id, rule, fingerprint } = instance;
    const lasting = this.#lasting.get(fingerprint);
    return (lasting === undefined || lasting.id === id) && (this.#said.has(id) || this.#routed.has(rule));
  }

  #forget({ id, fingerprint }: Instance): void {
    const former = this.#said.get(id)?.fingerprint;
    for (const print of [former, fingerprint])
      if (print !== undefined && this.#lasting.get(print)?.id === id) this.#lasting.delete(print);
    this.#said.delete(id);
  }

  #routedAlert(instance: Instance): AlertInstance {
    const { startsAt: from, endsAt: to, keyLabels: key } = instance;
    const rule = this.#routed.get(instance.rule);
    return routedAlert(
      instance,
      (rule && this.#deps.links()({ rule, key, from, to, instance: undefined }).search) ?? '',
    );
  }
}

/** An alert of a rule as the routes take it. */
export function routedAlert(instance: Instance, generatorUrl: string): AlertInstance {
  const { labels, fingerprint, annotations, startsAt, endsAt, updatedAt, samples } = instance;
  const message = samples[0]?.message;
  return {
    labels: { ...labels },
    annotations: { ...annotations, ...(message === undefined ? {} : { message }) },
    ...{ startsAt, endsAt, updatedAt, generatorUrl, fingerprint },
  };
}
