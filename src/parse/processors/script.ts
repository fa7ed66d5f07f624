import { readScript } from '../loader/read-script.ts';
import { settle } from '../painless/document.ts';
import { prepare } from '../painless/script.ts';
import type { ProcessorKind } from '../processor.ts';

/**
 * `script`: source, lang (`painless`), params. Works on the event as `ctx`. After a failure the event keeps what the script
 * has changed before it, as in Elasticsearch.
 */
export const script: ProcessorKind = {
  name: 'script',
  build(options) {
    const text = readScript(options);
    const run = text && options.attempt('source', () => prepare(text.source, 'script', text.params));
    return (event, state) => {
      try {
        run?.(event, state);
      } finally {
        settle(event);
        // It may have left some.
        state.hasTypedNumbers = true;
      }
      return undefined;
    };
  },
};
