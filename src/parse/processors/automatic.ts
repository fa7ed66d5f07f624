import { applyDefault } from '../automatic/automatic.ts';
import type { ProcessorKind } from '../processor.ts';

/**
 * `automatic`, Longshore's own: what is done for events that no pipeline takes (JSON lines, `key=value` lines and pairs). With
 * `pipelines: true` the event first goes to the pipeline that takes what `message` has become, as if it had come like this:
 * for pipelines that take a prefix away. Never fails.
 */
export const automatic: ProcessorKind = {
  name: 'automatic',
  build(options, context) {
    if (options.boolean('pipelines', false)) {
      return (_, state) => {
        state.isUnwrapped = true;
        return undefined;
      };
    }
    context.plan({ kind: 'automatic' });
    return (event, state) => {
      if (applyDefault(event)) state.hasMatched = true;
      return undefined;
    };
  },
};
