import type { Pod } from './pod.ts';

/** More than any node has. */
const MAX_PODS = 5000;
/** Pods that are gone are known for a while: their last lines may not be read yet. */
const MAX_FORMER = 1000;

/** What the path of a file says of the container that writes it. */
export interface Wanted {
  readonly namespace: string;
  readonly pod: string;
  /** Of the pod. */
  readonly uid: string | undefined;
  /** Of the container. */
  readonly id: string | undefined;
}

/** The pods of this node, and those that were there a moment ago. */
export class Pods {
  #current = new Map<string, Pod>();
  /** Those that went last come last. */
  readonly #former = new Map<string, Pod>();

  get size(): number {
    return this.#current.size;
  }

  /** False: there are too many. */
  set(pod: Pod): boolean {
    const key = keyOf(pod.namespace, pod.name);
    const before = this.#current.get(key);
    if (before === undefined && this.#current.size >= MAX_PODS) return false;
    // A StatefulSet gives the name of a pod that is gone to the next one.
    if (before !== undefined && before.uid !== pod.uid) this.#retire(key, before);
    this.#current.set(key, pod);
    return true;
  }

  delete({ namespace, name, uid }: Pick<Pod, 'namespace' | 'name' | 'uid'>): void {
    const key = keyOf(namespace, name);
    const pod = this.#current.get(key);
    if (pod === undefined || pod.uid !== uid) return;
    this.#current.delete(key);
    this.#retire(key, pod);
  }

  /** These are all there are. False: there are too many. */
  replace(all: readonly Pod[]): boolean {
    const before = this.#current;
    this.#current = new Map();
    let fits = true;
    for (const pod of all) fits = this.set(pod) && fits;
    for (const [key, pod] of before) if (this.#current.get(key)?.uid !== pod.uid) this.#retire(key, pod);
    return fits;
  }

  find({ namespace, pod: name, uid, id }: Wanted): Pod | undefined {
    const key = keyOf(namespace, name);
    const current = this.#current.get(key);
    const former = this.#former.get(key);
    if (uid !== undefined)
      return [current, former].find(pod => pod !== undefined && (pod.uid === uid || pod.configHash === uid));
    const isOfFormer = id !== undefined && former?.containerIds.has(id) === true;
    return isOfFormer && current?.containerIds.has(id) !== true ? former : (current ?? former);
  }

  #retire(key: string, pod: Pod): void {
    this.#former.delete(key);
    this.#former.set(key, pod);
    if (this.#former.size > MAX_FORMER) this.#former.delete(this.#former.keys().next().value!);
  }
}

// Names of Kubernetes have no slash.
const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`;
