import type { RecordForm } from '../../base/forward/frame.ts';
import { PARSED_MARK } from '../../core/event.ts';

/**
 * Docker's driver sends messages with `container_id`, `container_name`, `source`, `log` and whatever labels and
 * environment it was told to add, its maps in changing order; the pieces of a long line have `partial_message`, and their
 * `log` stays bytes. The first three are the same for all lines of a container.
 */
export const DOCKER_FORM: RecordForm = {
  knownKeys: [
    'container_id',
    'container_name',
    'source',
    'log',
    'partial_message',
    'partial_id',
    'partial_ordinal',
    'partial_last',
  ],
  sharedKeys: 3,
  rawField: 'log',
  rawIf: 'partial_message',
  mark: PARSED_MARK,
};
