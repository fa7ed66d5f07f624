import { didYouMean } from '../base/text/did-you-mean.ts';
import { logger } from '../core/log.ts';

const log = logger('intake');

/** Of pipelines that pods name and nobody has. `known`: those that are there. */
export function tellUnknown(names: readonly string[], known: readonly string[]): void {
  for (const name of names) {
    const pipeline = name.slice(0, 200);
    const fix = didYouMean(pipeline, known, "'") ?? 'Add its file, or correct the annotation of the pod.';
    log.warn({ pipeline, fix }, 'a pod names a pipeline that is not there; others may take its lines');
  }
}
