import { applyDefault } from '../automatic.ts';
import type { ProcessorKind } from '../processor.ts';

/** `automatic`, Longshore's own: what is done for events that no pipeline takes (JSON lines, `key=value` lines). Never fails. */
export const automatic: ProcessorKind = {
  name: 'automatic',
  build: () => (event, state) => {
    if (applyDefault(event)) state.hasMatched = true;
    return undefined;
  },
};
