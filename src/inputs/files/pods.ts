import type { Fields } from '../../core/event.ts';

/** What is known of the pod whose container writes a file. */
export interface PodOfFile {
  /** It wants no line of it. */
  readonly isExcluded: boolean;
  /** `kubernetes` of an event: an object of its own each time. */
  readonly kubernetes: () => Fields;
}

/** What the path of a log says of the container that writes it. */
export interface ContainerOfPath {
  readonly namespace: string;
  readonly pod: string;
  /** Of the pod. */
  readonly uid: string | undefined;
  readonly container: string;
  /** Of the container. */
  readonly id: string | undefined;
}

/** Who knows the pods of this node. */
export interface PodsOfFiles {
  /** Name of the node. */
  readonly node: string;
  /** How long the lines of a pod wait that is not known, milliseconds. */
  readonly waitMs: number;
  /** Undefined: not known (yet). */
  find(container: ContainerOfPath): PodOfFile | undefined;
  /** So many lines were handed on without a pod, or left out. */
  count(what: 'unknown' | 'excluded', lines: number): void;
}
