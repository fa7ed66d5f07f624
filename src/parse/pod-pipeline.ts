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
