import { orAborted } from '../../base/flow/abort.ts';
import type { Lifecycle } from '../../core/contracts.ts';
import type { Fields } from '../../core/event.ts';
import type { PodOfFile, PodsOfFiles } from '../files/pods.ts';
import { Api } from './api.ts';
import * as metrics from './metrics.ts';
import type { KubernetesOptions } from './options.ts';
import { isExcluded, kubernetesOf, namespaceOf, type Pod, podOf } from './pod.ts';
import { Pods, type Wanted } from './pods.ts';
import { Watched, type WatchedTimes } from './watched.ts';

const MAX_NAMESPACES = 20_000;

interface Namespace {
  readonly name: string;
  readonly labels: Fields | undefined;
}

/** What the Kubernetes API says of the pods of this node, for the files that their containers write. */
export class NodePods implements Lifecycle, PodsOfFiles {
  readonly node: string;
  readonly waitMs: number;
  readonly #options: KubernetesOptions;
  readonly #times: WatchedTimes | undefined;
  readonly #pods = new Pods();
  readonly #namespaces = new Map<string, Fields | undefined>();
  readonly #stopping = new AbortController();
  #running: Promise<unknown> | undefined;

  /** `times`: of the pauses after failures. */
  constructor(options: KubernetesOptions, times?: WatchedTimes) {
    this.#options = options;
    this.#times = times;
    this.node = options.node_name;
    this.waitMs = options.wait_ms;
  }

  /** Begins to ask. Nobody waits for the answers but the lines of pods that are not known. */
  async start(): Promise<void> {
    const { signal } = this.#stopping;
    const api = new Api(this.#options);
    const all = [this.#watchedPods(api), ...(this.#options.namespace_labels ? [this.#watchedNamespaces(api)] : [])];
    this.#running = Promise.all(all.map(watched => watched.run(signal)));
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping.abort();
    if (this.#running !== undefined) await orAborted(this.#running, signal);
    this.#running = undefined;
  }

  find(wanted: Wanted & { readonly container: string }): PodOfFile | undefined {
    const pod = this.#pods.find(wanted);
    if (pod === undefined) return undefined;
    const { container, id } = wanted;
    const place = { container, id, node: this.node };
    return {
      isExcluded: isExcluded(pod, container),
      kubernetes: () => kubernetesOf(pod, place, this.#namespaces.get(pod.namespace)),
    };
  }

  /** So many lines were handed on without a pod, or left out. */
  count(what: 'unknown' | 'excluded', lines: number): void {
    (what === 'unknown' ? metrics.unknownLines : metrics.excludedLines).inc(lines);
  }

  #watchedPods(api: Api): Watched {
    const { annotations, obey_annotations } = this.#options;
    const rules = { annotations, obeyAnnotations: obey_annotations };
    const pods = this.#pods;
    const what = 'pods';
    const counted = (fits: boolean): void => {
      if (!fits) metrics.errors.inc({ reason: 'too_many' });
      metrics.known.set({ what }, pods.size);
    };
    const follower = {
      ...{ what, fieldSelector: `spec.nodeName=${this.node}` },
      pick: (object: unknown) => podOf(object, rules),
      replace: (all: unknown[]) => counted(pods.replace(all as Pod[])),
      set: (pod: unknown) => counted(pods.set(pod as Pod)),
      delete: (pod: unknown) => {
        pods.delete(pod as Pod);
        counted(true);
      },
    };
    return new Watched(api, follower, this.#times);
  }

  #watchedNamespaces(api: Api): Watched {
    const namespaces = this.#namespaces;
    const what = 'namespaces';
    const set = (namespace: unknown): void => {
      const { name, labels } = namespace as Namespace;
      if (namespaces.size < MAX_NAMESPACES || namespaces.has(name)) namespaces.set(name, labels);
      metrics.known.set({ what }, namespaces.size);
    };
    const follower = {
      ...{ what, pick: namespaceOf, set },
      replace: (all: unknown[]) => {
        namespaces.clear();
        for (const one of all) set(one);
      },
      // Its last lines may not be read yet, and its name comes again or never: what is listed next is without it.
      delete: () => {},
    };
    return new Watched(api, follower, this.#times);
  }
}
