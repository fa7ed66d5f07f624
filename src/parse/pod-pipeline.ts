import { isFields } from '../core/event.ts';

/** Annotation by which a pod names the pipeline that reads its lines, as the collector puts it into `kubernetes.annotations`. */
const PIPELINE = 'longshore.io/pipeline';

/** The pipeline that the event's pod names; undefined: it names none. */
export function namedByPod(kubernetes: unknown): string | undefined {
  if (!isFields(kubernetes)) return undefined;
  const { annotations } = kubernetes;
  if (!isFields(annotations)) return undefined;
  const name = annotations[PIPELINE];
  return typeof name === 'string' ? name : undefined;
}

const MOST_TOLD = 100;

/** Names of pipelines that are not there, to be told once each. */
export class UnknownNames {
  readonly #known = new Set<string>();
  #untold: string[] = [];

  add(name: string): void {
    if (this.#known.has(name) || this.#known.size >= MOST_TOLD) return;
    this.#known.add(name);
    this.#untold.push(name);
  }

  /** Those that were not taken before. */
  take(): readonly string[] {
    return this.#untold.length === 0 ? NOTHING : this.#untold.splice(0);
  }
}
const NOTHING: readonly string[] = [];
